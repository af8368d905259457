//! A board of indicators over the cases of one system.

use jiff::Timestamp;
use yuandu_identity::Filter;
use yuandu_store::{Reader, Row};

use crate::compile::{Compiled, compile};
use crate::queries::{self, Query};
use crate::{IndicatorDef, InsightError};

/// Where the cases of a system stand: the universal table and the one of its declared facts, joined by `id`.
#[derive(Debug, Clone)]
pub struct CaseTables {
    /// System of the cases.
    pub system: String,
    /// Table of universal columns.
    pub cases: String,
    /// Columns of it that conditions may name.
    pub universal: Vec<String>,
    /// Table of declared facts.
    pub facts: String,
    /// Columns of it that conditions may name.
    pub declared: Vec<String>,
}

impl CaseTables {
    /// The SQL of a fact, with the aliases used by every query here.
    fn column(&self, fact: &str) -> Option<String> {
        if self.declared.iter().any(|name| name == fact) {
            Some(format!("f.{fact}"))
        } else if self.universal.iter().any(|name| name == fact) {
            Some(format!("c.{fact}"))
        } else {
            None
        }
    }
}

/// Which cases count.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Opened at or after.
    pub from: Timestamp,
    /// Opened before.
    pub to: Timestamp,
    /// Handling organisation, if only one.
    pub org: Option<String>,
    /// Division, if only one.
    pub division: Option<String>,
    /// Class of the category (two digits), if only one.
    pub class: Option<String>,
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The indicator.
    pub id: String,
    /// Cases in the numerator.
    pub numerator: u64,
    /// Cases in the denominator.
    pub denominator: u64,
}

impl Measured {
    /// The share in percent; none when nothing was due.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^52")]
        let share = 100.0 * self.numerator as f64 / self.denominator as f64;
        (self.denominator > 0).then_some(share)
    }
}

/// Which part of a figure to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The cases counted above the line.
    Numerator,
    /// The cases counted below the line.
    Denominator,
    /// The cases below the line that are not above it: what to look at first.
    Rest,
}

/// The cases behind a figure.
#[derive(Debug)]
pub struct Behind {
    /// Rows of the universal table, newest first.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub more: bool,
}

#[derive(Debug)]
struct Ready {
    def: IndicatorDef,
    numerator: Compiled,
    denominator: Compiled,
}

/// Indicators ready to be measured.
#[derive(Debug)]
pub struct Board {
    tables: CaseTables,
    indicators: Vec<Ready>,
}

impl Board {
    /// Compiles the indicators; every one that cannot be compiled is reported.
    pub fn new(tables: CaseTables, mut definitions: Vec<IndicatorDef>) -> Result<Self, Vec<InsightError>> {
        definitions.sort_by(|left, right| (left.order, &left.id).cmp(&(right.order, &right.id)));
        let (mut indicators, mut problems) = (Vec::new(), Vec::new());
        for def in definitions {
            // Compiled once to be refused early; numbered again for each query.
            match (compile(&def.numerator, &|fact| tables.column(fact), 1), compile(&def.denominator, &|fact| tables.column(fact), 1)) {
                (Ok(numerator), Ok(denominator)) => indicators.push(Ready { def, numerator, denominator }),
                (numerator, denominator) => problems.extend([numerator.err(), denominator.err()].into_iter().flatten()),
            }
        }
        if problems.is_empty() { Ok(Self { tables, indicators }) } else { Err(problems) }
    }

    /// The indicators in the order of the board.
    pub fn indicators(&self) -> impl Iterator<Item = &IndicatorDef> {
        self.indicators.iter().map(|ready| &ready.def)
    }

    /// All figures in one query, over the cases that `filter` lets the asker see (columns of alias `c`).
    pub fn measure(&self, reader: &Reader<'_>, realm: i64, scope: &Scope, filter: &Filter, now: Timestamp) -> Result<Vec<Measured>, InsightError> {
        let mut query = Query::new(&self.tables, realm, scope, filter);
        let sums: Vec<String> = self
            .indicators
            .iter()
            .enumerate()
            .map(|(at, ready)| {
                let denominator = query.add(&ready.denominator, now);
                let numerator = query.add(&ready.numerator, now);
                queries::counts(at, &denominator, &numerator)
            })
            .collect();
        let sql = query.measuring(&sums);
        let Some(row) = reader.query_one(&sql, &query.parameters)? else { return Ok(Vec::new()) };
        let figure = |(at, ready): (usize, &Ready)| {
            Ok(Measured {
                id: ready.def.id.clone(),
                numerator: row.int(&format!("n{at}"))?.unsigned_abs(),
                denominator: row.int(&format!("d{at}"))?.unsigned_abs(),
            })
        };
        self.indicators.iter().enumerate().map(figure).collect()
    }

    /// The cases behind one figure, newest first, after the case opened at `after` with that id.
    pub fn cases_behind(
        &self,
        reader: &Reader<'_>,
        (id, part): (&str, Part),
        (realm, scope, filter): (i64, &Scope, &Filter),
        now: Timestamp,
        (after, limit): (Option<(Timestamp, &str)>, u32),
    ) -> Result<Behind, InsightError> {
        let ready = self.indicators.iter().find(|ready| ready.def.id == id).ok_or_else(|| InsightError::Unknown { id: id.to_owned() })?;
        let mut query = Query::new(&self.tables, realm, scope, filter);
        let denominator = query.add(&ready.denominator, now);
        let condition = match part {
            Part::Denominator => denominator,
            Part::Numerator => format!("{denominator} AND {}", query.add(&ready.numerator, now)),
            Part::Rest => format!("{denominator} AND {}", queries::not_true(&query.add(&ready.numerator, now))),
        };
        let limit = i64::from(limit.min(1000));
        let sql = query.listing(&condition, after, limit + 1);
        let mut rows = reader.query(&sql, &query.parameters)?;
        let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Behind { rows, more })
    }
}
