//! Reads how often an activity is done: standard loops and multiple instances.

use super::data::DataNames;
use super::extensions;
use super::foreign;
use super::model::{Each, Formula, Repeat, Value};
use super::problems::Problems;
use super::xml::Element;
use super::{BPMN, EXTENSION};

/// The elements that say so.
pub(super) const ELEMENTS: [&str; 2] = [
    "standardLoopCharacteristics",
    "multiInstanceLoopCharacteristics",
];

/// Reads the repetition of an activity, if it has one.
pub(super) fn read(
    activity: &Element,
    names: &DataNames,
    problems: &mut Problems,
) -> Option<Repeat> {
    let element = activity
        .children
        .iter()
        .find(|c| c.namespace == BPMN && ELEMENTS.contains(&c.name.as_str()))?;
    if element.name == "standardLoopCharacteristics" {
        return standard(element, problems);
    }
    each(element, names, problems).map(|each| Repeat::Each(Box::new(each)))
}

fn child<'e>(element: &'e Element, name: &str) -> Option<&'e Element> {
    let mut children = element.children.iter();
    children.find(|c| c.namespace == BPMN && c.name == name)
}

fn standard(element: &Element, problems: &mut Problems) -> Option<Repeat> {
    let condition =
        child(element, "loopCondition").and_then(|c| extensions::condition(c, problems));
    let most = element.attribute("loopMaximum").map(str::parse::<u64>);
    let most = match most {
        Some(Err(_)) => {
            problems.add(
                element.line,
                "bpmn.loop_maximum",
                "loopMaximum 应为整数",
                "loopMaximum must be a whole number",
            );
            None
        }
        other => other.and_then(Result::ok),
    };
    if condition.is_none() && most.is_none() {
        problems.add(
            element.line,
            "bpmn.loop_endless",
            "循环须写 loopCondition 或 loopMaximum，否则永不结束",
            "a loop needs a loopCondition or a loopMaximum, else it never ends",
        );
        return None;
    }
    Some(Repeat::While {
        condition,
        before: element.attribute("testBefore") == Some("true"),
        most,
    })
}

fn each(element: &Element, names: &DataNames, problems: &mut Problems) -> Option<Each> {
    let text_of = |name: &str| child(element, name).map(|c| c.text.trim().to_owned());
    let own = |name: &str| element.attribute_of(EXTENSION, name).map(str::to_owned);
    let known = foreign::repeat(element, problems);
    let cardinality =
        child(element, "loopCardinality").and_then(|c| extensions::formula_text(c, problems));
    let collection = own("collection")
        .or(known.collection)
        .or_else(|| text_of("loopDataInputRef").map(|id| format!("={}", names.name(&id))))
        .and_then(|text| extensions::value(&text, element.line, problems));
    let input_item = child(element, "inputDataItem")
        .and_then(|item| item.attribute("name").or_else(|| item.attribute("id")));
    let item = own("item")
        .or(known.item)
        .or_else(|| input_item.map(str::to_owned));
    if cardinality.is_none() && collection.is_none() {
        problems.add(
            element.line,
            "bpmn.instances_unclear",
            "多实例须写 loopCardinality 或集合",
            "multiple instances need a loopCardinality or a collection",
        );
        return None;
    }
    let completion =
        child(element, "completionCondition").and_then(|c| extensions::condition(c, problems));
    let behaviour = element.attribute("behavior").unwrap_or("All");
    if behaviour != "All" {
        problems.add(
            element.line,
            "bpmn.attribute_value",
            format!("multiInstanceLoopCharacteristics 的 behavior=\"{behaviour}\" 不被执行"),
            format!("behavior=\"{behaviour}\" of multiInstanceLoopCharacteristics is not executed"),
        );
    }
    Some(Each {
        sequential: element.attribute("isSequential") == Some("true"),
        cardinality,
        collection,
        item,
        completion,
        collects: collects(element, names, known.collects, problems),
    })
}

fn collects(
    element: &Element,
    names: &DataNames,
    known: Option<(String, String)>,
    problems: &mut Problems,
) -> Option<(String, Value)> {
    if let Some((list, text)) = known {
        return extensions::value(&text, element.line, problems).map(|value| (list, value));
    }
    let list = child(element, "loopDataOutputRef")?.text.trim();
    let item = child(element, "outputDataItem")?;
    let name = item.attribute("name").or_else(|| item.attribute("id"))?;
    let formula: Formula = extensions::formula(name, item.line, problems)?;
    Some((names.name(list), Value::Formula(formula)))
}
