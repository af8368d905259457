//! Incidents and repairs: what waits for a person because the process could not go on by itself.

use jiff::Timestamp;
use yuandu_base::LocalText;
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, StoreError, Value};

use crate::error::ProcessError;
use crate::ops::Engine;
use crate::queries::no_case;
use crate::store::{self, realm};

/// Most rows of one page.
const MOST: usize = 200;

/// An incident that can be tried again.
#[derive(Debug)]
pub(crate) struct OpenIncident {
    /// The timer that failed.
    pub(crate) timer: String,
    /// Log position that last wrote it.
    pub(crate) pos: i64,
}

/// Something that failed, with its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its id, for a retry.
    pub id: String,
    /// The case.
    pub case_id: String,
    /// Number of the case.
    pub number: String,
    /// The system of the case.
    pub system: String,
    /// The node.
    pub node: String,
    /// The node's name.
    pub name: LocalText,
    /// The cause.
    pub reason: String,
    /// What the step worked on.
    pub input: Option<String>,
    /// When.
    pub at: Timestamp,
    /// `open` or `resolved`.
    pub status: String,
    /// Whether it can be tried again.
    pub retriable: bool,
    /// How often it was tried.
    pub tries: i64,
    /// Who had it tried again.
    pub resolved_by: Option<String>,
}

/// A repair that was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRow {
    /// Its id.
    pub id: String,
    /// The case.
    pub case_id: String,
    /// Number of the case.
    pub number: String,
    /// What is to be done, in JSON.
    pub deed: String,
    /// Why.
    pub reason: String,
    /// `proposed`, `done` or `refused`.
    pub status: String,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// By which user.
    pub proposed_by: String,
    /// Their name.
    pub proposed_name: String,
    /// Who decided.
    pub decided_name: Option<String>,
    /// Log position that last wrote it.
    pub pos: i64,
}

/// Where a case stands, for whoever repairs it: no fact of the matter itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub number: String,
    /// Its tokens.
    pub tokens: Vec<TokenView>,
    /// Nodes a token can be put to: process, id, name.
    pub nodes: Vec<(String, String, LocalText)>,
}

/// A token at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Its number.
    pub token: u64,
    /// The process.
    pub process: String,
    /// The node.
    pub node: String,
    /// The node's name.
    pub name: LocalText,
    /// What it waits for.
    pub waits: &'static str,
}

