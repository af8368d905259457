//! Versions of records of bitemporal registers between rows and rules: the present one stands in the register's table, all
//! others in its table of history.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::{History, RegisterDef};
use yuandu_store::{Change, Expect, Plan, Reader, Row, StoreError, Value};

use crate::record::{from_row, to_change, with_values};
use crate::registers::today;
use crate::timeline::{Revision, Span};
use crate::{RegistersError, queries};

/// How a version came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The first one of its days.
    Created,
    /// The matter changed.
    Changed,
    /// What was recorded was wrong.
    Corrected,
    /// What is left of a version whose other days changed.
    Kept,
}

impl How {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Corrected => "corrected",
            Self::Kept => "kept",
        }
    }

    fn read(text: Option<&str>) -> Self {
        match text {
            Some("changed") => Self::Changed,
            Some("corrected") => Self::Corrected,
            Some("kept") => Self::Kept,
            _ => Self::Created,
        }
    }
}

/// The days a version is true for and the time it was believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// First day on which the values are true; none when nobody said.
    pub from: Option<Date>,
    /// The day after the last one.
    pub to: Option<Date>,
    /// Since when the register says so.
    pub known_from: Option<Timestamp>,
    /// Until when it said so; none while it does.
    pub known_to: Option<Timestamp>,
    /// Who said it, as the log names actors.
    pub by: String,
    /// How it came about.
    pub how: How,
    /// The reason given.
    pub why: Option<String>,
}

/// A moment on both axes: what was true on a day, as it was known at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AsOf {
    /// The day.
    pub on: Date,
    /// The time of knowing.
    pub known_at: Timestamp,
}

/// Refuses a question about the past where none is kept.
pub(crate) fn needs_versions(
    def: &RegisterDef,
    as_of: Option<&AsOf>,
) -> Result<(), RegistersError> {
    if as_of.is_none() || def.history == History::Bitemporal {
        return Ok(());
    }
    Err(no_versions(def))
}

pub(crate) fn no_versions(def: &RegisterDef) -> RegistersError {
    RegistersError::invalid(Problem::new(
        "registers.no_versions",
        "",
        format!("「{}」不保存历史版本，只能查看现状", def.title.zh),
        format!(
            "`{}` keeps no versions; only the present can be asked for",
            def.title.en
        ),
    ))
}

/// A version that is believed now.
pub(crate) struct Known {
    pub(crate) span: Span,
    validity: Validity,
    /// Its number in the table of history; none for the present version.
    version: Option<i64>,
    /// The log position of its row.
    pub(crate) pos: i64,
    /// Whether it waits for its day.
    pending: bool,
}

/// What is believed of a record now.
#[derive(Default)]
pub(crate) struct Versions {
    pub(crate) known: Vec<Known>,
    /// The number of the last row of history.
    last: i64,
}

/// Before any day of a register: where versions begin that say no first day.
const ALWAYS: Date = Date::constant(1, 1, 1);

impl Versions {
    pub(crate) fn load(
        reader: &Reader<'_>,
        def: &RegisterDef,
        realm: i64,
        id: &str,
    ) -> Result<Self, StoreError> {
        let ids = [id.to_owned()];
        let found = Self::load_many(reader, def, realm, &ids)?;
        Ok(found.into_values().next().unwrap_or_default())
    }

    /// The versions of many records; records of which nothing was ever known are not among them.
    pub(crate) fn load_many(
        reader: &Reader<'_>,
        def: &RegisterDef,
        realm: i64,
        ids: &[String],
    ) -> Result<BTreeMap<String, Self>, StoreError> {
        let mut rows = queries::many(reader, def, realm, ids, None)?;
        rows.extend(queries::versions(reader, def, realm, ids)?);
        let mut found: BTreeMap<String, Self> = BTreeMap::new();
        for row in &rows {
            found.entry(row.text("id")?).or_default().take(def, row)?;
        }
        Ok(found)
    }

    fn take(&mut self, def: &RegisterDef, row: &Row) -> Result<(), StoreError> {
        let version = row.opt_int("version")?;
        self.last = self.last.max(version.unwrap_or(0));
        let validity = validity(row)?;
        if validity.known_to.is_none() {
            self.known.push(Known {
                span: Span {
                    from: validity.from.unwrap_or(ALWAYS),
                    to: validity.to,
                    values: from_row(def, row)?.values,
                },
                pos: row.int("pos")?,
                pending: row.boolean("pending")?,
                validity,
                version,
            });
        }
        Ok(())
    }

    /// The version that stands in the register's table.
    pub(crate) fn present(&self) -> Option<&Known> {
        self.known.iter().find(|known| known.version.is_none())
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        self.known.iter().map(|known| known.span.clone()).collect()
    }
}

/// Reads the days and times of a row.
pub(crate) fn validity(row: &Row) -> Result<Validity, StoreError> {
    let day = |column: &str| -> Result<Option<Date>, StoreError> {
        let text = row.opt_text(column)?;
        Ok(text
            .and_then(|text| text.parse().ok())
            .filter(|day| *day != ALWAYS))
    };
    Ok(Validity {
        from: day("valid_begin")?,
        to: day("valid_end")?,
        known_from: row.opt_timestamp("known_begin")?,
        known_to: row.opt_timestamp("known_end")?,
        by: row.opt_text("known_by")?.unwrap_or_default(),
        how: How::read(row.opt_text("known_how")?.as_deref()),
        why: row.opt_text("known_why")?,
    })
}

