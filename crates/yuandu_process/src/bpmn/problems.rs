//! Collects everything that is wrong with a file.

use yuandu_base::Problem;

/// The problems of one file.
pub(crate) struct Problems {
    file: String,
    list: Vec<(u32, Problem)>,
}

impl Problems {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: Vec::new(),
        }
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

    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Vec<Problem>> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list.sort_by_key(|(line, _)| *line);
        Err(self.list.into_iter().map(|(_, problem)| problem).collect())
    }
}
