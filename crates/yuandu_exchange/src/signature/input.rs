//! The field `Signature-Input`: an inner list of names with parameters (RFC 8941), as far as RFC 9421 needs it here.

/// Longest field that is read.
const LONGEST: usize = 4096;
/// Most components.
const MOST: usize = 32;

/// What a signature covers, and its parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) label: String,
    pub(crate) components: Vec<String>,
    pub(crate) created: Option<i64>,
    pub(crate) expires: Option<i64>,
    pub(crate) nonce: Option<String>,
    pub(crate) keyid: Option<String>,
    pub(crate) alg: Option<String>,
    /// As it was written by the sender: the order of parameters is theirs.
    pub(crate) written: Option<String>,
}

impl Input {
    /// Reads a field with exactly one signature.
    pub(crate) fn parse(field: &str) -> Option<Self> {
        if field.len() > LONGEST || !field.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return None;
        }
        let (label, written) = field.trim().split_once('=')?;
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if label.is_empty() || !label.bytes().all(good) {
            return None;
        }
        let (list, mut rest) = written.strip_prefix('(')?.split_once(')')?;
        let mut input = Self {
            label: label.to_owned(),
            components: components(list)?,
            written: Some(written.to_owned()),
            ..Self::default()
        };
        while let Some(parameter) = rest.strip_prefix(';') {
            let (name, value) = parameter.split_once('=')?;
            rest = input.take(name, value)?;
        }
        rest.is_empty().then_some(input)
    }

    /// Takes one parameter and gives what follows it.
    fn take<'t>(&mut self, name: &str, value: &'t str) -> Option<&'t str> {
        match name {
            "created" | "expires" => {
                let end = value.find(';').unwrap_or(value.len());
                let (digits, rest) = value.split_at_checked(end)?;
                let number = Some(digits.parse().ok()?);
                let place = if name == "created" {
                    &mut self.created
                } else {
                    &mut self.expires
                };
                place.is_none().then(|| *place = number)?;
                Some(rest)
            }
            _ => {
                let (text, rest) = value.strip_prefix('"')?.split_once('"')?;
                if text.contains('\\') {
                    return None;
                }
                let place = match name {
                    "nonce" => &mut self.nonce,
                    "keyid" => &mut self.keyid,
                    "alg" => &mut self.alg,
                    _ => return None,
                };
                place.is_none().then(|| *place = Some(text.to_owned()))?;
                Some(rest)
            }
        }
    }

    pub(crate) fn covers(&self, name: &str) -> bool {
        self.components.iter().any(|component| component == name)
    }

    /// The value of `@signature-params`.
    pub(crate) fn parameters(&self) -> String {
        if let Some(written) = &self.written {
            return written.clone();
        }
        let names: Vec<String> = self
            .components
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        let mut text = format!("({})", names.join(" "));
        let numbers = [("created", self.created), ("expires", self.expires)];
        for (name, number) in numbers {
            if let Some(number) = number {
                text.push_str(&format!(";{name}={number}"));
            }
        }
        let texts = [
            ("nonce", &self.nonce),
            ("keyid", &self.keyid),
            ("alg", &self.alg),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                text.push_str(&format!(";{name}=\"{value}\""));
            }
        }
        text
    }
}

fn components(list: &str) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for item in list.split(' ').filter(|item| !item.is_empty()) {
        let name = item.strip_prefix('"')?.strip_suffix('"')?;
        let good = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'@')
        };
        // A name twice is refused by RFC 9421, 2.5.
        if !name.bytes().all(good)
            || name.is_empty()
            || names.len() >= MOST
            || names.iter().any(|known| known == name)
        {
            return None;
        }
        names.push(name.to_owned());
    }
    Some(names)
}
