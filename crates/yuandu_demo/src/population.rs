//! Residents and legal entities at scale: a million people in their households and the organisations of a city, none of
//! them real, all with valid codes.
//!
//! Rows are written one by one; nothing but one counter for each day of birth is kept.

use std::io::Write;

use jiff::civil::{Date, date};

use crate::random::Dice;
use crate::synthetic_codes::{credit_code, person_number};
use crate::{City, DemoError, Division, DivisionLevel};

/// The youngest are born on the day before.
const NEWEST: Date = date(2026, 9, 1);
/// The oldest are a hundred years old.
const DAYS: i64 = 36_500;
/// Numbers of one day in one division.
const SEQUENCES: u16 = 1_000;

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
    "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕",
];
const GIVEN: [&str; 48] = [
    "伟", "芳", "娜", "秀", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
    "明", "超", "兰", "霞", "平", "刚", "桂", "英", "华", "玉", "萍", "红", "建", "文", "志", "国",
    "春", "海", "晓", "婷", "雪", "梅", "鑫", "宇", "浩", "子", "涵", "欣", "怡", "梓", "轩", "博",
];
const ROADS: [&str; 12] = [
    "东风街",
    "胜利街",
    "健康街",
    "福寿街",
    "民生街",
    "文化路",
    "和平路",
    "向阳路",
    "四平路",
    "新华路",
    "虞河路",
    "北海路",
];
const TRADES: [(&str, &str); 12] = [
    ("C", "机械制造"),
    ("C", "食品加工"),
    ("E", "建筑安装"),
    ("F", "商贸"),
    ("F", "农资"),
    ("G", "物流"),
    ("H", "餐饮"),
    ("I", "信息技术"),
    ("L", "商务服务"),
    ("M", "检测技术"),
    ("O", "家政服务"),
    ("A", "种植"),
];

/// How many of each a written population has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Population {
    /// Households.
    pub households: u64,
    /// Residents.
    pub residents: u64,
}

/// The communities and villages people live in.
fn villages(city: &City) -> Vec<&Division> {
    city.divisions
        .iter()
        .filter(|division| division.level == DivisionLevel::Community)
        .collect()
}

/// Writes `residents` people and their households as two CSV files for the registers `population.household` and
/// `population.resident`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_population(
    city: &City,
    residents: u64,
    households_to: &mut dyn Write,
    residents_to: &mut dyn Write,
) -> Result<Population, DemoError> {
    let villages = villages(city);
    let mut households = csv::Writer::from_writer(households_to);
    let mut people = csv::Writer::from_writer(residents_to);
    households.write_record(["number", "kind", "division", "address"])?;
    people.write_record([
        "number",
        "name",
        "sex",
        "birth_date",
        "ethnic_group",
        "marital_status",
        "registration_status",
        "residence_status",
        "registered_division",
        "residence_division",
        "household_nature",
        "head_relation",
        "household",
        "registered_address",
        "residence_address",
        "phone",
    ])?;
    let mut births = Births::new();
    let mut written = Population::default();
    while written.residents < residents {
        let mut dice = Dice::new("household", written.households);
        let Some(village) = dice.pick(&villages) else {
            break;
        };
        let members = dice
            .weighted(&[(1, 20), (2, 30), (3, 28), (4, 14), (5, 8)])
            .unwrap_or(1);
        let household = Household {
            number: format!("YDH{:09}", written.households),
            village,
            surname: dice.pick(&SURNAMES).copied().unwrap_or("王"),
            address: format!(
                "潍坊市{}{}{}号{}单元{}0{}室",
                village.name_zh,
                dice.pick(&ROADS).copied().unwrap_or("东风街"),
                dice.between(1, 400),
                dice.between(1, 6),
                dice.between(1, 18),
                dice.between(1, 4),
            ),
        };
        households.write_record([
            &household.number,
            "family",
            &village.code,
            &household.address,
        ])?;
        written.households += 1;
        for place in 0..members {
            if written.residents == residents {
                break;
            }
            let row = household.member(place, written.residents, &mut births, &mut dice)?;
            people.write_record(&row)?;
            written.residents += 1;
        }
    }
    households.flush()?;
    people.flush()?;
    Ok(written)
}

