//! The list of categories as the picker shows it: components first, then matters, class by class.

use jiff::civil::Date;
use yuandu_base::Lang;
use yuandu_schema::{CodeEntry, CodeList};

use yuandu_design::components::category::{Branch, Group, Item};

/// Name of the list that carries the categories of a system, by convention of all packages.
pub const CATEGORIES: &str = "categories";

/// In GB/T 47678.5 classes 01 to 05 are about components out of order, those after about matters.
const LAST_COMPONENT_CLASS: &str = "05";

/// What residents report most in cities that publish their figures; offered first when the list has it.
const OFTEN: [&str; 6] = ["01037", "01023", "06010", "06013", "09006", "09009"];

/// The tree of a list on a day. A list without classes becomes one branch.
#[must_use]
pub fn branches(list: &CodeList, lang: Lang, on: Date) -> Vec<Branch> {
    let mut components = Branch {
        name: lang
            .pick("设施坏了、少了", "Something is broken or missing")
            .to_owned(),
        groups: Vec::new(),
    };
    let mut matters = Branch {
        name: lang
            .pick("环境、秩序的问题", "Cleanliness and order")
            .to_owned(),
        groups: Vec::new(),
    };
    let mut current: Option<(String, Group)> = None;
    let mut close = |open: Option<(String, Group)>| {
        if let Some((class, group)) = open {
            let branch = if class.as_str() <= LAST_COMPONENT_CLASS {
                &mut components
            } else {
                &mut matters
            };
            branch.groups.push(group);
        }
    };
    for entry in list.entries().iter().filter(|entry| entry.valid_on(on)) {
        let class = entry.class.clone().unwrap_or_default();
        if current.as_ref().is_none_or(|(open, _)| *open != class) {
            close(current.take());
            current = Some((
                class,
                Group {
                    name: class_name(entry, lang),
                    items: Vec::new(),
                },
            ));
        }
        if let Some((_, group)) = &mut current {
            group.items.push(item(entry, lang));
        }
    }
    close(current);
    [components, matters]
        .into_iter()
        .filter(|branch| !branch.groups.is_empty())
        .collect()
}

/// The categories offered before the tree.
#[must_use]
pub fn often(list: &CodeList, lang: Lang, on: Date) -> Vec<Item> {
    let known = OFTEN.iter().filter_map(|code| list.get(code));
    known
        .filter(|entry| entry.valid_on(on))
        .map(|entry| item(entry, lang))
        .collect()
}

/// An entry as the picker shows it.
#[must_use]
pub fn item(entry: &CodeEntry, lang: Lang) -> Item {
    Item {
        code: entry.code.clone(),
        name: entry.name.get(lang).to_owned(),
        words: entry.words.join(" "),
    }
}

fn class_name(entry: &CodeEntry, lang: Lang) -> String {
    let column = lang.pick("class_name_zh", "class_name_en");
    let name = entry.column(column).unwrap_or_default();
    // 「市政公用设施类」 reads as a heading without its last character.
    name.strip_suffix('类').unwrap_or(name).to_owned()
}
