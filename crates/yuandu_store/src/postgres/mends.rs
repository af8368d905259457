//! Writes rows of one table as the log has them, in one transaction that holds the lock of the log's head.

use std::collections::HashMap;

use super::Session;
use super::link::Step;
use super::shapes::{Bulk, Shape, Shapes};
use super::writer::{head, kinds, plain, touches};
use crate::StoreError;
use crate::committer::signed;
use crate::compare::columns;
use crate::rebuild::{Mend, MendJob, gone};

/// Gives how many rows are now as they should be; one whose unique value another damaged row still holds is left for later.
pub(super) fn write(session: &Session, shapes: &Shapes, job: &MendJob) -> Result<u64, StoreError> {
    let (_, shape) = shapes.find(&job.table.name)?;
    let lock = [plain(
        "SELECT size, frontier FROM log_head WHERE id = 1 FOR UPDATE",
    )];
    let locked = session.pipeline("BEGIN", &lock, "")?;
    let size = head(locked.first().map_or(&[], Vec::as_slice))?.size();
    let rows = job.rows(size)?;
    let delete = deletes(shape, &rows);
    let insert = inserts(shape, &rows);
    // Other servers drop what they kept of the table when the log grows next.
    let touched = touches(&HashMap::from([(job.table.name.clone(), signed(size))]));
    let steps: [Step<'_>; 3] = [delete.step(), insert.step(), touched.step()];
    let answers = session.pipeline("", &steps, "COMMIT")?;
    let inserted = answers.get(1).map_or(0, Vec::len) as u64;
    Ok(inserted + gone(&rows))
}

fn deletes(shape: &Shape, rows: &[Mend]) -> Bulk {
    let mut bulk = Bulk::new(&shape.delete, kinds(shape, &shape.key, false));
    for mend in rows {
        bulk.push(mend.key.iter().cloned());
    }
    bulk
}

fn inserts(shape: &Shape, rows: &[Mend]) -> Bulk {
    let names = columns(&shape.def);
    let order: Vec<usize> = names
        .iter()
        .filter_map(|name| {
            shape
                .def
                .columns
                .iter()
                .position(|column| column.name == *name)
        })
        .collect();
    let mut bulk = Bulk::new(&shape.insert_sql(&order), kinds(shape, &order, true));
    for row in rows.iter().filter_map(|mend| mend.row.as_ref()) {
        bulk.push(row.iter().cloned());
    }
    bulk
}
