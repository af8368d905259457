//! The one written form of a row, and the hashes both sides compare: row, part, batch.
//!
//! Both sides compute them on their own from what they hold. A batch's hash chains the hashes of its parts in order, so
//! that neither side needs the whole batch at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// SHA-256 of one row, one part or one batch.
pub type RowHash = [u8; 32];

/// The hash of one row: its key and its values in canonical form.
#[must_use]
pub fn row_hash(key: &str, values: &Map<String, Value>) -> RowHash {
    let mut line = String::new();
    write(&Value::String(key.to_owned()), &mut line);
    line.push('\n');
    write_object(values, &mut line);
    Sha256::digest(line.as_bytes()).into()
}

/// The hash of a part: over the hashes of its rows in order.
#[must_use]
pub fn part_hash<'h>(rows: impl IntoIterator<Item = &'h RowHash>) -> RowHash {
    let mut hasher = Sha256::new();
    for row in rows {
        hasher.update(row);
    }
    hasher.finalize().into()
}

/// The hash of a batch after one more part; it begins with 32 zeros.
#[must_use]
pub fn chained(before: &RowHash, part: &RowHash) -> RowHash {
    Sha256::new()
        .chain_update(before)
        .chain_update(part)
        .finalize()
        .into()
}

/// An object with its names in order and no spaces.
pub(crate) fn canonical_object(values: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(values, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => write_object(object, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        // A scalar has one form in this library, on both sides.
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_object(object: &Map<String, Value>, text: &mut String) {
    let ordered: BTreeMap<&str, &Value> = object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    text.push('{');
    for (at, (name, value)) in ordered.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(name).to_string());
        text.push(':');
        write(value, text);
    }
    text.push('}');
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads 64 hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<RowHash> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_order_of_fields_and_empty_values_do_not_change_the_hash() {
        let one = object(json!({ "b": 1, "a": { "y": [1, "x"], "x": null }, "c": null }));
        let two = object(json!({ "a": { "y": [1, "x"] }, "b": 1 }));
        assert_eq!(canonical_object(&one), r#"{"a":{"y":[1,"x"]},"b":1}"#);
        assert_eq!(row_hash("k", &one), row_hash("k", &two));
        assert_ne!(row_hash("k", &one), row_hash("l", &one));
        assert_ne!(
            row_hash("k", &one),
            row_hash("k", &object(json!({ "b": "1" })))
        );
    }

    proptest::proptest! {
        // Shortest digits out, nearest number in (`float_roundtrip`): whatever number a register holds.
        #[test]
        fn a_row_with_numbers_is_written_the_same_on_both_sides(
            number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
            whole in proptest::num::i64::ANY,
        ) {
            let sent = object(json!({ "place": { "lon": number, "list": [number, whole, "x"] } }));
            let received: Value = serde_json::from_str(&canonical_object(&sent)).unwrap();
            let received = object(received);
            proptest::prop_assert_eq!(canonical_object(&sent), canonical_object(&received));
            proptest::prop_assert_eq!(row_hash("k", &sent), row_hash("k", &received));
        }
    }

    #[test]
    fn hexadecimal_digits_are_read_back() {
        let hash = row_hash("k", &Map::new());
        assert_eq!(unhex(&hex(&hash)), Some(hash));
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex(&"é".repeat(32)), None);
    }
}
