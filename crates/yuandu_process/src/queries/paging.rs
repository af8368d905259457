//! Places in an ordered list: where the next page begins, as an opaque text for links.

/// After which row the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The sorted instant in milliseconds; none for rows without one, which come last.
    pub(super) at: Option<i64>,
    /// The id of the row.
    pub(super) id: String,
}

impl Cursor {
    pub(super) fn write(&self) -> String {
        match self.at {
            Some(at) => format!("{at}~{}", self.id),
            None => format!("~{}", self.id),
        }
    }

    /// Reads a cursor back; a text that is none begins at the first page.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('~')?;
        let at = if at.is_empty() {
            None
        } else {
            Some(at.parse().ok()?)
        };
        Some(Self {
            at,
            id: id.to_owned(),
        })
    }
}

/// A `LIKE` pattern that finds a text anywhere; the sign for any text and the like are taken literally.
pub(super) fn anywhere(text: &str) -> String {
    format!("%{}%", escaped(text))
}

/// A `LIKE` pattern that finds what begins with a text.
pub(super) fn beginning(text: &str) -> String {
    format!("{}%", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_way_through_a_link() {
        for at in [Some(-5), Some(1_772_413_200_000), None] {
            let cursor = Cursor {
                at,
                id: "0197-a".to_owned(),
            };
            assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        }
        assert_eq!(Cursor::read("no cursor"), None);
    }

    #[test]
    fn signs_of_patterns_are_taken_literally() {
        assert_eq!(anywhere("100%_!"), "%100!%!_!!%");
    }
}
