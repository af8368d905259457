//! Checks a published log from outside: fetches checkpoint, leaf inputs and tiles, and recomputes the root.
//!
//! Goes on from what was verified before ([`Known`]): growing that tree to the new root proves that nothing before was changed.

use serde::{Deserialize, Serialize};
use yuandu_store::merkle::{Frontier, Hash, leaf_hash};
use yuandu_store::{Head, merkle};

use crate::tile::unbundle;
use crate::{
    Checkpoint, Cosignature, ENTRIES_A_TILE, Note, TilePath, TransparencyError, VerifierKey,
};

/// A way to fetch a file of the log by its path below the log's address.
pub trait Fetch {
    /// The file's bytes; `None` if there is no such file.
    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, TransparencyError>;
}

/// What was verified before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The log's name.
    pub origin: String,
    /// Entries verified.
    pub size: u64,
    /// Roots of the perfect subtrees of that many entries.
    pub edge: Vec<Hash>,
}

/// How to check: whose signatures are wanted.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The log's key.
    pub key: VerifierKey,
    /// Witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}

/// What was found to hold.
#[derive(Debug, Clone)]
pub struct Audited {
    /// Size and root.
    pub head: Head,
    /// Entries that were new.
    pub fresh: u64,
    /// Tiles compared.
    pub tiles: u64,
    /// Witnesses that cosigned.
    pub cosigned: usize,
    /// To go on from next time.
    pub known: Known,
}

/// The walk over the new part of the log.
struct Walk<'a> {
    fetch: &'a dyn Fetch,
    size: u64,
    frontier: Frontier,
    /// Recomputed hashes that belong into the last tile of each level.
    levels: Vec<Vec<Hash>>,
    tiles: u64,
}

