//! The reporters' words: templates by matter, filled with place and time.

use serde::Deserialize;

use crate::DemoError;
use crate::embedded::read_table;
use crate::random::Dice;

const FILE: &str = "demo/data/case-words.csv";
const SINCES: [&str; 10] = [
    "昨天",
    "前天",
    "三天前",
    "上周",
    "这几天",
    "半个月前",
    "国庆节后",
    "周末",
    "下雨那天",
    "一个多月前",
];
const SURNAMES: [&str; 16] = [
    "王", "李", "张", "刘", "陈", "于", "孙", "马", "郭", "韩", "徐", "丁", "宋", "高", "牟", "夏",
];

/// A sentence with `{where}` and perhaps `{since}`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Template {
    pub(super) code: String,
    /// How often the matter is reported, compared with others.
    weight: u64,
    words: String,
}

pub(super) fn templates() -> Result<Vec<Template>, DemoError> {
    read_table(FILE, include_str!("../../../../demo/data/case-words.csv"))
}

/// A template by how often its matter is reported. The weight belongs to the matter, so it is shared among its templates.
pub(super) fn choose<'a>(templates: &'a [Template], dice: &mut Dice) -> Option<&'a Template> {
    let mut matters: Vec<(&str, u64)> = templates
        .iter()
        .map(|t| (t.code.as_str(), t.weight))
        .collect();
    matters.dedup();
    let code = dice.weighted(&matters)?;
    choose_of(templates, code, dice)
}

/// A template of one matter.
pub(super) fn choose_of<'a>(
    templates: &'a [Template],
    code: &str,
    dice: &mut Dice,
) -> Option<&'a Template> {
    let own: Vec<&Template> = templates.iter().filter(|t| t.code == code).collect();
    dice.pick(&own).copied()
}

/// The template's sentence at a place: some people give the whole address, most only the crossing or the street.
pub(super) fn fill(template: &Template, address: &str, dice: &mut Dice) -> String {
    let (roads, rest) = address.split_once("交叉口").unwrap_or((address, ""));
    let street = roads.split_once('与').map_or(roads, |(street, _)| street);
    let side = rest.rsplit("米").next().unwrap_or_default();
    let place = match dice.below(10) {
        0..3 => address.to_owned(),
        3..7 => format!("{roads}路口"),
        _ => format!("{street}{side}"),
    };
    let since = dice.pick(&SINCES).copied().unwrap_or("昨天");
    template
        .words
        .replace("{where}", &place)
        .replace("{since}", since)
}

/// A reporter who does not exist.
pub(super) fn contact(dice: &mut Dice) -> (String, String) {
    let surname = dice.pick(&SURNAMES).copied().unwrap_or("王");
    let title = if dice.chance(50) { "先生" } else { "女士" };
    let name = format!("演示·{surname}{title}");
    (name, format!("1990001{:04}", dice.below(10_000)))
}
