//! The part below divisions: road, number, estate, building, unit, floor, room, each told by the word that ends it.

use crate::parse::Address;

/// Words that end the name of a road; longer ones first.
const ROADS: [&str; 16] = [
    "大道", "大街", "胡同", "国道", "省道", "公路", "环路", "支路", "东路", "西路", "南路", "北路",
    "路", "街", "巷", "弄",
];
/// Words that end the name of an estate, compound or tower; longer ones first.
const ESTATES: [&str; 28] = [
    "工业园区",
    "科技园区",
    "高新技术园",
    "产业园",
    "工业园",
    "科技园",
    "创业园",
    "商业广场",
    "国际中心",
    "商务中心",
    "商务大厦",
    "开发区",
    "生活区",
    "家属院",
    "小区",
    "花园",
    "家园",
    "公寓",
    "大厦",
    "广场",
    "大楼",
    "中心",
    "新村",
    "山庄",
    "园区",
    "苑",
    "院",
    "城",
];
/// Words that end the number of a building.
const BUILDINGS: [&str; 7] = ["号楼", "栋", "幢", "座", "楼栋", "#楼", "#"];
/// Words that end the number of a floor.
const FLOORS: [&str; 3] = ["层", "楼", "F"];
/// Words that end the number of a room.
const ROOMS: [&str; 4] = ["号房", "室", "房", "户"];

/// Takes apart what stands below the divisions.
pub(crate) fn read(text: &[char], address: &mut Address) {
    let mut left = text;
    left = named(left, &["街道", "镇", "乡"], 8, &mut address.town);
    left = named(left, &["社区", "村", "居委会"], 10, &mut address.village);
    left = named(left, &ROADS, 12, &mut address.road);
    left = number(left, &mut address.number);
    left = named(left, &ESTATES, 16, &mut address.estate);
    if address.number.is_none() {
        left = number(left, &mut address.number);
    }
    left = counted(left, &BUILDINGS, &mut address.building);
    left = counted(left, &["单元"], &mut address.unit);
    left = counted(left, &FLOORS, &mut address.floor);
    left = counted(left, &ROOMS, &mut address.room);
    if address.room.is_none() {
        left = bare_room(left, address);
    }
    address.rest = left.iter().collect();
}

fn ends(letters: &[char], at: usize, word: &str) -> bool {
    let mut place = at;
    word.chars().all(|letter| {
        let same = letters.get(place) == Some(&letter);
        place += 1;
        same
    })
}

/// A name that ends with one of the words, without digits before that word and at most `most` characters long.
fn named<'t>(
    letters: &'t [char],
    words: &[&str],
    most: usize,
    to: &mut Option<String>,
) -> &'t [char] {
    for at in 1..letters.len().min(most) {
        if letters.get(at - 1).is_some_and(char::is_ascii_digit) && at > 4 {
            return letters;
        }
        let found = words
            .iter()
            .find(|word| ends(letters, at, word) && !goes_on(letters, at + word.chars().count()));
        if let Some(word) = found {
            let length = at + word.chars().count();
            let name: String = letters.iter().take(length).collect();
            // A number is not a name: `12号院` is told by its number.
            if name
                .chars()
                .next()
                .is_some_and(|first| first.is_ascii_digit())
            {
                return letters;
            }
            *to = Some(name);
            return letters.get(length..).unwrap_or_default();
        }
    }
    letters
}

/// Whether a road's word is the beginning of a longer one: `新村` of `新村路`, `街` of `街道`.
fn goes_on(letters: &[char], at: usize) -> bool {
    letters
        .get(at)
        .is_some_and(|next| "道路街巷".contains(*next))
}

/// `66号`, `66-2号`, `甲5号`; the word 号 must follow, and not be part of 号楼.
fn number<'t>(letters: &'t [char], to: &mut Option<String>) -> &'t [char] {
    let length = run(letters);
    let is_number = length > 0 && ends(letters, length, "号") && !ends(letters, length, "号楼");
    if !is_number {
        return letters;
    }
    *to = Some(letters.iter().take(length).collect());
    letters.get(length + 1..).unwrap_or_default()
}

/// A short number or letter that ends with one of the words.
fn counted<'t>(letters: &'t [char], words: &[&str], to: &mut Option<String>) -> &'t [char] {
    let length = run(letters);
    if length == 0 {
        return letters;
    }
    let Some(word) = words.iter().find(|word| ends(letters, length, word)) else {
        return letters;
    };
    *to = Some(letters.iter().take(length).collect());
    letters
        .get(length + word.chars().count()..)
        .unwrap_or_default()
}

/// Three or four digits at the very end are a room: `B座1728`.
fn bare_room<'t>(letters: &'t [char], address: &mut Address) -> &'t [char] {
    let digits = letters
        .iter()
        .take_while(|letter| letter.is_ascii_digit())
        .count();
    if !(3..=4).contains(&digits) || digits != letters.len() {
        return letters;
    }
    address.room = Some(letters.iter().collect());
    &[]
}

/// How many characters of a number stand at the beginning: digits, letters, Chinese digits, joined by hyphens.
fn run(letters: &[char]) -> usize {
    letters
        .iter()
        .take(8)
        .take_while(|letter| {
            letter.is_ascii_alphanumeric() || "-一二三四五六七八九十甲乙丙丁附".contains(**letter)
        })
        .count()
}
