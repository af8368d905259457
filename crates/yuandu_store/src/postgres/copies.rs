//! Writes entries that another store committed: the same bytes, the same leaves, the same rows, or nothing at all.

use super::Session;
use super::groups::{Needs, steps};
use super::shapes::Shapes;
use super::writer::{begin, write};
use crate::committer::Done;
use crate::{Head, SealedEntry, StoreError};

pub(super) fn take(
    session: &Session,
    shapes: &Shapes,
    entries: &[SealedEntry],
    expected: &Head,
) -> Result<Done, StoreError> {
    let mut needs = Needs::default();
    let mut bodies = Vec::with_capacity(entries.len());
    for entry in entries {
        let unreadable = || StoreError::Corrupt {
            reason: format!("the body of entry {} cannot be read", entry.position),
        };
        let columns = entry.columns().ok_or_else(unreadable)?;
        bodies.push((entry, columns, entry.changes().ok_or_else(unreadable)?));
    }
    let mut translated = Vec::with_capacity(bodies.len());
    for (entry, _, changes) in &bodies {
        translated.push(steps(shapes, entry.realm, changes, &mut needs)?);
    }
    let (mut group, _) = begin(session, shapes, &needs)?;
    expected.is_reached(&group.frontier, entries)?;
    for ((entry, columns, _), steps) in bodies.iter().zip(&translated) {
        group.copy(entry, columns.clone(), steps)?;
    }
    let touched = std::mem::take(&mut group.touched);
    write(session, shapes, &group, &touched)?;
    Ok(Done {
        size: expected.size,
        root: expected.root,
        touched: touched
            .into_iter()
            .map(|(name, pos)| (name, pos.unsigned_abs()))
            .collect(),
    })
}
