//! The mapping file: complaint and descriptor to a matter code, or to the reason why it is left out.

use serde::Deserialize;
use yuandu_base::LocalText;

use super::{Refusal, RefusalKind};
use crate::{Category, DemoError, matters};

const FILE: &str = "demo/data/cases/nyc311-mapping.toml";

/// The rules of the mapping file, checked against the code table.
#[derive(Debug, Clone)]
pub struct Mapping {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    rule: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    complaint: String,
    descriptor: Option<String>,
    category: Option<String>,
    skip: Option<LocalText>,
}

impl Mapping {
    /// The mapping carried in the program.
    pub fn carried() -> Result<Self, DemoError> {
        Self::read(
            include_str!("../../../../demo/data/cases/nyc311-mapping.toml"),
            &matters()?,
        )
    }

    /// Reads a mapping; every rule must either name a matter that exists or give a reason to skip.
    pub fn read(text: &str, matters: &[Category]) -> Result<Self, DemoError> {
        let file: MappingFile = toml::from_str(text).map_err(|e| DemoError::Data {
            file: FILE,
            why: e.to_string(),
        })?;
        let bad: Vec<String> = file
            .rule
            .iter()
            .filter_map(|rule| rule.problem(matters))
            .collect();
        if bad.is_empty() {
            Ok(Self { rules: file.rule })
        } else {
            Err(DemoError::Data {
                file: FILE,
                why: bad.join("; "),
            })
        }
    }

    /// The matter code of a complaint; the rule with the descriptor goes before the one without.
    pub(super) fn category(&self, complaint: &str, descriptor: &str) -> Result<&str, Refusal> {
        let own = |rule: &&Rule| rule.complaint == complaint;
        let exact = |rule: &&Rule| own(rule) && rule.descriptor.as_deref() == Some(descriptor);
        let general = |rule: &&Rule| own(rule) && rule.descriptor.is_none();
        let rule = self
            .rules
            .iter()
            .find(exact)
            .or_else(|| self.rules.iter().find(general));
        match rule {
            Some(Rule {
                category: Some(code),
                ..
            }) => Ok(code),
            Some(Rule {
                skip: Some(reason), ..
            }) => Err(Refusal {
                kind: RefusalKind::Skipped,
                reason: reason.clone(),
            }),
            _ => Err(Refusal::rejected(
                format!("映射表没有“{complaint} / {descriptor}”，请在 {FILE} 中补充"),
                format!("the mapping does not name `{complaint} / {descriptor}`, add it to {FILE}"),
            )),
        }
    }
}

impl Rule {
    fn problem(&self, matters: &[Category]) -> Option<String> {
        let name = format!("`{}`", self.complaint);
        match (&self.category, &self.skip) {
            (Some(_), Some(_)) => Some(format!("{name} has both a category and a reason to skip")),
            (None, None) => Some(format!(
                "{name} has neither a category nor a reason to skip"
            )),
            (Some(code), None) if !matters.iter().any(|m| m.code == *code) => Some(format!(
                "{name} names the matter `{code}`, which does not exist"
            )),
            _ => None,
        }
    }
}
