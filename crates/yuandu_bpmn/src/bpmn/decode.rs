//! Bytes of an XML file into text: UTF-8, UTF-16, Latin-1 and ASCII, by mark or declaration; others are refused by name.

use super::xml::{XmlFault, fault};

/// Decodes a file.
///
/// # Errors
/// [`XmlFault`] naming the encoding that is not read, or the line of the first byte that does not fit.
pub fn decode(bytes: &[u8]) -> Result<String, XmlFault> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        _ => match declared(bytes).as_str() {
            "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes),
            "iso-8859-1" | "latin1" => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
            other => Err(fault(
                1,
                format!("the encoding `{other}` is not read: save the file in UTF-8"),
            )),
        },
    }
}

/// The encoding the declaration names, in lower case.
fn declared(bytes: &[u8]) -> String {
    let head: String = bytes.iter().take(200).map(|b| char::from(*b)).collect();
    let Some((declaration, _)) = head.split_once("?>") else {
        return String::new();
    };
    if !declaration.starts_with("<?xml") {
        return String::new();
    }
    let Some((_, rest)) = declaration.split_once("encoding") else {
        return String::new();
    };
    let mut parts = rest.split(['"', '\'']);
    parts.nth(1).unwrap_or_default().to_ascii_lowercase()
}

fn utf8(bytes: &[u8]) -> Result<String, XmlFault> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let sound = bytes.get(..error.utf8_error().valid_up_to());
        let breaks = sound.unwrap_or_default().iter().filter(|b| **b == b'\n');
        let line = u32::try_from(breaks.count()).unwrap_or(0).saturating_add(1);
        fault(line, "a byte that is not UTF-8: save the file in UTF-8")
    })
}

fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> Result<String, XmlFault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| join(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(fault(1, "the file is not sound UTF-16: save it in UTF-8")),
    }
}
