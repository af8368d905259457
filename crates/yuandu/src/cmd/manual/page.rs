//! The page as it grows: headings, tables, and how texts in two languages stand in them.

use yuandu_base::LocalText;
use yuandu_package::Packages;

/// A Markdown page.
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A page that says where it comes from.
    pub(super) fn new(id: &str) -> Self {
        Self {
            text: format!(
                "<!-- Made from systems/{id} by `cargo xtask packages`; change the package, not this page. -->\n\n"
            ),
        }
    }

    /// One line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A heading in both languages.
    pub(super) fn section(&mut self, zh: &str, en: &str) {
        self.heading(&format!("## {zh} · {en}"));
    }

    /// A heading below a section.
    pub(super) fn part(&mut self, title: &str) {
        self.heading(&format!("### {title}"));
    }

    fn heading(&mut self, heading: &str) {
        if !self.text.ends_with("\n\n") {
            self.line("");
        }
        self.line(heading);
        self.line("");
    }

    /// A table; cells are made safe for it.
    pub(super) fn table(&mut self, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        self.line(&format!("| {} |", head.join(" | ")));
        self.line(&format!("|{}", " --- |".repeat(head.len())));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| in_cell(cell)).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
    }

    /// The text of the page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Both languages, Chinese first.
pub(super) fn both(text: &LocalText) -> String {
    if text.zh == text.en {
        return text.zh.clone();
    }
    format!("{} · {}", text.zh, text.en)
}

/// A role by its title; its name when the packages do not know it.
pub(super) fn role(packages: &Packages, name: &str) -> String {
    packages
        .role_titles()
        .find(|(known, _)| known == name)
        .map_or_else(|| format!("`{name}`"), |(_, title)| both(&title))
}

fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('\n', " ")
        .trim()
        .to_owned()
}
