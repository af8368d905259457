//! Lists of cases and their counts by stage, filtered by what the officer may see.

use jiff::Timestamp;
use yuandu_base::calendar::Lamp;
use yuandu_identity::{ColumnMap, OpCtx, ResourceKind};
use yuandu_ids::CaseNumber;
use yuandu_store::Value;

use crate::error::ProcessError;
use crate::ops::Engine;
use crate::store::{self, CaseRow};

use super::paging::{Cursor, anywhere, beginning};

/// Rows of one page at most.
const MOST: usize = 500;

/// Which cases a list shows; empty fields ask nothing, [`CaseFilter::NONE`] in a field of codes asks for those that have none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CaseFilter {
    /// System.
    pub system: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// Stage.
    pub stage: Option<String>,
    /// Lamp now; only open cases have one.
    pub lamp: Option<Lamp>,
    /// Category.
    pub category: Option<String>,
    /// Class of the category.
    pub class: Option<String>,
    /// Organisation that has the case.
    pub org: Option<String>,
    /// Division; what lies in it too.
    pub division: Option<String>,
    /// Unit grid.
    pub grid: Option<String>,
    /// West, south, east, north.
    pub bbox: Option<[f64; 4]>,
    /// A number, or words that all must occur.
    pub text: Option<String>,
    /// Opened at or after.
    pub opened_from: Option<Timestamp>,
    /// Opened before.
    pub opened_to: Option<Timestamp>,
    /// Ended at or after.
    pub closed_from: Option<Timestamp>,
    /// Ended before.
    pub closed_to: Option<Timestamp>,
    /// Changed at or after.
    pub updated_from: Option<Timestamp>,
    /// Channel.
    pub channel: Option<String>,
    /// Children of this case.
    pub parent: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseOrder {
    /// Last changed first.
    #[default]
    Updated,
    /// Last opened first.
    Opened,
    /// Most urgent first; cases without a due instant come last.
    Due,
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<CaseRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// How many open cases stand in a stage, and how their lamps are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageCount {
    /// The stage; empty for cases without one.
    pub stage: String,
    /// Cases in time.
    pub green: i64,
    /// Cases due soon.
    pub yellow: i64,
    /// Cases overdue.
    pub red: i64,
}

/// A condition with its parameters while it is put together.
#[derive(Debug, Default)]
pub(crate) struct Where {
    sql: String,
    pub(super) params: Vec<Value>,
    /// The gate leaves nothing at all.
    pub(crate) nothing: bool,
}

impl Where {
    pub(super) fn of_realm(ctx: &OpCtx, table: &str) -> Self {
        Self {
            sql: format!("{table}.realm = $1"),
            params: vec![store::realm(ctx.realm)],
            nothing: false,
        }
    }

    /// Adds a condition; each `?` in it stands for one value in order.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        let mut values = values.into_iter();
        self.sql.push_str(" AND ");
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?') {
                Some(text) => {
                    self.params.push(values.next().unwrap_or(Value::Null));
                    self.sql.push_str(text);
                    self.sql.push_str(&format!("${}", self.params.len()));
                }
                None => self.sql.push_str(part),
            }
        }
    }

    /// Adds a condition whose parameters are numbered already, from [`Where::next`] on.
    pub(super) fn and_numbered(&mut self, condition: &str, values: Vec<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.params.extend(values);
    }

    pub(super) fn next(&self) -> usize {
        self.params.len() + 1
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// No condition yet; parameters are numbered on from those of another.
    pub(super) fn following(base: &Self) -> Self {
        Self {
            sql: String::new(),
            params: base.params.clone(),
            nothing: base.nothing,
        }
    }
}