impl Audit {
    /// Checks the log; `progress` is told the entries done and in all.
    pub fn run(
        &self,
        fetch: &dyn Fetch,
        known: Option<&Known>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Audited, TransparencyError> {
        let text = fetch.get("checkpoint")?.ok_or_else(|| gone("checkpoint"))?;
        let text = String::from_utf8(text)
            .map_err(|_| TransparencyError::malformed("checkpoint", "it is not text"))?;
        let (checkpoint, note) = Checkpoint::open(&text, &self.key)?;
        let cosigned = self.cosigned(&note)?;
        let frontier = self.start(known, &checkpoint)?;
        let from = frontier.size();
        let mut walk = Walk {
            fetch,
            size: checkpoint.head.size,
            frontier,
            levels: Vec::new(),
            tiles: 0,
        };
        walk.resume()?;
        walk.entries(progress)?;
        walk.compare_rest()?;
        if walk.frontier.root() != checkpoint.head.root {
            return Err(TransparencyError::refuted(
                "the root",
                format!(
                    "the first {} entries, {from} of them verified before, do not have it",
                    walk.size
                ),
            ));
        }
        Ok(Audited {
            head: checkpoint.head,
            fresh: walk.size - from,
            tiles: walk.tiles,
            cosigned,
            known: Known {
                origin: checkpoint.origin,
                size: walk.size,
                edge: walk.frontier.roots().to_vec(),
            },
        })
    }

    fn cosigned(&self, note: &Note) -> Result<usize, TransparencyError> {
        let count = self
            .witnesses
            .iter()
            .filter(|witness| Cosignature::of(note, witness).is_some())
            .count();
        if count < self.quorum {
            return Err(TransparencyError::refuted(
                "the checkpoint",
                format!("{count} witnesses cosigned it, {} are wanted", self.quorum),
            ));
        }
        Ok(count)
    }

    fn start(
        &self,
        known: Option<&Known>,
        checkpoint: &Checkpoint,
    ) -> Result<Frontier, TransparencyError> {
        let Some(known) = known else {
            return Ok(Frontier::default());
        };
        if known.origin != checkpoint.origin {
            return Err(TransparencyError::refuted(
                "the log",
                format!(
                    "it is `{}`, verified before was `{}`",
                    checkpoint.origin, known.origin
                ),
            ));
        }
        if known.size > checkpoint.head.size {
            return Err(TransparencyError::refuted(
                "the log",
                format!(
                    "it has {} entries, {} were verified before: it lost entries",
                    checkpoint.head.size, known.size
                ),
            ));
        }
        Frontier::from_parts(known.size, known.edge.clone())
            .ok_or_else(|| TransparencyError::malformed("verified state", "its parts do not fit"))
    }
}

impl Walk<'_> {
    /// Fills the last tiles with what was verified before, so that they can be compared once they are full. What they
    /// hold is checked when the root is: each hash of a tile stands for a part of the verified tree.
    fn resume(&mut self) -> Result<(), TransparencyError> {
        let size = self.frontier.size();
        for level in 0.. {
            let (index, width) = TilePath::last(Some(level), size);
            if level > 7 || (index == 0 && width == 0) {
                break;
            }
            let hashes = if width == 0 {
                Vec::new()
            } else {
                self.tile(level, index, width)?
            };
            self.levels.push(hashes);
        }
        let edge = self.frontier.roots().to_vec();
        let mut rebuilt = Vec::new();
        for hashes in self.levels.iter().rev() {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let width = 1_usize << rest.len().ilog2();
                let (whole, after) = rest.split_at(width);
                rebuilt.push(perfect(whole));
                rest = after;
            }
        }
        if rebuilt == edge {
            Ok(())
        } else {
            Err(TransparencyError::refuted(
                "the log",
                format!("its tiles no longer give the {size} entries verified before"),
            ))
        }
    }

    fn entries(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), TransparencyError> {
        while self.frontier.size() < self.size {
            progress(self.frontier.size(), self.size);
            let at = self.frontier.size();
            let index = at / ENTRIES_A_TILE;
            let width = (self.size - index * ENTRIES_A_TILE).min(ENTRIES_A_TILE);
            let path = TilePath {
                level: None,
                index,
                width,
            };
            let bytes = self.get(&path)?;
            let inputs = unbundle(&bytes)?;
            let wanted = usize::try_from(width).unwrap_or(usize::MAX);
            if inputs.len() < wanted {
                return Err(TransparencyError::refuted(
                    "the log",
                    format!("`{path}` has {} of {wanted} entries", inputs.len()),
                ));
            }
            let skip = usize::try_from(at % ENTRIES_A_TILE).unwrap_or(0);
            for input in inputs.iter().take(wanted).skip(skip) {
                self.entry(input)?;
            }
        }
        progress(self.size, self.size);
        Ok(())
    }

    fn entry(&mut self, input: &[u8]) -> Result<(), TransparencyError> {
        let position = self.frontier.size();
        let says = std::str::from_utf8(input)
            .ok()
            .and_then(|text| text.lines().nth(1))
            .and_then(|line| line.parse::<u64>().ok());
        if says != Some(position) {
            return Err(TransparencyError::refuted(
                "the log",
                format!("entry {position} says that it is another"),
            ));
        }
        let leaf = leaf_hash(input);
        self.hash(0, leaf)?;
        for done in self.frontier.push(leaf) {
            if done.height.is_multiple_of(8) {
                self.hash(done.height / 8, done.hash)?;
            }
        }
        Ok(())
    }

    /// Adds a recomputed hash to its level; a tile that is full is compared with the published one.
    fn hash(&mut self, level: u32, hash: Hash) -> Result<(), TransparencyError> {
        let at = usize::try_from(level).unwrap_or(usize::MAX);
        if self.levels.len() <= at {
            self.levels.resize(at + 1, Vec::new());
        }
        let Some(hashes) = self.levels.get_mut(at) else {
            return Ok(());
        };
        hashes.push(hash);
        if hashes.len() == 256 {
            let full = std::mem::take(hashes);
            let done = (self.frontier.size() + u64::from(level == 0)) >> (8 * level);
            self.compare(level, done.saturating_sub(1) / ENTRIES_A_TILE, &full)?;
        }
        Ok(())
    }

    fn compare_rest(&mut self) -> Result<(), TransparencyError> {
        let levels = std::mem::take(&mut self.levels);
        for (level, hashes) in (0_u32..).zip(levels) {
            if !hashes.is_empty() {
                let (index, _) = TilePath::last(Some(level), self.size);
                self.compare(level, index, &hashes)?;
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        level: u32,
        index: u64,
        wanted: &[Hash],
    ) -> Result<(), TransparencyError> {
        let width = u64::try_from(wanted.len()).unwrap_or(u64::MAX);
        if self.tile(level, index, width)? == wanted {
            self.tiles += 1;
            return Ok(());
        }
        let path = TilePath {
            level: Some(level),
            index,
            width,
        };
        Err(TransparencyError::refuted(
            "the tile",
            format!("`{path}` does not hold the hashes of the entries"),
        ))
    }

    fn tile(&mut self, level: u32, index: u64, width: u64) -> Result<Vec<Hash>, TransparencyError> {
        let path = TilePath {
            level: Some(level),
            index,
            width,
        };
        let bytes = self.get(&path)?;
        let hashes: Vec<Hash> = bytes
            .chunks_exact(32)
            .filter_map(|chunk| chunk.try_into().ok())
            .take(usize::try_from(width).unwrap_or(usize::MAX))
            .collect();
        Ok(hashes)
    }

    /// Fetches a tile; a log may have given up a partial tile once the full one exists.
    fn get(&self, path: &TilePath) -> Result<Vec<u8>, TransparencyError> {
        if let Some(bytes) = self.fetch.get(&format!("tile/{path}"))? {
            return Ok(bytes);
        }
        let full = TilePath {
            width: ENTRIES_A_TILE,
            ..*path
        };
        let full = if full == *path {
            None
        } else {
            self.fetch.get(&format!("tile/{full}"))?
        };
        full.ok_or_else(|| gone(&format!("tile/{path}")))
    }
}

/// Root of a perfect tree over these hashes; their number is a power of two.
fn perfect(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Frontier::default().root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            merkle::node_hash(&perfect(left), &perfect(right))
        }
    }
}

fn gone(path: &str) -> TransparencyError {
    TransparencyError::Fetch {
        path: path.to_owned(),
        reason: "there is no such file".to_owned(),
    }
}