impl Engine {
    /// Incidents, the newest first, from after a page's last one.
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub fn list_incidents(
        &self,
        ctx: &OpCtx,
        status: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<IncidentRow>, Option<String>), ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let limit = limit.clamp(1, MOST);
        let (at, id) = after.and_then(cursor).unwrap_or((i64::MAX, String::new()));
        let sql = "SELECT incidents.*, cases.number AS case_number, cases.system AS case_system, \
             cases.process_version AS case_version, timers.tries AS timer_tries FROM incidents \
             JOIN cases ON cases.realm = incidents.realm AND cases.id = incidents.case_id \
             LEFT JOIN timers ON timers.realm = incidents.realm AND timers.id = incidents.timer \
             WHERE incidents.realm = $1 AND incidents.status = $2 AND (incidents.at < $3 OR (incidents.at = $3 AND incidents.id < $4)) \
             ORDER BY incidents.at DESC, incidents.id DESC LIMIT $5";
        let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let params: [Value; 5] = [
            realm(ctx.realm),
            status.into(),
            at.into(),
            id.into(),
            more.into(),
        ];
        let mut rows = self.store.read(|reader| {
            let rows = reader.query(sql, &params)?;
            let read = rows.iter().map(|row| self.incident(row));
            Ok::<_, ProcessError>(read.collect::<Result<Vec<_>, StoreError>>()?)
        })?;
        let next = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| next);
        let next = last.map(|row| format!("{}.{}", row.at.as_millisecond(), row.id));
        Ok((rows, next))
    }

    fn incident(&self, row: &Row) -> Result<IncidentRow, StoreError> {
        let (system, version) = (row.text("case_system")?, row.text("case_version")?);
        let node = row.text("node")?;
        Ok(IncidentRow {
            name: self.node_name(&system, &version, &node),
            id: row.text("id")?,
            case_id: row.text("case_id")?,
            number: row.text("case_number")?,
            reason: row.text("reason")?,
            input: row.opt_text("input")?,
            at: row.timestamp("at")?,
            status: row.text("status")?,
            retriable: row.opt_text("timer")?.is_some(),
            tries: row.opt_int("timer_tries")?.unwrap_or(0),
            resolved_by: row.opt_text("resolved_by")?,
            system,
            node,
        })
    }

    /// The name of a node of any process of a kind; its id if it has none.
    fn node_name(&self, system: &str, version: &str, node: &str) -> LocalText {
        let kind = self.kind_of_version(system, version);
        let processes = kind
            .iter()
            .flat_map(|kind| kind.definition.processes.values());
        let name = processes
            .filter_map(|p| p.node(node))
            .map(|n| n.name.clone())
            .next();
        name.filter(|name| !name.zh.is_empty())
            .unwrap_or_else(|| LocalText::new(node, node))
    }

    /// Repairs that wait for a second person, or those of the past.
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub fn list_repairs(&self, ctx: &OpCtx, status: &str) -> Result<Vec<RepairRow>, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let sql = "SELECT repairs.*, cases.number AS case_number FROM repairs JOIN cases ON cases.realm = repairs.realm AND cases.id = repairs.case_id \
             WHERE repairs.realm = $1 AND repairs.status = $2 ORDER BY repairs.proposed_at DESC, repairs.id DESC LIMIT 200";
        self.store.read(|reader| {
            let rows = reader.query(sql, &[realm(ctx.realm), status.into()])?;
            Ok(rows.iter().map(repair).collect::<Result<_, StoreError>>()?)
        })
    }

    /// Where a case stands, by id or number, for whoever repairs it.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`]; a refusal of the gate.
    pub fn standing(&self, ctx: &OpCtx, case: &str) -> Result<Standing, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let number: Option<yuandu_ids::CaseNumber> = case.parse().ok();
        let (loaded, kind) = self.store.read(|reader| {
            let row = match number {
                Some(number) => store::case_by_number(reader, ctx.realm, &number.to_string())?,
                None => store::case_row(reader, ctx.realm, case)?,
            };
            let row = row.ok_or_else(|| no_case(case))?;
            let kind = self.kind_of(&row)?.clone();
            let loaded = store::load(reader, ctx.realm, row, &kind)?;
            Ok::<_, ProcessError>((loaded, kind))
        })?;
        let state = &loaded.matter.state;
        let named = |process: &str, node: &str| {
            let process = kind.definition.processes.get(process);
            let node = process.and_then(|p| p.node(node)).map(|n| n.name.clone());
            node.unwrap_or_default()
        };
        let tokens = state.tokens.values().filter_map(|token| {
            let frame = state.frames.get(&token.frame)?;
            Some(TokenView {
                token: token.id,
                process: frame.process.clone(),
                name: named(&frame.process, &token.node),
                node: token.node.clone(),
                waits: token.wait.word(),
            })
        });
        let tokens: Vec<TokenView> = tokens.collect();
        let mut nodes = Vec::new();
        for process in kind.definition.processes.values() {
            if tokens.iter().any(|token| token.process == process.id) {
                let all = process.nodes().iter();
                nodes.extend(all.map(|n| (process.id.clone(), n.id.clone(), n.name.clone())));
            }
        }
        Ok(Standing {
            case_id: loaded.case.id,
            number: loaded.case.number,
            tokens,
            nodes,
        })
    }
}

fn cursor(text: &str) -> Option<(i64, String)> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.to_owned()))
}

fn repair(row: &Row) -> Result<RepairRow, StoreError> {
    Ok(RepairRow {
        id: row.text("id")?,
        case_id: row.text("case_id")?,
        number: row.text("case_number")?,
        deed: row.text("deed")?,
        reason: row.text("reason")?,
        status: row.text("status")?,
        proposed_at: row.timestamp("proposed_at")?,
        proposed_by: row.text("proposed_by")?,
        proposed_name: row.text("proposed_name")?,
        decided_name: row.opt_text("decided_name")?,
        pos: row.int("pos")?,
    })
}

/// A repair by its id.
pub(crate) fn repair_row(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<RepairRow>, StoreError> {
    let sql = "SELECT repairs.*, cases.number AS case_number FROM repairs JOIN cases ON cases.realm = repairs.realm AND cases.id = repairs.case_id \
         WHERE repairs.realm = $1 AND repairs.id = $2";
    let row = reader.query_one(sql, &[realm(realm_id), id.into()])?;
    row.as_ref().map(repair).transpose()
}

/// An open incident with the timer that failed.
pub(crate) fn open(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<OpenIncident>, StoreError> {
    let sql = "SELECT timer, pos FROM incidents WHERE realm = $1 AND id = $2 AND status = 'open'";
    let Some(row) = reader.query_one(sql, &[realm(realm_id), id.into()])? else {
        return Ok(None);
    };
    let pos = row.int("pos")?;
    Ok(row
        .opt_text("timer")?
        .map(|timer| OpenIncident { timer, pos }))
}