struct Household<'c> {
    number: String,
    village: &'c Division,
    surname: &'static str,
    address: String,
}

impl Household<'_> {
    /// One member: the head first, then spouse, children and a parent.
    fn member(
        &self,
        place: u8,
        nth: u64,
        births: &mut Births,
        dice: &mut Dice,
    ) -> Result<[String; 16], DemoError> {
        let (oldest, youngest) = match place {
            0 | 1 => (75, 22),
            4 => (95, 60),
            _ => (30, 0),
        };
        let age_days = dice.between(youngest * 365, oldest * 365 + 364);
        let man = match place {
            0 => dice.chance(70),
            1 => dice.chance(30),
            _ => dice.chance(51),
        };
        let (birth, number) = births.take(age_days, man)?;
        let adult = age_days > 22 * 365;
        let married = place <= 1 && adult && dice.chance(85);
        let relation = match (place, man) {
            (0, _) => "0",
            (1, _) => "1",
            (4, _) => "5",
            (_, true) => "2",
            (_, false) => "3",
        };
        let given = || dice_name(nth);
        let away = dice.chance(9);
        Ok([
            number,
            format!(
                "{}{}",
                if place == 1 {
                    other_surname(nth)
                } else {
                    self.surname
                },
                given()
            ),
            if man { "1" } else { "2" }.to_owned(),
            birth.to_string(),
            if dice.chance(98) { "01" } else { "11" }.to_owned(),
            if married { "20" } else { "10" }.to_owned(),
            "registered".to_owned(),
            if away { "away" } else { "here" }.to_owned(),
            self.village.code.clone(),
            self.village.code.clone(),
            "resident".to_owned(),
            relation.to_owned(),
            self.number.clone(),
            self.address.clone(),
            self.address.clone(),
            if adult {
                format!("199{:08}", nth % 100_000_000)
            } else {
                String::new()
            },
        ])
    }
}

fn dice_name(nth: u64) -> String {
    let mut dice = Dice::new("given name", nth);
    let letters = if dice.chance(70) { 2 } else { 1 };
    (0..letters)
        .filter_map(|_| dice.pick(&GIVEN).copied())
        .collect()
}

fn other_surname(nth: u64) -> &'static str {
    let mut dice = Dice::new("surname", nth);
    dice.pick(&SURNAMES).copied().unwrap_or("李")
}

/// Which numbers of each day of birth are given away: odd ones to men, even ones to women.
struct Births(Vec<[u16; 2]>);

impl Births {
    fn new() -> Self {
        let days = usize::try_from(DAYS).unwrap_or_default();
        Self(vec![[0, 1]; days])
    }

    /// The next number of a day; when a day is full, the one before it.
    fn take(&mut self, age_days: i64, man: bool) -> Result<(Date, String), DemoError> {
        let days = self.0.len();
        let begin = usize::try_from(age_days).unwrap_or_default();
        for step in 0..days {
            let day = (begin + step) % days.max(1);
            let Some(next) = self
                .0
                .get_mut(day)
                .and_then(|both| both.get_mut(usize::from(man)))
            else {
                continue;
            };
            if *next < SEQUENCES {
                let sequence = *next;
                *next += 2;
                let age = i64::try_from(day).unwrap_or_default();
                let birth = NEWEST.saturating_sub(jiff::SignedDuration::from_hours(24 * (age + 1)));
                return Ok((birth, person_number(birth, sequence)?.to_string()));
            }
        }
        Err(DemoError::Full)
    }
}

