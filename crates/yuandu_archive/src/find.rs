//! Finding matters in the archive: by id or number, or by words and time.

use std::collections::HashMap;
use std::fs::File;

use yuandu_ids::RealmId;
use yuandu_store::{BlobRef, Store, StoreError};

use crate::queries::{self, Segment};
use crate::segment::{Head, Matters};
use crate::sieve::{folded, may_be, may_hold};
use crate::{ArchiveError, Matter};

/// Segments that one question opens: some seconds of work at most. The answer says from where to go on.
pub const MOST_OPENED: usize = 40;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Words that must all be there, a whole number among them; nothing finds everything.
    pub words: &'a str,
    /// Closed at this moment or later, in milliseconds since 1970.
    pub from_ms: i64,
    /// Closed at this moment or earlier.
    pub to_ms: i64,
    /// Matters wanted at most.
    pub most: usize,
    /// Only what comes after the matter that was closed at this moment and has this id.
    pub after: Option<(i64, String)>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Matters, those closed last first.
    pub matters: Vec<Matter>,
    /// Segments that had to be opened.
    pub opened: usize,
    /// Segments that certainly did not hold what was looked for.
    pub passed_over: usize,
    /// Segments that were not looked at.
    pub left: usize,
    /// Where to go on, if there may be more: [`Question::after`].
    pub next: Option<(i64, String)>,
}

/// Where each matter that was brought back lies now: in the tables, or in this segment.
pub(crate) type Recalled = HashMap<String, Option<String>>;

/// Whether a matter of a segment counts: not if it is in the tables or was sealed again later.
pub(crate) fn lying(recalled: &Recalled, segment: &str, id: &str) -> bool {
    recalled
        .get(id)
        .is_none_or(|lies| lies.as_deref() == Some(segment))
}

/// The segments that may hold a matter of this id or number, and what was brought back.
pub(crate) fn segments_with(
    store: &Store,
    realm: RealmId,
    key: &str,
) -> Result<(Vec<String>, Recalled), ArchiveError> {
    let number = i64::from(realm.get());
    Ok(store.read(|reader| {
        let mut names = Vec::new();
        queries::keys(reader, number, |segment| {
            if may_be(&segment.keys, key) {
                names.push(segment.name);
            }
        })?;
        let recalled = if names.is_empty() {
            Recalled::new()
        } else {
            queries::recalled(reader, number)?
        };
        Ok::<_, StoreError>((names, recalled))
    })?)
}

/// The matters of a segment.
pub(crate) fn matters_of(store: &Store, name: &str) -> Result<Matters<File>, ArchiveError> {
    let missing = || ArchiveError::Missing {
        name: name.to_owned(),
    };
    let blob = BlobRef::parse(name).ok_or_else(missing)?;
    Ok(Matters::of(store.blobs().open(&blob)?.ok_or_else(missing)?))
}

/// The matter of this id or number, if it is in the archive. Who may see them is the caller's question.
pub fn get(store: &Store, realm: RealmId, key: &str) -> Result<Option<Matter>, ArchiveError> {
    let (segments, recalled) = segments_with(store, realm, key)?;
    for name in segments {
        let mut lines = matters_of(store, &name)?;
        while let Some(matter) = lines.next_if(|line| {
            line.contains(key)
                && Head::read(line).is_ok_and(|head| head.id == key || head.number == key)
        })? {
            if lying(&recalled, &name, &matter.id) {
                return Ok(Some(matter));
            }
        }
    }
    Ok(None)
}

/// Looks through the archive; `allowed` says of each matter whether whoever asks may see it.
pub fn find(
    store: &Store,
    realm: RealmId,
    question: &Question<'_>,
    allowed: &mut dyn FnMut(&Matter) -> bool,
) -> Result<Found, ArchiveError> {
    let number = i64::from(realm.get());
    let to_ms = question
        .after
        .as_ref()
        .map_or(question.to_ms, |(at, _)| question.to_ms.min(*at));
    let words = folded(question.words);
    let mut found = Found::default();
    let (segments, recalled) = store.read(|reader| {
        let mut segments: Vec<Segment> = Vec::new();
        queries::segments(reader, number, (question.from_ms, to_ms), |segment| {
            let mut words = question.words.split_whitespace();
            if words.all(|word| may_hold(&segment.sieve, word) || may_be(&segment.keys, word)) {
                // What it was judged by is no longer needed: a thousand of them would be tens of megabytes.
                segments.push(Segment {
                    keys: Vec::new(),
                    sieve: Vec::new(),
                    ..segment
                });
            } else {
                found.passed_over += 1;
            }
        })?;
        Ok::<_, StoreError>((segments, queries::recalled(reader, number)?))
    })?;
    let mut rest = segments.iter();
    let mut stopped = None;
    while let Some(segment) = rest.next() {
        let last = segment.last_closed_at;
        let enough = found
            .matters
            .get(question.most.saturating_sub(1))
            .is_some_and(|matter| matter.closed_at_ms > last);
        // A question that would not get on otherwise goes on.
        if enough || (found.opened >= MOST_OPENED && last < to_ms) {
            stopped = Some(last);
            found.left = rest.len() + 1;
            break;
        }
        found.opened += 1;
        let mut lines = matters_of(store, &segment.name)?;
        while let Some(matter) =
            lines.next_if(|line| question.fits(&words, &recalled, (&segment.name, line)))?
        {
            if allowed(&matter) {
                found.matters.push(matter);
            }
        }
        found
            .matters
            .sort_by(|one, other| place(other).cmp(&place(one)));
        // One more than wanted tells that there is more.
        found.matters.truncate(question.most + 1);
    }
    found.cut(question.most, stopped);
    Ok(found)
}

/// Where a matter stands in an answer: the greatest first.
fn place(matter: &Matter) -> (i64, &str) {
    (matter.closed_at_ms, &matter.id)
}

impl Found {
    /// Leaves what is certainly in its place, and says where to go on.
    fn cut(&mut self, most: usize, stopped: Option<i64>) {
        let after = |matter: &Matter| (matter.closed_at_ms, matter.id.clone());
        if self.matters.len() > most {
            self.matters.truncate(most);
            self.next = self.matters.last().map(after);
        }
        let Some(last) = stopped else { return };
        // What was closed before the first segment that was not opened may have others between.
        self.matters.retain(|matter| matter.closed_at_ms > last);
        let unread = (last.saturating_add(1), String::new());
        let next = self.next.take().filter(|next| *next > unread);
        self.next = Some(next.unwrap_or(unread));
    }
}

impl Question<'_> {
    /// Whether a line may be an answer, as far as its head tells; one that cannot be read is, so that it is told.
    fn fits(&self, words: &str, recalled: &Recalled, (segment, line): (&str, &str)) -> bool {
        let Ok(head) = Head::read(line) else {
            return true;
        };
        let (text, number) = (folded(&head.words), folded(&head.number));
        (self.from_ms..=self.to_ms).contains(&head.closed_at_ms)
            && self
                .after
                .as_ref()
                .is_none_or(|(at, id)| (head.closed_at_ms, &*head.id) < (*at, id.as_str()))
            && words
                .split_whitespace()
                .all(|word| text.contains(word) || number == word)
            && lying(recalled, segment, &head.id)
    }
}
