//! Reading a code list from CSV.
//!
//! Leading lines that begin with `#` name the source. Columns: `code`, `name_zh`, `name_en`, and optionally `class` or
//! `parent`, `words` (separated by `;` or `、`), `valid_from`, `valid_to`; any other column is kept by name.

use std::collections::BTreeMap;

use jiff::civil::Date;
use yuandu_base::LocalText;
use yuandu_base::reasons::in_chinese;

use super::{CodeEntry, CodeList};
use crate::people_text;
use crate::reading::Located;

const OWN_COLUMNS: [&str; 7] = [
    "code",
    "name_zh",
    "name_en",
    "class",
    "words",
    "valid_from",
    "valid_to",
];

impl CodeList {
    /// Reads a CSV file; every problem comes with its line, and good rows are kept.
    #[must_use]
    pub fn read(id: &str, file: &str, text: &str) -> (Self, Vec<Located>) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let comments: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .collect();
        let source = comments
            .iter()
            .map(|line| line.trim_start_matches('#').trim())
            .collect::<Vec<_>>()
            .join("\n");
        let skip: usize = text
            .split_inclusive('\n')
            .take(comments.len())
            .map(str::len)
            .sum();
        let mut rows = Rows {
            file,
            first_line: comments.len(),
            problems: Vec::new(),
        };
        let entries = rows.read(text.get(skip..).unwrap_or_default());
        (Self::new(id, &source, entries), rows.problems)
    }
}

struct Rows<'f> {
    file: &'f str,
    first_line: usize,
    problems: Vec<Located>,
}

impl Rows<'_> {
    fn problem(&mut self, line: usize, code: &str, zh: String, en: String) {
        self.problems
            .push(Located::new(self.file, line, code, zh, en));
    }

    fn read(&mut self, body: &str) -> Vec<CodeEntry> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(body.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(error) => {
                self.problem(
                    self.first_line + 1,
                    "schema.csv",
                    format!("CSV 无法读取：{}", in_chinese(&error.to_string())),
                    format!("the CSV cannot be read: {error}"),
                );
                return Vec::new();
            }
        };
        for needed in ["code", "name_zh", "name_en"] {
            if !header.iter().any(|column| column == needed) {
                self.problem(
                    self.first_line + 1,
                    "schema.column_missing",
                    format!("缺少列 `{needed}`"),
                    format!("the column `{needed}` is missing"),
                );
            }
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut entries = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let at = record
                        .position()
                        .map_or(0, |position| position.line() as usize);
                    let line = self.first_line + at;
                    if let Some(entry) = self.entry(&header, &record, line) {
                        if let Some(earlier) = seen.insert(entry.code.clone(), line) {
                            let code = &entry.code;
                            self.problem(
                                line,
                                "schema.code_twice",
                                format!("代码 `{code}` 与第 {earlier} 行重复"),
                                format!("code `{code}` already stands on line {earlier}"),
                            );
                        }
                        entries.push(entry);
                    }
                }
                Err(error) => {
                    let at = error
                        .position()
                        .map_or(1, |position| position.line() as usize);
                    self.problem(
                        self.first_line + at,
                        "schema.csv",
                        format!("CSV 行无法读取：{}", in_chinese(&error.to_string())),
                        format!("the CSV row cannot be read: {error}"),
                    );
                }
            }
        }
        entries
    }

    fn entry(
        &mut self,
        header: &[String],
        record: &csv::StringRecord,
        line: usize,
    ) -> Option<CodeEntry> {
        if record.len() != header.len() {
            let (is, should) = (record.len(), header.len());
            self.problem(
                line,
                "schema.csv_width",
                format!("这一行有 {is} 列，应有 {should} 列"),
                format!("the row has {is} columns, it should have {should}"),
            );
        }
        let cells: BTreeMap<&str, &str> = header
            .iter()
            .map(String::as_str)
            .zip(record.iter())
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        if let Some((column, _)) = cells
            .iter()
            .find(|(_, cell)| people_text::forbidden(cell, false).is_some())
        {
            self.problem(
                line,
                "schema.control_character",
                format!("列 `{column}` 含有控制字符"),
                format!("column `{column}` holds a control character"),
            );
            return None;
        }
        let Some(code) = cells.get("code") else {
            self.problem(
                line,
                "schema.code_missing",
                "这一行没有代码".to_owned(),
                "the row has no code".to_owned(),
            );
            return None;
        };
        for (column, lang) in [("name_zh", "zh"), ("name_en", "en")] {
            if !cells.contains_key(column) && header.iter().any(|known| known == column) {
                self.problem(
                    line,
                    "schema.label_missing",
                    format!("代码 `{code}` 缺少 {lang} 名称"),
                    format!("code `{code}` has no name in `{lang}`"),
                );
            }
        }
        let text = |column: &str| cells.get(column).map(|cell| (*cell).to_owned());
        Some(CodeEntry {
            code: (*code).to_owned(),
            name: LocalText::new(
                text("name_zh").unwrap_or_default(),
                text("name_en").unwrap_or_default(),
            ),
            class: text("class").or_else(|| text("parent")),
            words: words(cells.get("words").copied().unwrap_or_default()),
            valid_from: self.date(&cells, "valid_from", line),
            valid_to: self.date(&cells, "valid_to", line),
            columns: cells
                .iter()
                .filter(|(name, _)| !OWN_COLUMNS.contains(*name))
                .map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned()))
                .collect(),
            line,
        })
    }

    fn date(&mut self, cells: &BTreeMap<&str, &str>, column: &str, line: usize) -> Option<Date> {
        let text = cells.get(column)?;
        let date = text.parse().ok();
        if date.is_none() {
            self.problem(
                line,
                "schema.not_date",
                format!("`{column}` 的 `{text}` 不是日期，请写成 2026-07-01"),
                format!("`{text}` in `{column}` is not a date; write it like 2026-07-01"),
            );
        }
        date
    }
}

fn words(cell: &str) -> Vec<String> {
    cell.split([';', '；', '、'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
