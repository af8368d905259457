//! Names of what figures are grouped and filtered by: organisations, divisions, classes.

use std::collections::BTreeMap;
use std::sync::Arc;

use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_identity::{Actor, Directory, OpCtx};
use yuandu_page::choices::class_names;
use yuandu_registers::{ColumnFilter, ListRecords};

/// The register of divisions, and the level of it that cases carry.
const DIVISIONS: &str = "spatial.division";
const LEVEL: &str = "county";
/// Counties of one city; the largest of the country has some sixty.
const MOST: usize = 100;

/// Names in the reader's language.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Names {
    pub(in crate::pages) lang: Lang,
    pub(in crate::pages) directory: Arc<Directory>,
    /// Code and name, by code.
    pub(in crate::pages) divisions: BTreeMap<String, String>,
    /// Code and name, by code.
    pub(in crate::pages) classes: BTreeMap<String, String>,
}

impl Names {
    /// Call it inside [`App::run`]: the directory may have to be read.
    pub(in crate::pages) fn new(
        app: &App,
        ctx: &OpCtx,
        lang: Lang,
        system: &str,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            lang,
            directory: app.identity.directory(app.realm)?,
            divisions: divisions(app, ctx),
            classes: class_names(app, lang, system).into_iter().collect(),
        })
    }

    pub(in crate::pages) fn org<'a>(&'a self, id: &'a str) -> &'a str {
        if id.is_empty() {
            return self.lang.pick("还没有承办单位", "No unit yet");
        }
        self.directory.org_name(id, self.lang)
    }

    pub(in crate::pages) fn division<'a>(&'a self, code: &'a str) -> &'a str {
        if code.is_empty() {
            return self.lang.pick("未定位", "Without a place");
        }
        self.divisions.get(code).map_or(code, String::as_str)
    }

    pub(in crate::pages) fn class<'a>(&'a self, code: &'a str) -> &'a str {
        if code.is_empty() {
            return self.lang.pick("还没有类别", "No class yet");
        }
        self.classes.get(code).map_or(code, String::as_str)
    }

    /// Every organisation in the order of the tree, for a filter.
    pub(in crate::pages) fn org_options(&self) -> Vec<(String, String)> {
        let tree = self.directory.tree().into_iter();
        tree.map(|(depth, org)| {
            let indent = "\u{3000}".repeat(depth);
            (
                org.id.to_string(),
                format!("{indent}{}", org.name.get(self.lang)),
            )
        })
        .collect()
    }

    pub(in crate::pages) fn division_options(&self) -> Vec<(String, String)> {
        pairs(&self.divisions)
    }

    pub(in crate::pages) fn class_options(&self) -> Vec<(String, String)> {
        let named = self.classes.iter();
        named
            .map(|(code, name)| (code.clone(), format!("{code} {name}")))
            .collect()
    }
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(String, String)> {
    map.iter()
        .map(|(code, name)| (code.clone(), name.clone()))
        .collect()
}

/// A city without the register of divisions shows codes.
fn divisions(app: &App, ctx: &OpCtx) -> BTreeMap<String, String> {
    let list = ListRecords {
        register: DIVISIONS.to_owned(),
        filters: vec![(
            "level".to_owned(),
            ColumnFilter::OneOf(vec![LEVEL.to_owned()]),
        )],
        limit: MOST,
        ..ListRecords::default()
    };
    let reader = ctx.as_actor(Actor::System("names"));
    let page = app.registers.list_records(&reader, &list);
    let records = page.map(|page| page.records).unwrap_or_default();
    records
        .into_iter()
        .map(|record| (record.id, record.title))
        .collect()
}
