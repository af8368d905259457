//! Collects everything that is wrong with a file.

use yuandu_base::Problem;

/// How strictly a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// A model of a package: it names roles and outcomes, and nothing in it is left unsaid.
    Package,
    /// A model of any maker: what the standard leaves open is taken as the standard says.
    Open,
}

/// The problems of one file.
pub(crate) struct Problems {
    file: String,
    profile: Profile,
    list: Vec<(u32, Problem)>,
    notices: Vec<(u32, Problem)>,
}

impl Problems {
    pub(crate) fn new(file: &str, profile: Profile) -> Self {
        Self {
            file: file.to_owned(),
            profile,
            list: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Whether the file may be of any maker.
    pub(crate) fn open(&self) -> bool {
        self.profile == Profile::Open
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    pub(crate) fn add(
        &mut self,
        line: u32,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        let place = format!("{}:{line}", self.file);
        self.list.push((line, Problem::new(code, &place, zh, en)));
    }

    /// Something worth knowing that hinders nothing.
    pub(crate) fn note(
        &mut self,
        line: u32,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        let place = format!("{}:{line}", self.file);
        self.notices
            .push((line, Problem::new(code, &place, zh, en)));
    }

    /// A missing attribute.
    pub(crate) fn missing(&mut self, line: u32, element: &str, attribute: &str) {
        self.add(
            line,
            "bpmn.attribute_missing",
            format!("`{element}` 缺少属性 `{attribute}`"),
            format!("`{element}` needs the attribute `{attribute}`"),
        );
    }

    /// An element that is not run.
    pub(crate) fn unknown(&mut self, line: u32, element: &str, remedy: (&str, &str)) {
        self.add(
            line,
            "bpmn.element_unknown",
            format!("不支持 `{element}`：{}", remedy.0),
            format!("`{element}` is not supported: {}", remedy.1),
        );
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems and the notices, each in the order of the file.
    pub(crate) fn into_lists(self) -> (Vec<Problem>, Vec<Problem>) {
        let sorted = |mut list: Vec<(u32, Problem)>| {
            list.sort_by_key(|(line, _)| *line);
            list.into_iter().map(|(_, problem)| problem).collect()
        };
        (sorted(self.list), sorted(self.notices))
    }
}
