//! The list of everything that is wrong with packages, each problem with its file and line.

use yuandu_base::Problem;
use yuandu_schema::Located;

/// Problems being collected.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Located>,
}

impl Problems {
    pub(crate) fn add(
        &mut self,
        file: &str,
        line: usize,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.list.push(Located::new(file, line, code, zh, en));
    }

    pub(crate) fn extend(&mut self, found: impl IntoIterator<Item = Located>) {
        self.list.extend(found);
    }

    /// Takes problems whose place is `file:line`; those without a line get the file given.
    pub(crate) fn placed(
        &mut self,
        found: impl IntoIterator<Item = Problem>,
        file: &str,
        line: usize,
    ) {
        for problem in found {
            let (at, line) = place(&problem.place).unwrap_or((file.to_owned(), line));
            self.add(
                &at,
                line,
                &problem.code,
                problem.message.zh,
                problem.message.en,
            );
        }
    }

    /// The same problems with every file below a folder.
    pub(crate) fn below(self, folder: &str) -> Self {
        let moved = self.list.into_iter().map(|found| {
            let file = format!("{folder}/{}", found.file);
            let Problem { code, message, .. } = found.problem;
            Located::new(&file, found.line, &code, message.zh, message.en)
        });
        Self {
            list: moved.collect(),
        }
    }

    /// By file and line; what was found twice is told once.
    pub(crate) fn sorted(mut self) -> Vec<Located> {
        self.list.sort_by(|a, b| {
            (&a.file, a.line, &a.problem.code, &a.problem.message.en).cmp(&(
                &b.file,
                b.line,
                &b.problem.code,
                &b.problem.message.en,
            ))
        });
        self.list.dedup();
        self.list
    }
}

/// The file and line of `file:line`.
fn place(text: &str) -> Option<(String, usize)> {
    let (file, line) = text.rsplit_once(':')?;
    let line = line.parse().ok()?;
    (!file.is_empty()).then(|| (file.to_owned(), line))
}
