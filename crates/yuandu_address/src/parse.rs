//! The whole address: made uniform, divisions taken off its beginning, the rest read by [`crate::street`].

use serde::Serialize;

use crate::gazetteer::digits;
use crate::{Gazetteer, street};

/// Characters of an address that are read.
const MOST: usize = 200;

/// An address taken apart. What was not said is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The lowest division that was found.
    pub division: Option<String>,
    /// Names of the divisions found, the highest first.
    pub divisions: Vec<String>,
    /// Town or subdistrict that the gazetteer does not know.
    pub town: Option<String>,
    /// Village or community that the gazetteer does not know.
    pub village: Option<String>,
    /// Road.
    pub road: Option<String>,
    /// House number, without 号.
    pub number: Option<String>,
    /// Estate, compound or tower.
    pub estate: Option<String>,
    /// Building, without its word.
    pub building: Option<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Floor.
    pub floor: Option<String>,
    /// Room.
    pub room: Option<String>,
    /// What no rule took.
    pub rest: String,
}

impl Address {
    /// A text that is the same for two ways of writing one door: nothing but what tells it from others.
    #[must_use]
    pub fn key(&self) -> String {
        let part = |value: &Option<String>| value.as_deref().map(plain).unwrap_or_default();
        [
            self.division.clone().unwrap_or_default(),
            part(&self.road),
            part(&self.number),
            part(&self.estate),
            part(&self.building),
            part(&self.unit),
            part(&self.room),
            plain(&self.rest),
        ]
        .join("|")
    }
}

/// Takes an address apart.
#[must_use]
pub fn parse(text: &str, gazetteer: &Gazetteer) -> Address {
    let letters: Vec<char> = uniform(text);
    let (read, beyond) = letters.split_at(letters.len().min(MOST));
    let mut address = Address::default();
    let mut left = read;
    let mut within = String::new();
    while let Some((division, length)) = gazetteer.at_beginning(left, &within) {
        address.divisions.push(division.name.clone());
        address.division = Some(division.code.clone());
        within = digits(&division.code).to_owned();
        left = left.get(length..).unwrap_or_default();
        // `市辖区` stands between a city and its districts and is no place.
        if let Some(rest) = left.strip_prefix(&['市', '辖', '区']) {
            left = rest;
        }
    }
    street::read(left, &mut address);
    address.rest.extend(beyond);
    address
}

/// Half-width, capital letters, without spaces and the signs people put between the parts.
fn uniform(text: &str) -> Vec<char> {
    text.chars()
        .map(|letter| match letter {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
            '—' | '–' | '之' => '-',
            other => other,
        })
        .filter(|letter| {
            !letter.is_whitespace() && !letter.is_control() && !",;、。".contains(*letter)
        })
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// Chinese digits as figures, for comparing: `三` is `3`, `十二` is `12`.
fn plain(text: &str) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let figure = |letter: char| DIGITS.iter().position(|digit| *digit == letter);
    let only_digits = text
        .chars()
        .all(|letter| figure(letter).is_some() || letter == '十');
    if !only_digits || text.is_empty() {
        return text.to_owned();
    }
    match text.split_once('十') {
        None => text
            .chars()
            .filter_map(figure)
            .map(|digit| digit.to_string())
            .collect(),
        Some((tens, ones)) => {
            let value =
                |part: &str, absent: usize| part.chars().next().and_then(figure).unwrap_or(absent);
            (value(tens, 1) * 10 + value(ones, 0)).to_string()
        }
    }
}

#[cfg(test)]
mod tests;