impl Engine {
    /// A page of the cases an officer may see.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn list_cases(
        &self,
        ctx: &OpCtx,
        filter: &CaseFilter,
        order: CaseOrder,
        after: Option<&str>,
        limit: usize,
    ) -> Result<CasePage, ProcessError> {
        let base = self.visible(ctx, "cases.list", filter)?;
        self.page_of(&base, order, after, limit)
    }

    /// A page of what a condition leaves.
    pub(crate) fn page_of(
        &self,
        base: &Where,
        order: CaseOrder,
        after: Option<&str>,
        limit: usize,
    ) -> Result<CasePage, ProcessError> {
        let limit = limit.clamp(1, MOST);
        let cursor = after.and_then(Cursor::read);
        self.store.read(|reader| {
            let mut cases: Vec<CaseRow> = Vec::new();
            // Cases without a due instant come after those that have one; the other orders have no such rest.
            let rest_only =
                order == CaseOrder::Due && cursor.as_ref().is_some_and(|c| c.at.is_none());
            let parts: &[bool] = match (order, rest_only) {
                (CaseOrder::Due, false) => &[true, false],
                (CaseOrder::Due, true) => &[false],
                _ => &[true],
            };
            for dated in parts {
                if cases.len() > limit {
                    break;
                }
                let wanted = limit + 1 - cases.len();
                let (sql, params) = page_sql(base, order, *dated, cursor.as_ref(), wanted);
                for row in reader.query(&sql, &params)? {
                    cases.push(CaseRow::read(&row)?);
                }
            }
            let more = cases.len() > limit;
            cases.truncate(limit);
            let next = cases
                .last()
                .filter(|_| more)
                .map(|last| cursor_of(last, order).write());
            Ok(CasePage { cases, next })
        })
    }

    /// How many cases a list has, counted no further than one beyond `most`: a city's cases of all years are too many to
    /// count for a page.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn count_cases(
        &self,
        ctx: &OpCtx,
        filter: &CaseFilter,
        most: u32,
    ) -> Result<u64, ProcessError> {
        let mut base = self.visible(ctx, "cases.list", filter)?;
        if base.nothing {
            return Ok(0);
        }
        let limit = base.next();
        base.params.push(Value::Int(i64::from(most) + 1));
        let sql = format!(
            "SELECT COUNT(*) AS counted FROM (SELECT cases.id FROM cases WHERE {} LIMIT ${limit}) AS found",
            base.sql()
        );
        self.store.read(|reader| {
            let row = reader.query_one(&sql, &base.params)?;
            let counted = row.map_or(Ok(0), |row| row.int("counted"))?;
            Ok(u64::try_from(counted).unwrap_or_default())
        })
    }

    /// Open cases by stage and lamp, of those an officer may see.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn count_stages(
        &self,
        ctx: &OpCtx,
        filter: &CaseFilter,
    ) -> Result<Vec<StageCount>, ProcessError> {
        let mut filter = filter.clone();
        filter.status = Some("open".to_owned());
        let mut base = self.visible(ctx, "cases.list", &filter)?;
        let now = base.next();
        base.params.push(ctx.now().into());
        let sql = format!(
            "SELECT COALESCE(cases.stage, '') AS stage, COUNT(*) AS everything, \
             SUM(CASE WHEN cases.due_at <= ${now} THEN 1 ELSE 0 END) AS red, \
             SUM(CASE WHEN cases.due_at > ${now} AND cases.warn_at <= ${now} THEN 1 ELSE 0 END) AS yellow \
             FROM cases WHERE {} GROUP BY COALESCE(cases.stage, '') ORDER BY 1",
            base.sql()
        );
        self.store.read(|reader| {
            let rows = reader.query(&sql, &base.params)?;
            let count = |row: &yuandu_store::Row| {
                let (all, red, yellow) =
                    (row.int("everything")?, row.int("red")?, row.int("yellow")?);
                Ok(StageCount {
                    stage: row.text("stage")?,
                    green: all - red - yellow,
                    yellow,
                    red,
                })
            };
            rows.iter().map(count).collect()
        })
    }

    /// What a filter and the gate together leave; the gate is asked for `action`.
    pub(crate) fn visible(
        &self,
        ctx: &OpCtx,
        action: &str,
        filter: &CaseFilter,
    ) -> Result<Where, ProcessError> {
        let mut found = Where::of_realm(ctx, "cases");
        filter.add(&mut found, ctx.now());
        // A scope of many categories must not lure the database away from the index that gives the order of the page.
        let columns = ColumnMap::cases("cases")
            .column("category", "COALESCE(cases.category, '')")
            .column("class", "COALESCE(cases.class, '')");
        let gate = self
            .gate
            .filter(ctx, action, ResourceKind::Case, &columns, found.next())?;
        found.nothing = gate.is_nothing();
        found.and_numbered(&gate.sql, gate.params);
        Ok(found)
    }
}

impl CaseFilter {
    /// The value that asks for cases without one, such as those no organisation has yet; no code is called so.
    pub const NONE: &str = "none";

