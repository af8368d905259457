//! Indicators with their formulas, who may do what, map layers, and the scenarios that rehearse the system.

use yuandu_insight::Direction;
use yuandu_package::Package;

use super::page::{Page, both};

/// Every indicator.
pub(super) fn indicators(page: &mut Page, package: &Package) {
    if package.indicators().is_empty() {
        return;
    }
    page.section("指标", "Indicators");
    page.table(
        &[
            "指标 · Indicator",
            "公式 · Formula",
            "口径",
            "Definition",
            "越…越好 · Better",
            "来源 · Source",
        ],
        package.indicators().iter().map(|indicator| {
            vec![
                format!("{} ({})", both(&indicator.title), indicator.unit),
                indicator.formula.clone(),
                indicator.definition.zh.clone(),
                indicator.definition.en.clone(),
                match indicator.direction {
                    Direction::Higher => "高 · higher",
                    Direction::Lower => "低 · lower",
                }
                .to_owned(),
                indicator.source.clone(),
            ]
        }),
    );
}

/// Every policy by its reasons, which are also what people read when they are refused or allowed.
pub(super) fn policies(page: &mut Page, package: &Package) {
    let policies = package.policies();
    if policies.is_empty() {
        return;
    }
    page.section("谁可以做什么", "Who may do what");
    let mut rows = Vec::new();
    for source in &policies {
        let mut id = None;
        let mut zh = String::new();
        for line in source.text.lines() {
            if let Some(found) = annotation(line, "@id(\"") {
                id = Some(found);
            } else if let Some(found) = annotation(line, "@reason_zh(\"") {
                zh = found;
            } else if let Some(en) = annotation(line, "@reason_en(\"") {
                let id = id.take().unwrap_or_default();
                rows.push(vec![format!("`{id}`"), zh.clone(), en]);
            }
        }
    }
    page.table(&["", "规则", "Rule"], rows);
}

fn annotation(line: &str, start: &str) -> Option<String> {
    let text = line.trim().strip_prefix(start)?.strip_suffix("\")")?;
    Some(text.to_owned())
}

/// Every map layer.
pub(super) fn layers(page: &mut Page, package: &Package) {
    if package.layers().is_empty() {
        return;
    }
    page.section("图层", "Map layers");
    page.table(
        &["", "图层 · Layer", "起始级别 · From zoom"],
        package.layers().iter().map(|layer| {
            vec![
                format!("`{}`", layer.id),
                both(&layer.title),
                layer.min_zoom.to_string(),
            ]
        }),
    );
}

/// Every scenario.
pub(super) fn scenarios(page: &mut Page, package: &Package) {
    if package.scenarios().is_empty() {
        return;
    }
    let folder = format!("systems/{}", package.id());
    page.section("场景", "Scenarios");
    page.line(&format!(
        "`yuandu test {folder}` 在模拟时钟上逐日演练，也是教程。 They run on a simulated clock and are the tutorial too.\n"
    ));
    page.table(
        &["场景 · Scenario", "步数 · Steps", "文件 · File"],
        package.scenarios().iter().map(|scenario| {
            vec![
                both(&scenario.title),
                scenario.steps.len().to_string(),
                format!("[{0}](../../{folder}/{0})", scenario.file),
            ]
        }),
    );
}
