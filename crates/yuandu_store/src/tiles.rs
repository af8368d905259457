//! What others need to check the log without seeing inside: leaf inputs, rows of tree hashes, roots and proofs for any size.

use crate::log::{missing, subtree};
use crate::merkle::{Frontier, Hash, audit_path, consistency_path};
use crate::{Head, InclusionProof, Log, Reader, StoreError};

impl Log<'_> {
    /// The public bytes of the leaves `start..end`; fewer if the log ends before.
    pub fn leaf_inputs(&self, start: u64, end: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let entries = self.sealed(start, count, usize::MAX)?;
        Ok(entries
            .iter()
            .map(crate::sealed::SealedEntry::leaf_input)
            .collect())
    }

    /// Hashes of the perfect subtrees `start..end` of `2^height` leaves each; fewer if the log ends before.
    pub fn hashes(&self, height: u32, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        let (sql, parameters) = if height == 0 {
            (
                "SELECT leaf AS hash FROM log WHERE seq >= $1 AND seq < $2 ORDER BY seq",
                vec![bound(start).into(), bound(end).into()],
            )
        } else {
            (
                "SELECT hash FROM log_subtree WHERE height = $3 AND idx >= $1 AND idx < $2 ORDER BY idx",
                vec![bound(start).into(), bound(end).into(), height.into()],
            )
        };
        self.store.read(|reader| {
            let rows = reader.query(sql, &parameters)?;
            rows.iter()
                .map(|row| row.bytes("hash")?.try_into().map_err(|_| missing()))
                .collect()
        })
    }

    /// Root of the first `size` entries; `None` if there are not that many.
    pub fn root_at(&self, size: u64) -> Result<Option<Hash>, StoreError> {
        self.store.read(|reader| root_at(reader, size))
    }

    /// The right edge of the first `size` entries, to grow a copy of the log from there.
    pub fn frontier_at(&self, size: u64) -> Result<Option<Frontier>, StoreError> {
        self.store.read(|reader| {
            if size > crate::log::head(reader)?.size {
                return Ok(None);
            }
            let mut roots = Vec::new();
            let mut start = 0;
            for height in (0..64).rev().filter(|height| (size >> height) & 1 == 1) {
                let end = start + (1_u64 << height);
                roots.push(subtree(reader, start, end)?);
                start = end;
            }
            Ok(Frontier::from_parts(size, roots))
        })
    }

    /// Proof that the entry at `position` is in the log of `size` entries; `None` where there is no such entry or size.
    pub fn proof_at(&self, position: u64, size: u64) -> Result<Option<InclusionProof>, StoreError> {
        self.store.read(|reader| {
            if position >= size {
                return Ok(None);
            }
            let Some(root) = root_at(reader, size)? else {
                return Ok(None);
            };
            let leaf = subtree(reader, position, position + 1)?;
            let path = audit_path(position, size, &mut |start, end| {
                subtree(reader, start, end)
            })?;
            let head = Head { size, root };
            Ok(Some(InclusionProof {
                position,
                leaf,
                head,
                path,
            }))
        })
    }

    /// Proof that the log of `old` entries is the beginning of the log of `new` entries; `None` if there is no such size.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.store.read(|reader| {
            if old > new || new > crate::log::head(reader)?.size {
                return Ok(None);
            }
            consistency_path(old, new, &mut |start, end| subtree(reader, start, end)).map(Some)
        })
    }
}

fn root_at(reader: &Reader<'_>, size: u64) -> Result<Option<Hash>, StoreError> {
    if size > crate::log::head(reader)?.size {
        return Ok(None);
    }
    if size == 0 {
        return Ok(Some(Frontier::default().root()));
    }
    subtree(reader, 0, size).map(Some)
}

/// Positions beyond the largest integer of a database hold nothing.
fn bound(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
