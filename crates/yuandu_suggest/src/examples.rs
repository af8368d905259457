//! Files of texts and labels: CSV with the columns `text` and `label`, in UTF-8 with or without a byte order mark, or in GB 18030.

use encoding_rs::GB18030;

use crate::error::SuggestError;

/// Largest file that is read: 100,000 long orders are about 100 MB.
pub const MAX_BYTES: usize = 512 * 1024 * 1024;

/// A text whose label is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What was said.
    pub text: String,
    /// What it was about.
    pub label: String,
}

/// A text whose label is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What was said.
    pub text: String,
    /// What it really is about, where that is known.
    pub label: Option<String>,
}

/// Reads examples to learn from.
///
/// # Errors
/// A file that is too large, of another encoding, not CSV, without the columns, or with lines that lack a text or a label.
pub fn read_examples(bytes: &[u8]) -> Result<Vec<Example>, SuggestError> {
    let mut found = Vec::new();
    let mut gaps = Vec::new();
    for (line, asked) in read(bytes, true)? {
        match asked.label {
            Some(label) if !asked.text.is_empty() => found.push(Example {
                text: asked.text,
                label,
            }),
            _ => gaps.push(line),
        }
    }
    match gaps.first() {
        Some(first) => Err(SuggestError::Gaps {
            count: gaps.len(),
            first: *first,
        }),
        None => Ok(found),
    }
}

/// Reads texts to ask about; the column `label` may be missing, or empty in any line.
///
/// # Errors
/// A file that is too large, of another encoding, not CSV, or without the column `text`.
pub fn read_asked(bytes: &[u8]) -> Result<Vec<Asked>, SuggestError> {
    Ok(read(bytes, false)?
        .into_iter()
        .map(|(_, asked)| asked)
        .collect())
}

fn read(bytes: &[u8], labelled: bool) -> Result<Vec<(u64, Asked)>, SuggestError> {
    let text = decoded(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| at_line(1, &error))?
        .clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|own| own.trim().eq_ignore_ascii_case(name))
    };
    let text_at = column("text").ok_or(SuggestError::NoColumn("text"))?;
    let label_at = column("label");
    if labelled && label_at.is_none() {
        return Err(SuggestError::NoColumn("label"));
    }
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|error| at_line(error.position().map_or(0, csv::Position::line), &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let value = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        let label = label_at.map(value).filter(|label| !label.is_empty());
        found.push((
            line,
            Asked {
                text: value(text_at),
                label,
            },
        ));
    }
    Ok(found)
}

fn at_line(line: u64, error: &csv::Error) -> SuggestError {
    SuggestError::Line {
        line,
        why: error.to_string(),
    }
}

/// UTF-8 if it is that, else GB 18030, which holds GBK and GB 2312.
fn decoded(bytes: &[u8]) -> Result<String, SuggestError> {
    if bytes.len() > MAX_BYTES {
        return Err(SuggestError::TooLarge {
            found: bytes.len(),
            most: MAX_BYTES,
        });
    }
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(plain) {
        return Ok(text.to_owned());
    }
    let (text, broken) = GB18030.decode_without_bom_handling(plain);
    if broken {
        return Err(SuggestError::Encoding);
    }
    Ok(text.into_owned())
}