/// Writes `count` organisations as a CSV file for the register `legal-entities.entity`; gives how many were written.
///
/// # Errors
/// When the file cannot be written.
pub fn write_entities(city: &City, count: u64, to: &mut dyn Write) -> Result<u64, DemoError> {
    const KINDS: [(char, char); 4] = [('9', '1'), ('9', '2'), ('9', '3'), ('5', '2')];
    const MOST: u64 = 100_000;
    let villages = villages(city);
    let mut file = csv::Writer::from_writer(to);
    file.write_record([
        "code",
        "name",
        "kind",
        "representative",
        "representative_number",
        "capital",
        "established_on",
        "industry",
        "division",
        "address",
        "registrar",
        "state",
    ])?;
    for nth in 0..count {
        let mut dice = Dice::new("entity", nth);
        let kind = usize::try_from(nth / MOST)
            .ok()
            .and_then(|place| KINDS.get(place));
        let (Some(&kind), Some(village)) = (kind, dice.pick(&villages)) else {
            return Ok(nth);
        };
        let county = village.code.get(..6).unwrap_or_default();
        let number = u32::try_from(nth % MOST).unwrap_or_default();
        let code = credit_code(kind, county, number)?.to_string();
        let (industry, trade) = dice.pick(&TRADES).copied().unwrap_or(("F", "商贸"));
        let word = format!("{}{}", dice_name(nth), dice_name(nth + 1));
        let name = match kind {
            ('9', '1') => format!("演示{word}{trade}有限公司{nth}"),
            ('9', '2') => format!("演示{word}{trade}部{nth}"),
            ('9', '3') => format!("演示{word}{trade}合作社{nth}"),
            _ => format!("演示{word}{trade}服务中心{nth}"),
        };
        let established = NEWEST.saturating_sub(jiff::SignedDuration::from_hours(
            24 * dice.between(30, 9_000),
        ));
        let birth = NEWEST.saturating_sub(jiff::SignedDuration::from_hours(
            24 * dice.between(9_500, 24_000),
        ));
        let sequence = u16::try_from(dice.between(0, 999)).unwrap_or_default();
        let road = dice.pick(&ROADS).copied().unwrap_or("东风街");
        file.write_record([
            code,
            name,
            format!("{}{}", kind.0, kind.1),
            format!("{}{}", other_surname(nth), dice_name(nth + 7)),
            person_number(birth, sequence)?.to_string(),
            format!("{}0000.00", dice.between(3, 5_000)),
            established.to_string(),
            industry.to_owned(),
            village.code.clone(),
            format!("潍坊市{}{road}{}号", village.name_zh, dice.between(1, 999)),
            "演示登记机关".to_owned(),
            if dice.chance(88) { "open" } else { "closed" }.to_owned(),
        ])?;
    }
    file.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use yuandu_ids::{CreditCode, PersonNumber};

    #[test]
    fn everyone_has_a_valid_number_of_their_own_and_two_runs_are_alike() {
        let city = City::build().unwrap();
        let write = || {
            let (mut households, mut people) = (Vec::new(), Vec::new());
            let written = write_population(&city, 5_000, &mut households, &mut people).unwrap();
            assert_eq!(written.residents, 5_000);
            (households, people)
        };
        let (households, people) = write();
        assert_eq!((households, people.clone()), write());
        let mut rows = csv::Reader::from_reader(people.as_slice());
        let numbers: BTreeSet<String> = rows
            .records()
            .map(|row| {
                let row = row.unwrap();
                let number: PersonNumber = row[0].parse().unwrap();
                assert_eq!(number.birth_date().to_string(), row[3], "{number}");
                row[0].to_owned()
            })
            .collect();
        assert_eq!(numbers.len(), 5_000);
    }

    #[test]
    fn every_organisation_has_a_valid_code_of_its_own() {
        let city = City::build().unwrap();
        let mut file = Vec::new();
        assert_eq!(write_entities(&city, 2_000, &mut file).unwrap(), 2_000);
        let mut rows = csv::Reader::from_reader(file.as_slice());
        let codes: BTreeSet<CreditCode> = rows
            .records()
            .map(|row| row.unwrap()[0].parse().unwrap())
            .collect();
        assert_eq!(codes.len(), 2_000);
    }
}
