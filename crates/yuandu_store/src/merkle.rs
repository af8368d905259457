//! The Merkle tree of RFC 6962 section 2.1: hashes, the growing right edge, and inclusion proofs.
//!
//! Pure arithmetic; nothing is read or written here.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of a leaf: `SHA-256(0x00 || data)`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(data)
        .finalize()
        .into()
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The right edge of a growing tree: roots of its perfect subtrees, largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

/// A perfect subtree completed by an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// Height: the subtree has `2^height` leaves.
    pub height: u32,
    /// Which subtree of that height, counted from 0.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

impl Frontier {
    /// Rebuilds a frontier from its size and stored roots; `None` if they do not fit.
    #[must_use]
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()).ok()? == roots.len()).then_some(Self { size, roots })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The stored roots, largest subtree first.
    #[must_use]
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Adds a leaf and tells which perfect subtrees it completed (height 1 and up).
    pub fn push(&mut self, leaf: Hash) -> Vec<Completed> {
        let mut completed = Vec::new();
        let mut hash = leaf;
        let mut height = 0;
        // Each trailing one bit of the old size is a subtree of that height waiting for its right sibling.
        while (self.size >> height) & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(&left, &hash);
            height += 1;
            completed.push(Completed {
                height,
                index: self.size >> height,
                hash,
            });
        }
        self.roots.push(hash);
        self.size += 1;
        completed
    }

    /// Root of the whole tree; of an empty one the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut right_to_left = self.roots.iter().rev();
        let Some(smallest) = right_to_left.next() else {
            return Sha256::digest([]).into();
        };
        right_to_left.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

/// The audit path of leaf `index` in a tree of `size` leaves (RFC 6962 section 2.1.1).
///
/// `subtree(start, end)` must return the tree hash of leaves `start..end`.
pub fn audit_path<E>(
    index: u64,
    size: u64,
    subtree: &mut impl FnMut(u64, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let split = start + largest_power_below(end - start);
        if index < split {
            path.push(subtree(split, end)?);
            end = split;
        } else {
            path.push(subtree(start, split)?);
            start = split;
        }
    }
    path.reverse();
    Ok(path)
}

/// The root that a leaf and its audit path lead to; equal to the published root if the leaf is in the log.
#[must_use]
pub fn root_from_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves (RFC 6962 section 2.1.2).
///
/// Empty if `old` is 0 or equal to `new`. `subtree(start, end)` must return the tree hash of leaves `start..end`.
pub fn consistency_path<E>(
    old: u64,
    new: u64,
    subtree: &mut impl FnMut(u64, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut start, mut end) = (0, new);
    // Whether the part of the old tree looked at is a whole subtree that the verifier can tell from the old root.
    let mut known = true;
    while old != end {
        let split = start + largest_power_below(end - start);
        if old <= split {
            path.push(subtree(split, end)?);
            end = split;
        } else {
            path.push(subtree(start, split)?);
            start = split;
            known = false;
        }
    }
    if !known {
        path.push(subtree(start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that the tree of `old` leaves is the beginning of the tree of `new` leaves (RFC 9162 section 2.1.4.2).
#[must_use]
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), path: &[Hash]) -> bool {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && old_root == Frontier::default().root();
    }
    let mut path = path.iter();
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // A whole power of two: the verifier begins from the old root itself.
    let first = if old.is_power_of_two() {
        Some(&old_root)
    } else {
        path.next()
    };
    let Some(first) = first else { return false };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// The largest power of two smaller than `count` (which is at least 2).
#[must_use]
pub fn largest_power_below(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::{
        Frontier, Hash, audit_path, consistency_path, is_consistent, largest_power_below,
        leaf_hash, node_hash, root_from_path,
    };

    /// The definition of RFC 6962 section 2.1, word for word, as the reference.
    fn tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Frontier::default().root(),
            [one] => *one,
            many => {
                let split = largest_power_below(many.len() as u64) as usize;
                node_hash(&tree_hash(&many[..split]), &tree_hash(&many[split..]))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count)
            .map(|number| leaf_hash(&number.to_be_bytes()))
            .collect()
    }

    #[test]
    fn the_empty_tree_and_the_empty_leaf_have_the_published_hashes() {
        // RFC 6962 / Certificate Transparency reference values.
        assert_eq!(
            crate::encoding::hex(&Frontier::default().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            crate::encoding::hex(&leaf_hash(b"")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn the_growing_edge_gives_the_root_of_the_definition() {
        let all = leaves(300);
        let mut frontier = Frontier::default();
        for (count, leaf) in all.iter().enumerate() {
            assert_eq!(frontier.root(), tree_hash(&all[..count]));
            for done in frontier.push(*leaf) {
                let width = 1_usize << done.height;
                let start = done.index as usize * width;
                assert_eq!(done.hash, tree_hash(&all[start..start + width]));
            }
        }
    }

    #[test]
    fn every_leaf_of_every_small_tree_has_a_valid_path_and_no_other() {
        let all = leaves(40);
        for size in 1..=40_u64 {
            let tree = &all[..size as usize];
            let root = tree_hash(tree);
            for index in 0..size {
                let path = audit_path::<()>(index, size, &mut |a, b| {
                    Ok(tree_hash(&tree[a as usize..b as usize]))
                })
                .unwrap();
                assert_eq!(
                    root_from_path(tree[index as usize], index, size, &path),
                    Some(root)
                );
                assert_ne!(
                    root_from_path(leaf_hash(b"other"), index, size, &path),
                    Some(root)
                );
            }
        }
    }

    #[test]
    fn every_small_tree_is_proven_the_beginning_of_every_larger_one_and_of_no_other() {
        let all = leaves(24);
        let root = |size: u64| tree_hash(&all[..size as usize]);
        for new in 0..=24_u64 {
            for old in 0..=new {
                let path = consistency_path::<()>(old, new, &mut |a, b| {
                    Ok(tree_hash(&all[a as usize..b as usize]))
                })
                .unwrap();
                let (was, is) = ((old, root(old)), (new, root(new)));
                assert!(is_consistent(was, is, &path), "{old} {new}");
                let other = leaf_hash(b"other");
                assert!(!is_consistent((old, other), is, &path), "{old} {new}");
                if old > 0 && old < new {
                    assert!(!is_consistent(was, (new, other), &path), "{old} {new}");
                    let mut longer = path.clone();
                    longer.push(other);
                    assert!(!is_consistent(was, is, &longer), "{old} {new}");
                    assert!(!is_consistent(was, is, &path[1..]), "{old} {new}");
                }
            }
        }
    }

    #[test]
    fn proofs_of_the_largest_sizes_end() {
        let size = (1 << 62) + 12_345;
        let path = audit_path::<()>(size - 1, size, &mut |_, _| Ok([1; 32])).unwrap();
        assert!(root_from_path([1; 32], size - 1, size, &path).is_some());
        let path = consistency_path::<()>(size - 7, size, &mut |_, _| Ok([1; 32])).unwrap();
        assert!(!path.is_empty() && path.len() < 130);
    }
}