/// A revision to be written.
pub(crate) struct Writing<'w> {
    pub(crate) def: &'w RegisterDef,
    pub(crate) id: &'w str,
    pub(crate) how: How,
    pub(crate) why: Option<&'w str>,
}

impl Writing<'_> {
    /// Adds expectations and rows to a plan: superseded versions are closed, the version of today stands in the register's
    /// table, all others in its history.
    pub(crate) fn plan(
        &self,
        ctx: &OpCtx,
        versions: &Versions,
        revision: &Revision,
        mut plan: Plan,
    ) -> Plan {
        let (day, now) = (today(ctx), ctx.now());
        let mut next = versions.last + 1;
        let mut present = None;
        let mut had_present = None;
        plan = plan.expect(self.unwritten(next));
        if versions.known.iter().all(|known| known.version.is_some()) {
            plan = plan.expect(Expect::absent(
                self.def.table(),
                [("id", Value::from(self.id))],
            ));
        }
        for (at, known) in versions.known.iter().enumerate() {
            let superseded = revision.superseded.contains(&at);
            let now_present = !superseded && known.span.covers(day);
            plan = plan.expect(self.expectation(known));
            match known.version {
                None if now_present => present = Some(None),
                None => {
                    had_present = Some(());
                    let end = superseded.then_some(now);
                    plan = plan.change(self.past(next, &known.span, &known.validity, end, day));
                    next += 1;
                }
                Some(version) if superseded => {
                    let change = self.history("set").key("version", version);
                    plan = plan.change(change.with("known_end", now).with("pending", Value::Null));
                }
                // Its day has come: it moves to the register's table with all that is known of it.
                Some(version) if now_present => {
                    plan = plan.change(self.history("delete").key("version", version));
                    present = Some(Some((known.span.clone(), known.validity.clone())));
                }
                // Its days came and went while nobody looked.
                Some(version) if known.pending && known.span.from <= day => {
                    let change = self.history("set").key("version", version);
                    plan = plan.change(change.with("pending", Value::Null));
                }
                Some(_) => {}
            }
        }
        for fresh in &revision.fresh {
            let rest = fresh.rest_of.is_some();
            let validity = Validity {
                from: Some(fresh.span.from),
                to: fresh.span.to,
                known_from: Some(now),
                known_to: None,
                by: ctx.actor_name(),
                how: if rest { How::Kept } else { self.how },
                why: self.why.filter(|_| !rest).map(str::to_owned),
            };
            if fresh.span.covers(day) {
                present = Some(Some((fresh.span.clone(), validity)));
            } else {
                plan = plan.change(self.past(next, &fresh.span, &validity, None, day));
                next += 1;
            }
        }
        match (present, had_present) {
            (Some(Some((span, validity))), _) => {
                let change = to_change(self.def, self.id, &span.values, now);
                plan.change(with_validity(change, &span, &validity))
            }
            (None, Some(())) => plan.change(Change::delete(self.def.table()).key("id", self.id)),
            _ => plan,
        }
    }

    fn history(&self, verb: &str) -> Change {
        let table = self.def.history_table().unwrap_or_default();
        let change = match verb {
            "set" => Change::set(table),
            "delete" => Change::delete(table),
            _ => return Change::put(table).with("id", self.id),
        };
        change.key("id", self.id)
    }

    fn past(
        &self,
        version: i64,
        span: &Span,
        validity: &Validity,
        known_end: Option<Timestamp>,
        day: Date,
    ) -> Change {
        let pending = known_end.is_none() && span.from > day;
        let change = self
            .history("put")
            .with("version", version)
            .with("known_end", known_end)
            .with("pending", pending.then_some(1_i64));
        let change = with_validity(change, span, validity);
        with_values(self.def, change, &span.values)
    }

    /// Nobody else wrote the version of this number meanwhile.
    fn unwritten(&self, version: i64) -> Expect {
        let key = [("id", Value::from(self.id)), ("version", version.into())];
        Expect::absent(self.def.history_table().unwrap_or_default(), key)
    }

    fn expectation(&self, known: &Known) -> Expect {
        match known.version {
            None => Expect::unchanged(self.def.table(), [("id", Value::from(self.id))], known.pos),
            Some(version) => Expect::unchanged(
                self.def.history_table().unwrap_or_default(),
                [("id", Value::from(self.id)), ("version", version.into())],
                known.pos,
            ),
        }
    }
}

/// The columns of a version.
pub(crate) fn with_validity(change: Change, span: &Span, validity: &Validity) -> Change {
    change
        .with("valid_begin", span.from.to_string())
        .with("valid_end", span.to.map(|day| day.to_string()))
        .with("known_begin", validity.known_from)
        .with("known_by", validity.by.as_str())
        .with("known_how", validity.how.name())
        .with("known_why", validity.why.as_deref())
}