    fn add(&self, found: &mut Where, now: Timestamp) {
        let texts = [
            ("cases.system", &self.system),
            ("cases.status", &self.status),
            ("cases.stage", &self.stage),
            ("cases.category", &self.category),
            ("cases.class", &self.class),
            ("cases.org", &self.org),
            ("cases.grid", &self.grid),
            ("cases.channel", &self.channel),
            ("cases.parent", &self.parent),
        ];
        for (column, value) in texts {
            match value.as_deref() {
                None | Some("") => {}
                Some(Self::NONE) => found.and(&format!("{column} IS NULL"), []),
                Some(value) => found.and(&format!("{column} = ?"), [value.into()]),
            }
        }
        let instants = [
            ("cases.opened_at >= ?", self.opened_from),
            ("cases.opened_at < ?", self.opened_to),
            ("cases.closed_at >= ?", self.closed_from),
            ("cases.closed_at < ?", self.closed_to),
            ("cases.updated_at >= ?", self.updated_from),
        ];
        for (condition, at) in instants {
            if let Some(at) = at {
                found.and(condition, [at.into()]);
            }
        }
        match self.division.as_deref() {
            None | Some("") => {}
            Some(Self::NONE) => found.and("cases.division IS NULL", []),
            Some(division) => found.and(
                "cases.division LIKE ? ESCAPE '!'",
                [beginning(division).into()],
            ),
        }
        if let Some([west, south, east, north]) = self.bbox {
            let corners = [south, north, west, east].map(Value::from);
            found.and(
                "cases.lat BETWEEN ? AND ? AND cases.lon BETWEEN ? AND ?",
                corners,
            );
        }
        self.add_lamp(found, now);
        self.add_text(found);
    }

    fn add_lamp(&self, found: &mut Where, now: Timestamp) {
        let now = || Value::from(now);
        match self.lamp {
            None => return,
            Some(Lamp::Red) => found.and("cases.due_at <= ?", [now()]),
            Some(Lamp::Yellow) => found.and("cases.due_at > ? AND cases.warn_at <= ?", [now(), now()]),
            Some(Lamp::Green) => found.and(
                "(cases.due_at IS NULL OR (cases.due_at > ? AND (cases.warn_at IS NULL OR cases.warn_at > ?)))",
                [now(), now()],
            ),
        }
        if self.status.is_none() {
            found.and("cases.status = 'open'", []);
        }
    }

    fn add_text(&self, found: &mut Where) {
        let Some(text) = self
            .text
            .as_deref()
            .map(str::trim)
            .filter(|t| !t.is_empty())
        else {
            return;
        };
        if let Ok(number) = text.parse::<CaseNumber>() {
            found.and("cases.number = ?", [number.to_string().into()]);
            return;
        }
        for word in text.to_lowercase().split_whitespace().take(8) {
            found.and("cases.words LIKE ? ESCAPE '!'", [anywhere(word).into()]);
        }
    }
}

fn cursor_of(case: &CaseRow, order: CaseOrder) -> Cursor {
    let at = match order {
        CaseOrder::Updated => Some(case.updated_at),
        CaseOrder::Opened => Some(case.opened_at),
        CaseOrder::Due => case.due_at,
    };
    Cursor {
        at: at.map(Timestamp::as_millisecond),
        id: case.id.clone(),
    }
}

/// One part of a page: rows that have the sorted instant, or the rest by id.
fn page_sql(
    base: &Where,
    order: CaseOrder,
    dated: bool,
    cursor: Option<&Cursor>,
    limit: usize,
) -> (String, Vec<Value>) {
    let mut found = Where {
        sql: base.sql.clone(),
        params: base.params.clone(),
        nothing: base.nothing,
    };
    let (column, comparison, direction) = match order {
        CaseOrder::Updated => ("cases.updated_at", "<", "DESC"),
        CaseOrder::Opened => ("cases.opened_at", "<", "DESC"),
        CaseOrder::Due => ("cases.due_at", ">", "ASC"),
    };
    if order == CaseOrder::Due {
        found.and(
            if dated {
                "cases.due_at IS NOT NULL"
            } else {
                "cases.due_at IS NULL"
            },
            [],
        );
    }
    let ordered = if dated {
        format!("{column} {direction}, cases.id {direction}")
    } else {
        "cases.id".to_owned()
    };
    match cursor {
        Some(Cursor { at: Some(at), id }) if dated => {
            let at = Value::Int(*at);
            let condition = format!(
                "{column} {comparison}= ? AND ({column} {comparison} ? OR cases.id {comparison} ?)"
            );
            found.and(&condition, [at.clone(), at, id.into()]);
        }
        Some(Cursor { at: None, id }) if !dated => found.and("cases.id > ?", [id.into()]),
        _ => {}
    }
    found
        .params
        .push(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    let sql = format!(
        "SELECT cases.* FROM cases WHERE {} ORDER BY {ordered} LIMIT ${}",
        found.sql(),
        found.params.len()
    );
    (sql, found.params)
}
