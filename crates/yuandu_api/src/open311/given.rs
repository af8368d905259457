//! What a program sent: names and values of the query and of the form, read strictly and each taken once.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_base::Problem;

use crate::ApiError;

/// Most parameters of one request; the specification names fifteen.
const MOST: usize = 100;
/// Characters of a name that are told back at most, and names that are told at most.
const TOLD: (usize, usize) = (60, 10);
/// Where further answers begin: the specification lets them come several times.
const ATTRIBUTE: &str = "attribute[";

/// Parameters by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    values: BTreeMap<String, String>,
    /// Names that came again with another value.
    twice: BTreeSet<String>,
}

impl Given {
    /// Reads a query as it stands in the address.
    pub(super) fn query(raw: Option<&str>) -> Result<Self, ApiError> {
        let mut given = Self::default();
        given.read(raw.unwrap_or_default().as_bytes())?;
        Ok(given)
    }

    /// Adds what `application/x-www-form-urlencoded` holds. What is no UTF-8 is refused: taken anyway, its words would be lost.
    pub(super) fn read(&mut self, encoded: &[u8]) -> Result<(), ApiError> {
        for pair in encoded
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            );
            let name = decoded(name).ok_or_else(|| not_utf8("parameters"))?;
            let value = decoded(value).ok_or_else(|| not_utf8(&name))?;
            self.add(name, value)?;
        }
        Ok(())
    }

    /// Adds one parameter.
    pub(super) fn add(&mut self, name: String, value: String) -> Result<(), ApiError> {
        if self.values.len() >= MOST {
            return Err(ApiError::invalid(vec![Problem::new(
                "open311.too_many",
                "parameters",
                format!("参数超过 {MOST} 个，请少发一些"),
                format!("there are more than {MOST} parameters; send fewer"),
            )]));
        }
        match self.values.get(&name) {
            Some(known) if *known != value && !name.starts_with(ATTRIBUTE) => {
                self.twice.insert(name);
            }
            Some(_) => {}
            None => {
                self.values.insert(name, value);
            }
        }
        Ok(())
    }

    /// The value of a parameter without the blanks around it; none when nothing is left.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The parts of a value that is a list, separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Whether a parameter was sent, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether there are further answers.
    pub(super) fn has_attributes(&self) -> bool {
        self.values.keys().any(|name| name.starts_with(ATTRIBUTE))
    }

    /// Parameters that came several times with different values: which one is meant cannot be told.
    pub(super) fn repeated(&self) -> Vec<Problem> {
        let told = |name: &String| {
            Problem::new(
                "open311.repeated",
                &cut(name),
                "出现了多次，值不同；请只写一次（多个值用逗号分开）",
                "it is given several times with different values; give it once (several values are separated by commas)",
            )
        };
        self.twice.iter().take(TOLD.1).map(told).collect()
    }

    /// Names that are none of `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> Vec<String> {
        let names = self.values.keys();
        let unknown =
            names.filter(|name| !known.contains(&name.as_str()) && !name.starts_with(ATTRIBUTE));
        unknown.take(TOLD.1).map(|name| cut(name)).collect()
    }

    /// The same as problems, for questions: an answer to half of what was asked would be taken for the whole.
    pub(super) fn refuse_unknown(&self, known: &[&str]) -> Vec<Problem> {
        let list = known.join(", ");
        let told = |name: String| {
            Problem::new(
                "open311.unknown",
                &name,
                format!("没有这个参数；可用：{list}"),
                format!("there is no such parameter; there are: {list}"),
            )
        };
        self.unknown(known).into_iter().map(told).collect()
    }
}

fn cut(name: &str) -> String {
    let visible = name.chars().filter(|letter| !letter.is_control());
    visible.take(TOLD.0).collect()
}

/// What is no text was not taken.
pub(super) fn not_utf8(name: &str) -> ApiError {
    ApiError::invalid(vec![Problem::new(
        "open311.not_utf8",
        &cut(name),
        "内容不是 UTF-8 文字，没有收下，请用 UTF-8 编码重发",
        "this is not text in UTF-8 and was not taken; send it again in UTF-8",
    )])
}

/// Undoes `+` and `%41`; none when what comes out is no UTF-8. A `%` that begins no code stands for itself, as in browsers.
fn decoded(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((first, after)) = rest.split_first() {
        let (byte, left) = match (first, after) {
            (b'%', [high, low, left @ ..]) => match digit(*high).zip(digit(*low)) {
                Some((high, low)) => (high * 16 + low, left),
                None => (b'%', after),
            },
            (b'+', _) => (b' ', after),
            (other, _) => (*other, after),
        };
        bytes.push(byte);
        rest = left;
    }
    String::from_utf8(bytes).ok()
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{Given, decoded};

    #[test]
    fn codes_are_undone_and_what_is_no_text_is_refused() {
        for (encoded, text) in [
            ("a+b%20c", Some("a b c")),
            ("%E4%BA%95", Some("井")),
            ("100%", Some("100%")),
            ("%zz%4", Some("%zz%4")),
            ("%ff%fe", None),
            ("%E4%BA", None),
        ] {
            assert_eq!(decoded(encoded.as_bytes()).as_deref(), text, "{encoded}");
        }
        let refused = Given::query(Some("description=%ff")).unwrap_err();
        assert_eq!(refused.problems[0].place, "description");
    }

    #[test]
    fn the_same_twice_is_no_matter_and_something_else_twice_is() {
        let given = Given::query(Some("a=1&a=1&attribute[x]=1&attribute[x]=2&b=1&b=2")).unwrap();
        let names: Vec<String> = given.repeated().into_iter().map(|p| p.place).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(given.unknown(&["a"]), ["b"]);
        assert!(given.has_attributes());
        let many: Vec<String> = (0..200).map(|n| format!("p{n}=1")).collect();
        assert!(Given::query(Some(&many.join("&"))).is_err());
    }
}
