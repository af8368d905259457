//! What the shared SQL means on PostgreSQL: the two places where the same words mean something else there.
//!
//! `LIKE` ignores the case of ASCII letters in SQLite, so it becomes `ILIKE`; empty values sort first in SQLite, so terms of
//! `ORDER BY` that may be empty say so. Everything else must already be SQL that both understand.

use std::collections::HashSet;

use crate::TableDef;

/// What has to be known of the declared tables to translate a query.
#[derive(Debug, Default)]
pub(crate) struct Dialect {
    nullable: HashSet<String>,
    filled: HashSet<String>,
}

/// Columns that the store itself adds or has, and that are never empty.
const OWN: [&str; 6] = ["realm", "pos", "seq", "at", "height", "idx"];

impl Dialect {
    pub(crate) fn new(tables: &[TableDef]) -> Self {
        let columns = |nullable: bool| {
            tables
                .iter()
                .flat_map(|table| &table.columns)
                .filter(move |column| column.nullable == nullable)
                .map(|column| column.name.clone())
        };
        let nullable: HashSet<String> = columns(true).collect();
        let filled = columns(false)
            .chain(OWN.map(str::to_owned))
            .filter(|name| !nullable.contains(name))
            .collect();
        Self { nullable, filled }
    }

    /// Whether a column of this name may be empty in some table; its indexes then say where empty values go.
    pub(crate) fn may_be_empty(&self, column: &str) -> bool {
        self.nullable.contains(column)
    }

    /// The query as PostgreSQL has to read it.
    pub(crate) fn translate(&self, sql: &str) -> String {
        let pieces = pieces(sql);
        let mut out = String::with_capacity(sql.len() + 32);
        let mut order: Option<Order> = None;
        let mut depth = 0_i32;
        let mut before = "";
        for piece in pieces {
            let upper = piece.to_ascii_uppercase();
            if let Some(open) = &mut order {
                let ends = depth == open.depth
                    && matches!(upper.as_str(), "," | ")" | "LIMIT" | "ROWS" | "RANGE" | ";");
                if ends {
                    self.close(open, &mut out);
                    if upper == "," {
                        open.term.clear();
                    } else {
                        order = None;
                    }
                } else {
                    open.term.push_str(piece);
                }
            }
            match piece {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            out.push_str(if upper == "LIKE" { "ILIKE" } else { piece });
            if upper == "BY" && before == "ORDER" {
                order = Some(Order {
                    depth,
                    term: String::new(),
                });
            }
            if !piece.trim().is_empty() {
                before = if upper == "ORDER" { "ORDER" } else { "" };
            }
        }
        if let Some(open) = &order {
            self.close(open, &mut out);
        }
        out
    }

    /// Ends a term of `ORDER BY`, saying where empty values go unless the term cannot be empty or already says it.
    fn close(&self, open: &Order, out: &mut String) {
        let upper = open.term.trim().to_ascii_uppercase();
        let descending = upper.ends_with(" DESC");
        let bare = upper.trim_end_matches(" DESC").trim_end_matches(" ASC");
        let named = open.term.trim().get(..bare.len()).unwrap_or_default();
        let column = named.rsplit('.').next().unwrap_or(named);
        let said = upper.contains(" NULLS ");
        let never_empty = bare.starts_with("COALESCE(")
            || bare.starts_with("COUNT(")
            || bare.ends_with(" NULL")
            || self.filled.contains(column);
        if said || never_empty {
            return;
        }
        let end = out.trim_end().len();
        let place = if descending {
            " NULLS LAST"
        } else {
            " NULLS FIRST"
        };
        out.insert_str(end, place);
    }
}

/// A term of an `ORDER BY` that is being read.
struct Order {
    depth: i32,
    term: String,
}

/// Words, texts in quotes (whole), white space and single signs.
fn pieces(sql: &str) -> Vec<&str> {
    let bytes = sql.as_bytes();
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let first = bytes.get(start).copied().unwrap_or(b' ');
        let end = if first == b'\'' || first == b'"' {
            let rest = bytes.get(start + 1..).unwrap_or_default();
            rest.iter()
                .position(|byte| *byte == first)
                .map_or(bytes.len(), |at| start + at + 2)
        } else {
            let class = class(first);
            let rest = bytes.get(start + 1..).unwrap_or_default();
            let run = rest
                .iter()
                .take_while(|byte| class != Class::Sign && self::class(**byte) == class)
                .count();
            start + 1 + run
        };
        pieces.push(sql.get(start..end).unwrap_or_default());
        start = end;
    }
    pieces
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Word,
    Space,
    Sign,
}

fn class(byte: u8) -> Class {
    if byte.is_ascii_whitespace() {
        Class::Space
    } else if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || !byte.is_ascii() {
        Class::Word
    } else {
        Class::Sign
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;
    use crate::TableDef;

    fn translate(sql: &str) -> String {
        let table = TableDef::new("cases")
            .text("id")
            .opt_int("due_at")
            .key(["id"]);
        Dialect::new(&[table]).translate(sql)
    }

    #[test]
    fn like_ignores_the_case_of_ascii_letters_as_in_sqlite() {
        assert_eq!(
            translate("SELECT 1 FROM t WHERE a LIKE $1 ESCAPE '!' AND b = 'x LIKE y'"),
            "SELECT 1 FROM t WHERE a ILIKE $1 ESCAPE '!' AND b = 'x LIKE y'"
        );
    }

    #[test]
    fn empty_values_sort_first_as_in_sqlite() {
        assert_eq!(
            translate("SELECT * FROM cases ORDER BY cases.due_at DESC, id LIMIT $2"),
            "SELECT * FROM cases ORDER BY cases.due_at DESC NULLS LAST, id LIMIT $2"
        );
        assert_eq!(
            translate("SELECT (SELECT id FROM cases ORDER BY due_at), 1"),
            "SELECT (SELECT id FROM cases ORDER BY due_at NULLS FIRST), 1"
        );
        assert_eq!(
            translate("SELECT 1 ORDER BY due_at"),
            "SELECT 1 ORDER BY due_at NULLS FIRST"
        );
        assert_eq!(
            translate("SELECT 1 ORDER BY (due_at / $2), 1 DESC"),
            "SELECT 1 ORDER BY (due_at / $2) NULLS FIRST, 1 DESC NULLS LAST"
        );
    }

    #[test]
    fn what_cannot_be_empty_or_already_says_so_is_left_alone() {
        for sql in [
            "SELECT * FROM cases ORDER BY id",
            "SELECT * FROM cases ORDER BY due_at IS NULL, id",
            "SELECT * FROM cases ORDER BY COALESCE(due_at, 5), id LIMIT 3",
            "SELECT * FROM cases ORDER BY due_at NULLS LAST",
            "SELECT '鸢都 ORDER BY due_at' FROM cases GROUP BY due_at",
        ] {
            assert_eq!(translate(sql), sql);
        }
    }
}
