//! How alike two values are, from 0 (different) to 1 (the same). Pure, and symmetric: the order of the two never matters.

use std::collections::HashMap;

use yuandu_address::Gazetteer;
use yuandu_schema::CompareBy;

/// Characters of a text that are compared.
const MOST: usize = 200;

/// What one wrong or exchanged character leaves of a code.
const ONE_WRONG: f64 = 0.8;
/// Below this share of common pairs, texts are different.
const LEAST_COMMON: f64 = 0.5;

/// How alike two values are. Neither of them is empty.
pub(crate) fn similarity(by: CompareBy, one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let (one, other) = (folded(one), folded(other));
    if one == other {
        return 1.0;
    }
    match by {
        CompareBy::Same => 0.0,
        CompareBy::Name => name(&one, &other),
        CompareBy::Text => text(&one, &other),
        CompareBy::Digits => code(&one, &other),
        CompareBy::Date => date(&one, &other),
        CompareBy::Address => address(&one, &other),
    }
}

/// Half-width, small letters, without spaces and the signs people leave out or put in.
fn folded(text: &str) -> Vec<char> {
    text.chars()
        .map(|letter| match letter {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
            '•' | '‧' | '・' => '·',
            other => other,
        })
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .flat_map(char::to_lowercase)
        .take(MOST)
        .collect()
}

/// A name of two characters says more in each of them than one of three.
fn name(one: &[char], other: &[char]) -> f64 {
    if one.len() == other.len() {
        if sorted(one) == sorted(other) {
            return 0.8;
        }
        let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
        return match (differing, one.len()) {
            (1, 2) => 0.3,
            (1, 3) => 0.5,
            (1, _) => 0.7,
            _ => text(one, other),
        };
    }
    // A character that was left out, such as a middle one.
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if short.len() >= 2 && long.len() == short.len() + 1 && is_within(short, long) {
        return 0.5;
    }
    text(one, other)
}

/// Whether all characters of the one stand in the other, in order.
fn is_within(short: &[char], long: &[char]) -> bool {
    let mut left = long.iter();
    short.iter().all(|letter| left.any(|other| other == letter))
}

/// Twice the pairs they share over all pairs of both (Dice).
fn text(one: &[char], other: &[char]) -> f64 {
    let mut counts: HashMap<(char, char), i32> = HashMap::new();
    let (mut all, mut shared) = (0_u32, 0_u32);
    for pair in pairs(one) {
        *counts.entry(pair).or_default() += 1;
        all += 1;
    }
    for pair in pairs(other) {
        all += 1;
        if let Some(left) = counts.get_mut(&pair).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    if all == 0 {
        return 0.0;
    }
    let common = f64::from(2 * shared) / f64::from(all);
    if common < LEAST_COMMON { 0.0 } else { common }
}

fn pairs(text: &[char]) -> impl Iterator<Item = (char, char)> + '_ {
    text.iter().copied().zip(text.iter().copied().skip(1))
}

fn code(one: &[char], other: &[char]) -> f64 {
    if one.len() != other.len() {
        return 0.0;
    }
    let differing: Vec<usize> = one
        .iter()
        .zip(other)
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(at, _)| at)
        .collect();
    match differing.as_slice() {
        [_] => ONE_WRONG,
        [first, second] if *second == first + 1 && exchanged(one, other, (*first, *second)) => {
            ONE_WRONG
        }
        // A check digit follows every mistake: the mistake and the last place.
        [_, last] if *last + 1 == one.len() => ONE_WRONG,
        [first, second, last]
            if *last + 1 == one.len()
                && *second == first + 1
                && exchanged(one, other, (*first, *second)) =>
        {
            ONE_WRONG
        }
        _ => 0.0,
    }
}

fn exchanged(one: &[char], other: &[char], (first, second): (usize, usize)) -> bool {
    one.get(first) == other.get(second) && one.get(second) == other.get(first)
}

fn date(one: &[char], other: &[char]) -> f64 {
    if one.len() != other.len() {
        return 0.0;
    }
    let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
    if differing == 1 {
        return 0.7;
    }
    let parts = |date: &[char]| -> Vec<String> {
        let whole: String = date.iter().collect();
        whole.split('-').map(str::to_owned).collect()
    };
    match (parts(one).as_slice(), parts(other).as_slice()) {
        ([year, month, day], [y, m, d]) if year == y && month == d && day == m => 0.7,
        _ => 0.0,
    }
}

fn address(one: &[char], other: &[char]) -> f64 {
    let key = |letters: &[char]| {
        let whole: String = letters.iter().collect();
        yuandu_address::parse(&whole, &Gazetteer::default()).key()
    };
    if key(one) == key(other) {
        return 1.0;
    }
    // Another room of the same house shares most of its pairs and is another home.
    text(one, other) * 0.8
}

fn sorted(text: &[char]) -> Vec<char> {
    let mut letters = text.to_vec();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests;
