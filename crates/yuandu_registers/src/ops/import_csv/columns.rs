//! The columns of a file and how a row is read through them.

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_schema::{FieldDef, FieldType, RegisterDef};
use yuandu_sheet::Cells;

use crate::csv_cells::unquoted;
use crate::ops::list_records::is_mask;
use crate::record::is_restricted;
use crate::table::is_live;

/// What a column of the file holds.
enum Column<'d> {
    /// A whole field.
    Field(&'d FieldDef),
    /// The longitude or latitude of a place.
    Part(&'d FieldDef, &'static str),
    /// A fact whose source is another register.
    Ignored,
}

/// The columns of a file.
pub(super) struct Columns<'d> {
    columns: Vec<Column<'d>>,
    def: &'d RegisterDef,
    pub(super) ignored: Vec<String>,
}

impl<'d> Columns<'d> {
    /// Finds the field of every column, by its name or by its label in any language.
    pub(super) fn of(def: &'d RegisterDef, header: &Cells) -> Result<Self, Vec<Problem>> {
        let mut found = Self {
            columns: Vec::new(),
            def,
            ignored: Vec::new(),
        };
        let mut problems = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for (at, cell) in header.iter().enumerate() {
            let name = cell.trim();
            if names.iter().any(|earlier| earlier == name) {
                problems.push(header_problem(
                    name,
                    "registers.column_twice",
                    "列 `{}` 出现两次，请删去一列",
                    "the column `{}` stands twice; remove one",
                ));
            }
            names.push(name.to_owned());
            match column(def, name) {
                Some(column) => {
                    if matches!(column, Column::Ignored) {
                        found.ignored.push(name.to_owned());
                    }
                    found.columns.push(column);
                }
                None => {
                    let shown = if name.is_empty() {
                        format!("#{}", at + 1)
                    } else {
                        name.to_owned()
                    };
                    problems.push(header_problem(
                        &shown,
                        "registers.column_unknown",
                        "没有 `{}` 这一列，请改名或删去",
                        "there is no column `{}`; rename or remove it",
                    ));
                }
            }
        }
        for name in &def.key {
            let given = found
                .columns
                .iter()
                .any(|column| matches!(column, Column::Field(field) if field.name == *name));
            if !given {
                problems.push(header_problem(
                    name,
                    "registers.column_missing",
                    "缺少列 `{}`，无法认出记录",
                    "the column `{}` is missing; records cannot be told apart without it",
                ));
            }
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(problems)
        }
    }

    /// The values of a row and what is wrong with its cells; every column of the file counts, an empty cell clears.
    pub(super) fn read(&self, raw: &Cells) -> (Map<String, Json>, Vec<Problem>) {
        let mut data = Map::new();
        let mut problems = Vec::new();
        if raw.len() != self.columns.len() {
            let (is, should) = (raw.len(), self.columns.len());
            problems.push(Problem::new(
                "registers.row_width",
                "",
                format!("这一行有 {is} 列，应有 {should} 列，请检查引号和逗号"),
                format!(
                    "the row has {is} columns, it should have {should}; look at quotes and commas"
                ),
            ));
            return (data, problems);
        }
        let mut places: Vec<(&FieldDef, [String; 2])> = Vec::new();
        for (column, text) in self.columns.iter().zip(raw.iter()) {
            match column {
                Column::Ignored => {}
                Column::Part(field, end) => {
                    let at = usize::from(*end == "lat");
                    let slot = match places
                        .iter_mut()
                        .find(|(known, _)| known.name == field.name)
                    {
                        Some((_, parts)) => parts.get_mut(at),
                        None => {
                            places.push((field, [String::new(), String::new()]));
                            places.last_mut().and_then(|(_, parts)| parts.get_mut(at))
                        }
                    };
                    if let Some(slot) = slot {
                        text.trim().clone_into(slot);
                    }
                }
                Column::Field(field) => self.take(field, unquoted(text), &mut data, &mut problems),
            }
        }
        for (field, [lon, lat]) in places {
            let text = if lon.is_empty() && lat.is_empty() {
                String::new()
            } else {
                format!("{lon},{lat}")
            };
            self.take(field, &text, &mut data, &mut problems);
        }
        (data, problems)
    }

    fn take(
        &self,
        field: &FieldDef,
        text: &str,
        data: &mut Map<String, Json>,
        problems: &mut Vec<Problem>,
    ) {
        if is_mask(text.trim()) && is_restricted(self.def, field) {
            problems.push(header_problem(
                &field.name,
                "registers.masked",
                "列 `{}` 是遮盖过的值，请删去这一列再导入",
                "the column `{}` holds masked values; remove the column and import again",
            ));
            return;
        }
        // Whether a value must be given is asked of the whole record, where a default may fill it.
        if text.trim().is_empty() {
            data.insert(field.name.clone(), Json::Null);
            return;
        }
        match field.check_text(text) {
            Ok(value) => {
                data.insert(field.name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
}

fn column<'d>(def: &'d RegisterDef, name: &str) -> Option<Column<'d>> {
    let field = |name: &str| {
        def.fields
            .iter()
            .find(|field| field.name == name || field.label.zh == name || field.label.en == name)
    };
    if let Some(field) = field(name) {
        return Some(if is_live(field) {
            Column::Ignored
        } else {
            Column::Field(field)
        });
    }
    for end in ["lon", "lat"] {
        if let Some(place) = name
            .strip_suffix(end)
            .and_then(|rest| rest.strip_suffix('_'))
            && let Some(field) = field(place).filter(|field| field.kind == FieldType::Position)
        {
            return Some(Column::Part(field, end));
        }
    }
    None
}

fn header_problem(name: &str, code: &str, zh: &str, en: &str) -> Problem {
    Problem::new(code, name, zh.replace("{}", name), en.replace("{}", name))
}
