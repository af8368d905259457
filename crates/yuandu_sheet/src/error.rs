//! What can go wrong with a file of rows.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText};

/// A failure of reading or writing a file of rows.
#[derive(Debug, Error)]
pub enum SheetError {
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    File(#[from] std::io::Error),
    /// The text is valid in no known encoding.
    #[error(
        "the text is neither UTF-8 nor GB 18030 (byte {byte}); save the sheet as `CSV UTF-8` and send it again"
    )]
    Encoding {
        /// The byte at which it breaks, counted from 0.
        byte: u64,
    },
    /// A row cannot be told from the next.
    #[error("line {line} cannot be read as CSV: {reason}; look at quotes and commas")]
    Csv {
        /// The line.
        line: u64,
        /// What the reader says.
        reason: String,
    },
    /// The workbook cannot be read.
    #[error(
        "the workbook cannot be read ({reason}); open it in a spreadsheet program, save it as XLSX and send it again"
    )]
    Workbook {
        /// What the reader says.
        reason: String,
    },
    /// The file would take too much memory.
    #[error("the workbook unpacks to more than {megabytes} MB of texts; send it as CSV")]
    TooBig {
        /// The limit.
        megabytes: u64,
    },
    /// A row has more columns than any register.
    #[error("line {line} has more than {columns} columns; remove what is not part of the table")]
    TooWide {
        /// The line.
        line: u64,
        /// The limit.
        columns: usize,
    },
    /// There is no header.
    #[error("the file has no rows; the first row names the columns")]
    Empty,
}

impl SheetError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::File(_) => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        }
    }

    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "sheet.file",
            Self::Encoding { .. } => "sheet.encoding",
            Self::Csv { .. } => "sheet.csv",
            Self::Workbook { .. } => "sheet.workbook",
            Self::TooBig { .. } => "sheet.too_big",
            Self::TooWide { .. } => "sheet.too_wide",
            Self::Empty => "sheet.empty",
        }
    }

    /// What the user reads, in both languages.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::File(_) => "文件无法读写，请稍后重试".to_owned(),
            Self::Encoding { byte } => format!(
                "文件既不是 UTF-8 也不是 GB 18030 编码（第 {byte} 字节），请在表格软件中另存为“CSV UTF-8”再上传"
            ),
            Self::Csv { line, .. } => {
                format!("第 {line} 行不能按 CSV 读取，请检查引号和逗号")
            }
            Self::Workbook { reason } => {
                format!("工作簿无法读取（{reason}），请用表格软件打开并另存为 XLSX 再上传")
            }
            Self::TooBig { megabytes } => {
                format!("工作簿中的文字解压后超过 {megabytes} MB，请改用 CSV")
            }
            Self::TooWide { line, columns } => {
                format!("第 {line} 行超过 {columns} 列，请删去表格以外的内容")
            }
            Self::Empty => "文件没有内容，第一行应是列名".to_owned(),
        };
        LocalText::new(zh, self.to_string())
    }
}
