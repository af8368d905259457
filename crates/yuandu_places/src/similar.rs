//! Reports that may be the same thing: near, recent, of the same kind, in similar words.
//!
//! The score is a sum a person can follow: half for the kind, three tenths for nearness, two tenths for the words.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use yuandu_geo::{BoundingBox, Position};
use yuandu_store::{Reader, Value};

use crate::{PlacesError, queries};

/// Candidates looked at in one search; in a radius of some hundred metres there are never more that are open.
const CANDIDATES: i64 = 500;
/// Scores below this are not worth a resident's time.
const WORTH_SHOWING: f64 = 0.5;

/// The table of points to search and its columns.
#[derive(Debug, Clone, Copy)]
pub struct PointTable<'a> {
    /// Table with columns `lon`, `lat`, `status`, `opened_at`.
    pub table: &'a str,
    /// Column with the words to compare.
    pub words: &'a str,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Where.
    pub position: Position,
    /// Five-digit category, if chosen.
    pub category: Option<&'a str>,
    /// What the person wrote so far.
    pub words: &'a str,
    /// How far apart the same thing may be reported, in metres.
    pub radius_m: f64,
    /// Only what was opened since.
    pub since: Timestamp,
}

/// A report that may be the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Similar {
    /// Id of the case.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Code of its category; empty for none.
    pub category: String,
    /// Its stage.
    pub stage: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Metres away.
    pub distance_m: f64,
    /// From 0 to 1.
    pub score: f64,
}

/// The most similar open reports, best first, at most five.
pub fn similar(
    reader: &Reader<'_>,
    realm: i64,
    source: PointTable<'_>,
    query: &Query<'_>,
) -> Result<Vec<Similar>, PlacesError> {
    let window = BoundingBox::within_metres(query.position, query.radius_m);
    let sql = queries::similar(source);
    let parameters: [Value; 7] = [
        realm.into(),
        window.south.into(),
        window.north.into(),
        window.west.into(),
        window.east.into(),
        query.since.into(),
        CANDIDATES.into(),
    ];
    let mut found = Vec::new();
    for row in reader.query(&sql, &parameters)? {
        let distance_m =
            Position::new(row.real("lon")?, row.real("lat")?)?.distance_m(query.position);
        if distance_m > query.radius_m {
            continue;
        }
        let category = row.opt_text("category")?.unwrap_or_default();
        let said = row.opt_text("said")?.unwrap_or_default();
        let score = score(query, distance_m, &category, &said);
        if score >= WORTH_SHOWING {
            found.push(Similar {
                id: row.text("id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                category,
                stage: row.opt_text("stage")?.unwrap_or_default(),
                opened_at: row.timestamp("opened_at")?,
                distance_m,
                score,
            });
        }
    }
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    found.truncate(5);
    Ok(found)
}

fn score(query: &Query<'_>, distance_m: f64, category: &str, said: &str) -> f64 {
    let kind = match query.category {
        Some(own) if own == category => 1.0,
        // The same class (first two digits) is half the same; a component and its "out of order" matter share a class.
        Some(own)
            if own
                .get(..2)
                .is_some_and(|class| category.starts_with(class)) =>
        {
            0.5
        }
        Some(_) => 0.0,
        // Before a category is chosen, nearness and words decide alone.
        None => 0.4,
    };
    let near = 1.0 - (distance_m / query.radius_m).min(1.0);
    0.5 * kind + 0.3 * near + 0.2 * likeness(query.words, said)
}

/// How alike two texts are, from 0 to 1: the share of common letter pairs (Dice), which needs no word boundaries and so suits Chinese.
#[must_use]
pub fn likeness(left: &str, right: &str) -> f64 {
    let (left, right) = (pairs(left), pairs(right));
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let common = left.intersection(&right).count();
    #[expect(
        clippy::cast_precision_loss,
        reason = "texts have some hundred letters"
    )]
    let share = 2.0 * common as f64 / (left.len() + right.len()) as f64;
    share
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let letters: Vec<char> = text
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    letters
        .iter()
        .zip(letters.iter().skip(1))
        .map(|(first, second)| (*first, *second))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::likeness;

    #[test]
    fn the_same_complaint_in_other_words_is_alike_and_another_is_not() {
        assert!((likeness("路灯不亮", "路灯不亮") - 1.0).abs() < f64::EPSILON);
        let same = likeness("东风街路口井盖没了，很危险", "东风街井盖没了危险");
        let other = likeness("东风街路口井盖没了，很危险", "小区门口有人烧烤冒烟");
        assert!(same > 0.5 && other < 0.1, "{same} {other}");
        assert!(likeness("", "井盖") < f64::EPSILON);
    }
}
