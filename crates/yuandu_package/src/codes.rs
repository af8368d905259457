//! Code lists and the lists of everyday words that are laid over them.
//!
//! A words file is a CSV whose leading remarks hold `# list: <code list>` and whose columns are `code,words`: residents'
//! words for codes of a national list, which a city may add to without touching the list itself.

use std::collections::BTreeMap;

use yuandu_base::reasons::in_chinese;
use yuandu_schema::{CodeEntry, CodeList};

use crate::problems::Problems;

/// Words by code, and the list they belong to.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) file: String,
    pub(crate) list: String,
    list_line: usize,
    rows: Vec<(usize, String, Vec<String>)>,
}

/// The list a file of words belongs to, with the line that says so; none for a code list.
pub(crate) fn words_of(text: &str) -> Option<(&str, usize)> {
    let remarks = text
        .trim_start_matches('\u{FEFF}')
        .lines()
        .take_while(|line| line.starts_with('#'));
    remarks.zip(1..).find_map(|(line, number)| {
        let list = line.trim_start_matches('#').trim().strip_prefix("list:")?;
        Some((list.trim(), number))
    })
}

impl Words {
    pub(crate) fn read(
        file: &str,
        (list, list_line): (&str, usize),
        text: &str,
        problems: &mut Problems,
    ) -> Self {
        let mut words = Self {
            file: file.to_owned(),
            list: list.to_owned(),
            list_line,
            rows: Vec::new(),
        };

        let remarks = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .count();
        let body: usize = text.split_inclusive('\n').take(remarks).map(str::len).sum();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.get(body..).unwrap_or_default().as_bytes());
        let header: Vec<String> = reader
            .headers()
            .map(|header| header.iter().map(str::to_owned).collect())
            .unwrap_or_default();
        if header != ["code", "words"] {
            problems.add(
                file,
                remarks + 1,
                "codes.words_columns",
                "词语表的列应为 code,words",
                "the columns of a list of words are `code,words`",
            );
            return words;
        }
        for record in reader.records() {
            let at = |position: Option<&csv::Position>| {
                remarks
                    + position
                        .and_then(|p| usize::try_from(p.line()).ok())
                        .unwrap_or(1)
            };
            match record {
                Ok(record) if record.len() == 2 => {
                    let line = at(record.position());
                    let mut cells = record.iter();
                    let (code, cell) = (
                        cells.next().unwrap_or_default(),
                        cells.next().unwrap_or_default(),
                    );
                    words.rows.push((line, code.to_owned(), split(cell)));
                }
                Ok(record) => width(file, at(record.position()), problems),
                Err(error) => problems.add(
                    file,
                    at(error.position()),
                    "schema.csv",
                    format!("CSV 行无法读取：{}", in_chinese(&error.to_string())),
                    format!("the CSV row cannot be read: {error}"),
                ),
            }
        }
        words
    }

    /// Lays the words over their list; codes that do not exist are told.
    pub(crate) fn lay_over(self, lists: &mut BTreeMap<String, CodeList>, problems: &mut Problems) {
        let (file, list) = (self.file.as_str(), self.list.as_str());
        let Some(known) = lists.get(list) else {
            problems.add(
                file,
                self.list_line,
                "codes.list_unknown",
                format!("代码表 `{list}` 不存在"),
                format!("there is no code list `{list}`"),
            );
            return;
        };
        let mut entries: Vec<CodeEntry> = known.entries().to_vec();
        let places: BTreeMap<String, usize> = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.code.clone(), at))
            .collect();
        for (line, code, words) in self.rows {
            match places.get(&code).and_then(|at| entries.get_mut(*at)) {
                Some(entry) => entry.words.extend(words),
                None => problems.add(
                    file,
                    line,
                    "codes.unknown",
                    format!("代码 `{code}` 不在代码表 `{list}` 中"),
                    format!("the code `{code}` is not in the list `{list}`"),
                ),
            }
        }
        let renewed = CodeList::new(&known.id, &known.source, entries);
        lists.insert(list.to_owned(), renewed);
    }
}

fn width(file: &str, line: usize, problems: &mut Problems) {
    problems.add(
        file,
        line,
        "schema.csv_width",
        "这一行应有两列：code,words",
        "the row should have two columns: `code,words`",
    );
}

fn split(cell: &str) -> Vec<String> {
    cell.split([';', '；', '、'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
