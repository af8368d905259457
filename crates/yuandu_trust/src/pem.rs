//! Files of certificates and lists: PEM with any number of blocks, or a single DER.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A block of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The label, as `CERTIFICATE`; empty for bare DER.
    pub label: String,
    /// The bytes, or why they could not be read.
    pub bytes: Result<Vec<u8>, String>,
}

/// Reads a file: all PEM blocks, in their order, or the whole as one DER. Nothing that looks like either is an empty list.
#[must_use]
pub fn read(file: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(file);
    if !text.contains("-----BEGIN ") {
        return if file.first() == Some(&0x30) {
            vec![Block {
                label: String::new(),
                bytes: Ok(file.to_vec()),
            }]
        } else {
            Vec::new()
        };
    }
    let mut blocks = Vec::new();
    let mut rest = text.as_ref();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, after)) = after.split_once("-----") else {
            break;
        };
        let end = format!("-----END {label}-----");
        let Some((body, after)) = after.split_once(end.as_str()) else {
            blocks.push(Block {
                label: label.to_owned(),
                bytes: Err(format!("the line `{end}` is missing")),
            });
            break;
        };
        let body: String = body.split_whitespace().collect();
        blocks.push(Block {
            label: label.to_owned(),
            bytes: STANDARD.decode(body).map_err(|error| error.to_string()),
        });
        rest = after;
    }
    blocks
}

/// Writes a block.
#[must_use]
pub fn write(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_in_their_order_and_back() {
        let file = format!("text\n{}{}", write("A", &[1; 100]), write("B", &[2]));
        let blocks = read(file.as_bytes());
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].bytes, Ok(vec![1; 100]));
        assert_eq!(blocks[1].label, "B");
    }

    #[test]
    fn a_cut_block_is_reported() {
        let blocks = read(b"-----BEGIN A-----\nAAAA\n");
        assert!(blocks[0].bytes.is_err());
    }
}
