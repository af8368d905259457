//! Cases whose rows left the tables: who may see them, and what a resident is told. The rows are handed in as they were kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_store::{Row, StoreError};

use crate::case_type::Kind;
use crate::engine::{Matter, State};
use crate::error::ProcessError;
use crate::ops::{Engine, case_resource};
use crate::store::{CaseRow, Loaded, cell_of, clock};

use super::PublicView;

/// The rows of a case that left the tables.
#[derive(Debug, Clone)]
pub struct KeptCase {
    /// Its own row.
    pub own: Row,
    /// The row of the case it was merged into in the end, if it was.
    pub main: Option<Row>,
    /// The declared facts of the main case.
    pub facts: Option<Row>,
    /// The clocks of the main case.
    pub clocks: Vec<Row>,
    /// How many cases belong to the main case.
    pub joined: usize,
}

impl Engine {
    /// Whether a case may be seen: by the same policies as one in the tables.
    ///
    /// # Errors
    /// A row that is none of a case.
    pub fn may_view_kept(&self, ctx: &OpCtx, own: &Row) -> Result<bool, ProcessError> {
        let case = CaseRow::read(own)?;
        let decided = self.gate.decide(ctx, "cases.view", &case_resource(&case));
        Ok(decided.allowed)
    }

    /// The report as its reporter follows it. Whoever has the number may ask. The steps come from the log, which keeps them.
    ///
    /// # Errors
    /// A refusal of the gate; a row that is none of a case; a failure of the store.
    pub fn public_view_of(&self, ctx: &OpCtx, kept: &KeptCase) -> Result<PublicView, ProcessError> {
        let own = CaseRow::read(&kept.own)?;
        let case = match &kept.main {
            Some(main) => CaseRow::read(main)?,
            None => own.clone(),
        };
        // The version that an old case ran on may be gone; today's names are better than none.
        let kind = self
            .kind_of(&case)
            .or_else(|_| self.kind(&case.system))?
            .clone();
        let mut facts = case.facts();
        if let Some(row) = &kept.facts {
            facts.extend(facts_of(&kind, row));
        }
        let clocks = kept.clocks.iter();
        let clocks = clocks.map(|row| Ok((row.text("name")?, clock(row)?)));
        let loaded = Loaded {
            matter: Matter {
                state: State::default(),
                facts,
                clocks: clocks.collect::<Result<BTreeMap<_, _>, StoreError>>()?,
            },
            tasks: Vec::new(),
            later: Vec::new(),
            turns: super::turns::Turns::new(),
            timers: Vec::new(),
            waits: Vec::new(),
            case,
        };
        self.told(ctx, own, &loaded, (&*kind, kept.joined))
    }
}

/// The declared facts in a row of their table.
pub(crate) fn facts_of(kind: &Kind, row: &Row) -> Map<String, Json> {
    let fields = kind.declared.fields.iter();
    let value = |name: &str| cell_of(row, name);
    fields
        .map(|field| (field.name.clone(), field.from_cells(&value)))
        .collect()
}
