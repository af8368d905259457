//! What a file is: found from its bytes and never from its name.

use std::io::{Read, SeekFrom};

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::SheetError;
use crate::decoded::Decoded;
use crate::read::Source;

/// The kind of a file of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text in an encoding.
    Csv(&'static Encoding),
    /// An Office Open XML workbook.
    Xlsx,
}

/// What every ZIP archive begins with, and so every XLSX.
const ZIP: [u8; 4] = *b"PK\x03\x04";

impl Format {
    /// Looks at the bytes: a byte order mark decides; else text that is valid UTF-8 is UTF-8, and what is not must be valid GB 18030.
    ///
    /// # Errors
    /// [`SheetError::Encoding`] for text that is neither.
    pub fn of(source: &mut dyn Source) -> Result<Self, SheetError> {
        source.seek(SeekFrom::Start(0))?;
        let mut head = Vec::new();
        (&mut *source).take(4).read_to_end(&mut head)?;
        if head == ZIP {
            return Ok(Self::Xlsx);
        }
        if let Some((encoding, _)) = Encoding::for_bom(&head) {
            return Ok(Self::Csv(encoding));
        }
        for encoding in [UTF_8, GB18030] {
            source.seek(SeekFrom::Start(0))?;
            match std::io::copy(
                &mut Decoded::new(&mut *source, encoding),
                &mut std::io::sink(),
            ) {
                Ok(_) => return Ok(Self::Csv(encoding)),
                Err(error) if encoding == GB18030 => return Err(unreadable(error)),
                Err(error) if Decoded::<&mut dyn Source>::broken_at(&error).is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SheetError::Encoding { byte: 0 })
    }

    /// Whether it is a workbook.
    #[must_use]
    pub fn is_xlsx(self) -> bool {
        self == Self::Xlsx
    }

    /// Whether it is text of two bytes a letter, as spreadsheets save `Unicode text`: tabs stand between its cells.
    pub(crate) fn separator(self) -> u8 {
        match self {
            Self::Csv(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => b'\t',
            _ => b',',
        }
    }
}

/// A failure of decoding, told by its byte.
pub(crate) fn unreadable(error: std::io::Error) -> SheetError {
    match Decoded::<&mut dyn Source>::broken_at(&error) {
        Some(byte) => SheetError::Encoding { byte },
        None => error.into(),
    }
}
