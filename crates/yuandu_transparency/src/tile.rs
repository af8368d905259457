//! Tiles (C2SP tlog-tiles): the tree's hashes and the leaf inputs in files of 256 that never change once they are full.

use yuandu_store::Log;

use crate::TransparencyError;

/// Leaves, or hashes, in a full tile.
pub const ENTRIES_A_TILE: u64 = 256;
/// Tiles of level 8 would stand for more leaves than can be counted.
const HIGHEST_LEVEL: u32 = 7;

/// Which tile, as its path below `tile/` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// The level, or none for leaf inputs.
    pub level: Option<u32>,
    /// Number of the tile, counted from 0.
    pub index: u64,
    /// How many hashes it has: 256, or fewer in a partial tile.
    pub width: u64,
}

impl TilePath {
    /// Reads `0/x001/x234/067.p/8` or `entries/067`; `None` if it is not such a path.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = match level {
            "entries" => None,
            digits => Some(small(digits, 63)?),
        };
        let (number, width) = match rest.split_once(".p/") {
            None => (rest, ENTRIES_A_TILE),
            Some((number, width)) => (number, u64::from(small(width, 255)?)),
        };
        (width > 0).then_some(())?;
        let index = read_index(number)?;
        Some(Self {
            level,
            index,
            width,
        })
    }

    /// The tiles of one level (or of leaf inputs) of a tree of `size` leaves: how many are full, and how wide the last is.
    #[must_use]
    pub fn last(level: Option<u32>, size: u64) -> (u64, u64) {
        let hashes = size.checked_shr(8 * level.unwrap_or(0)).unwrap_or_default();
        (hashes / ENTRIES_A_TILE, hashes % ENTRIES_A_TILE)
    }

    /// The tile's bytes; `None` if the log has not come that far.
    pub fn read(&self, log: &Log<'_>) -> Result<Option<Vec<u8>>, TransparencyError> {
        let Some(start) = self.index.checked_mul(ENTRIES_A_TILE) else {
            return Ok(None);
        };
        let Some(end) = start.checked_add(self.width) else {
            return Ok(None);
        };
        let whole = |count: usize| u64::try_from(count).is_ok_and(|count| count == self.width);
        match self.level {
            Some(level) if level > HIGHEST_LEVEL => Ok(None),
            Some(level) => {
                let hashes = log.hashes(8 * level, start, end)?;
                Ok(whole(hashes.len()).then(|| hashes.concat()))
            }
            None => {
                let inputs = log.leaf_inputs(start, end)?;
                if !whole(inputs.len()) {
                    return Ok(None);
                }
                bundle(&inputs).map(Some)
            }
        }
    }
}

impl std::fmt::Display for TilePath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.level {
            Some(level) => write!(formatter, "{level}/")?,
            None => formatter.write_str("entries/")?,
        }
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        formatter.write_str(&groups.join("/"))?;
        if self.width < ENTRIES_A_TILE {
            write!(formatter, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// Leaf inputs one after the other, each with its length in two bytes.
fn bundle(inputs: &[Vec<u8>]) -> Result<Vec<u8>, TransparencyError> {
    let mut bytes = Vec::new();
    for input in inputs {
        let length = u16::try_from(input.len())
            .map_err(|_| TransparencyError::malformed("leaf input", "it is too long"))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(input);
    }
    Ok(bytes)
}

/// The leaf inputs of a bundle.
pub(crate) fn unbundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, TransparencyError> {
    let bad = || TransparencyError::malformed("entry bundle", "it ends in the middle of an entry");
    let mut inputs = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or_else(bad)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (input, rest) = rest.split_at_checked(length).ok_or_else(bad)?;
        inputs.push(input);
        bytes = rest;
    }
    Ok(inputs)
}

/// A number in decimal without leading zeros, up to `most`.
fn small(text: &str, most: u32) -> Option<u32> {
    let plain = text.len() <= 3
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| *number <= most)
}

/// `x001/x234/067` is 1,234,067: groups of three digits, all but the last marked, the first not zero.
fn read_index(text: &str) -> Option<u64> {
    let mut groups = text.split('/').peekable();
    let (mut index, mut first) = (0_u64, true);
    while let Some(group) = groups.next() {
        let last = groups.peek().is_none();
        let digits = if last {
            group
        } else {
            group.strip_prefix('x')?
        };
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if first && !last && digits == "000" {
            return None;
        }
        first = false;
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |level, index, width| TilePath {
            level,
            index,
            width,
        };
        for (path, wanted) in [
            ("0/x001/x234/067", tile(Some(0), 1_234_067, 256)),
            ("0/x001/x234/067.p/8", tile(Some(0), 1_234_067, 8)),
            ("1/000", tile(Some(1), 0, 256)),
            ("entries/x001/000.p/255", tile(None, 1000, 255)),
            ("63/999", tile(Some(63), 999, 256)),
        ] {
            assert_eq!(TilePath::parse(path), Some(wanted), "{path}");
            assert_eq!(wanted.to_string(), path);
        }
        for path in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "00/001",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/08",
            "0/x000/001",
            "0/001/002",
            "0/x001",
            "data/000",
            "0/../001",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TilePath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn the_last_tiles_of_any_size_are_told() {
        assert_eq!(TilePath::last(Some(0), 0), (0, 0));
        assert_eq!(TilePath::last(Some(0), 70_000), (273, 112));
        assert_eq!(TilePath::last(Some(1), 70_000), (1, 17));
        assert_eq!(TilePath::last(Some(2), 70_000), (0, 1));
        assert_eq!(TilePath::last(Some(7), u64::MAX), (0, 255));
        assert_eq!(TilePath::last(Some(8), u64::MAX), (0, 0));
    }

    proptest::proptest! {
        #[test]
        fn no_path_makes_the_parser_panic(path in "[x0-9/.p]{0,40}") {
            if let Some(tile) = TilePath::parse(&path) {
                assert_eq!(tile.to_string(), path);
            }
        }

        #[test]
        fn no_bytes_make_the_bundle_reader_panic(bytes in proptest::collection::vec(0_u8..4, 0..60)) {
            let _ = unbundle(&bytes);
        }
    }
}
