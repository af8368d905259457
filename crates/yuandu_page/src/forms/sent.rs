//! What a form sent: texts by name, files, and what is wrong with them as texts and files.
//!
//! Texts are freed of control characters, each with a problem that says so: such a character is never typed, it comes
//! from a broken copy or an attack, and it must neither reach the records nor vanish without a word.

use yuandu_base::Problem;

/// Most texts one form may carry; the largest form of a register has some sixty fields.
const MOST_TEXTS: usize = 1_000;

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct SentFile {
    /// Name of the form's field.
    pub field: String,
    /// Name of the file as the person knows it.
    pub name: String,
    /// Its bytes; cut off one byte beyond what is allowed.
    pub bytes: Vec<u8>,
}

/// The content of a form.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    texts: Vec<(String, String)>,
    /// Files, in the order they were chosen.
    pub files: Vec<SentFile>,
    problems: Vec<Problem>,
}

impl Sent {
    /// The content of a form without files.
    #[must_use]
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, text) in pairs {
            sent.add(name, text);
        }
        sent
    }

    pub(super) fn add(&mut self, name: String, text: String) {
        if self.texts.len() >= MOST_TEXTS {
            return;
        }
        if !text.chars().any(is_stray) {
            self.texts.push((name, text));
            return;
        }
        if self.problem_of(&name).is_none() {
            self.problems.push(Problem::new(
                "form.control_character",
                &name,
                "这里有看不见的控制字符，已经去掉，请核对后重新提交",
                "this held invisible control characters; they were removed, check it and send again",
            ));
        }
        let clean = text.chars().filter(|letter| !is_stray(*letter)).collect();
        self.texts.push((name, clean));
    }

    pub(super) fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// The first text of a name without spaces around it; empty when nothing was sent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.texts
            .iter()
            .find(|(own, _)| own == name)
            .map_or("", |(_, text)| text.trim())
    }

    /// The text of a name, if it says anything.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every text of a name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<String> {
        self.texts
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, text)| text.clone())
            .collect()
    }

    /// Every name with its text, in the order sent.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Puts texts in the place of those of a name.
    pub fn replace(&mut self, name: &str, texts: Vec<String>) {
        self.texts.retain(|(own, _)| own != name);
        let named = texts.into_iter().map(|text| (name.to_owned(), text));
        self.texts.extend(named);
    }

    /// The idempotency key of the form.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        self.given("_key").map(str::to_owned)
    }

    /// What was wrong while reading.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What was wrong while reading one field.
    #[must_use]
    pub fn problem_of(&self, field: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.place == field)
    }
}

/// Control characters other than tab and line breaks; U+FEFF and the direction overrides hide what a text says.
fn is_stray(letter: char) -> bool {
    let allowed = matches!(letter, '\t' | '\n' | '\r');
    (letter.is_control() && !allowed)
        || matches!(letter, '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::Sent;

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        let owned = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Sent::of_pairs(owned.collect())
    }

    #[test]
    fn control_characters_are_taken_out_and_named() {
        let sent = sent(&[("words", "井盖\0坏了\u{202e}"), ("address", "东风街\n路口")]);
        assert_eq!(sent.text("words"), "井盖坏了");
        assert_eq!(sent.text("address"), "东风街\n路口");
        let places: Vec<&str> = sent.problems().iter().map(|p| p.place.as_str()).collect();
        assert_eq!(places, ["words"]);
    }

    #[test]
    fn a_name_sent_several_times_keeps_its_order() {
        let mut sent = sent(&[("photos", "a"), ("words", "x"), ("photos", "b")]);
        assert_eq!(sent.all("photos"), ["a", "b"]);
        sent.replace("photos", vec!["c".to_owned()]);
        assert_eq!(sent.all("photos"), ["c"]);
        assert_eq!(sent.text("missing"), "");
        assert_eq!(sent.given("missing"), None);
    }
}
