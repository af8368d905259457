//! A board of indicators over the cases of one system.

use jiff::{SignedDuration, Timestamp};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Opened at or after.
    pub from: Timestamp,
    /// Opened before.
    pub to: Timestamp,
    /// Handling organisation, if only one; empty for the cases that have none yet.
    pub org: Option<String>,
    /// Division, if only one; empty for the cases without.
    pub division: Option<String>,
    /// Class of the category (two digits), if only one; empty for the cases without.
    pub class: Option<String>,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of cases are far below 2^52"
        )]
        let share = 100.0 * self.numerator as f64 / self.denominator as f64;
        (self.denominator > 0).then_some(share)
    }
}

/// What the cases of a board are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The organisation that has the case.
    Org,
    /// The class of the category.
    Class,
    /// The division.
    Division,
    /// Stretches of this length, counted from the beginning of the scope: `0`, `1`, ...
    Stretch(SignedDuration),
}

/// The figures of the cases that agree in what a board is grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The values they agree in, in the order asked; empty where the cases have none.
    pub keys: Vec<String>,
    /// How many cases there are.
    pub cases: u64,
    /// The figures, in the order of the board.
    pub figures: Vec<Measured>,
}

impl Group {
    /// Adds the counts of other cases of the same board. Shares cannot be added, counts can.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        for (own, more) in self.figures.iter_mut().zip(&other.figures) {
            own.numerator += more.numerator;
            own.denominator += more.denominator;
        }
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
    pub fn new(
        tables: CaseTables,
        mut definitions: Vec<IndicatorDef>,
    ) -> Result<Self, Vec<InsightError>> {
        definitions.sort_by(|left, right| (left.order, &left.id).cmp(&(right.order, &right.id)));
        let (mut indicators, mut problems) = (Vec::new(), Vec::new());
        for def in definitions {
            // Compiled once to be refused early; numbered again for each query.
            match (
                compile(&def.numerator, &|fact| tables.column(fact), 1),
                compile(&def.denominator, &|fact| tables.column(fact), 1),
            ) {
                (Ok(numerator), Ok(denominator)) => indicators.push(Ready {
                    def,
                    numerator,
                    denominator,
                }),
                (numerator, denominator) => {
                    problems.extend([numerator.err(), denominator.err()].into_iter().flatten())
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { tables, indicators })
        } else {
            Err(problems)
        }
    }

    /// The indicators in the order of the board.
    pub fn indicators(&self) -> impl Iterator<Item = &IndicatorDef> {
        self.indicators.iter().map(|ready| &ready.def)
    }

    /// All figures in one query, over the cases that `filter` lets the asker see (columns of alias `c`).
    pub fn measure(
        &self,
        reader: &Reader<'_>,
        (realm, scope, filter): (i64, &Scope, &Filter),
        now: Timestamp,
    ) -> Result<Vec<Measured>, InsightError> {
        let groups = self.measure_by(reader, &[], (realm, scope, filter), now)?;
        Ok(groups
            .into_iter()
            .next()
            .map_or_else(|| self.nothing(), |group| group.figures))
    }

    /// All figures of every group in one query, in the order of the groups' keys. Groups without cases are left out.
    pub fn measure_by(
        &self,
        reader: &Reader<'_>,
        by: &[By],
        (realm, scope, filter): (i64, &Scope, &Filter),
        now: Timestamp,
    ) -> Result<Vec<Group>, InsightError> {
        let mut query = Query::new(&self.tables, realm, scope, filter);
        let keys: Vec<String> = by.iter().map(|by| query.key(*by, scope.from)).collect();
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
        let sql = query.measuring(&keys, &sums);
        let rows = reader.query(&sql, &query.parameters)?;
        rows.iter().map(|row| self.group(row, by)).collect()
    }

    fn group(&self, row: &Row, by: &[By]) -> Result<Group, InsightError> {
        let keys = by.iter().enumerate().map(|(at, by)| {
            let name = format!("k{at}");
            Ok(match by {
                By::Stretch(_) => row.int(&name)?.to_string(),
                _ => row.opt_text(&name)?.unwrap_or_default(),
            })
        });
        let figures = self.indicators.iter().enumerate().map(|(at, ready)| {
            Ok(Measured {
                id: ready.def.id.clone(),
                numerator: row.int(&format!("n{at}"))?.unsigned_abs(),
                denominator: row.int(&format!("d{at}"))?.unsigned_abs(),
            })
        });
        Ok(Group {
            keys: keys.collect::<Result<_, InsightError>>()?,
            cases: row.int("everything")?.unsigned_abs(),
            figures: figures.collect::<Result<_, InsightError>>()?,
        })
    }

    /// The figures where there are no cases.
    fn nothing(&self) -> Vec<Measured> {
        let none = |ready: &Ready| Measured {
            id: ready.def.id.clone(),
            numerator: 0,
            denominator: 0,
        };
        self.indicators.iter().map(none).collect()
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
        let ready = self
            .indicators
            .iter()
            .find(|ready| ready.def.id == id)
            .ok_or_else(|| InsightError::Unknown { id: id.to_owned() })?;
        let mut query = Query::new(&self.tables, realm, scope, filter);
        let denominator = query.add(&ready.denominator, now);
        let condition = match part {
            Part::Denominator => denominator,
            Part::Numerator => format!("{denominator} AND {}", query.add(&ready.numerator, now)),
            Part::Rest => format!(
                "{denominator} AND {}",
                queries::not_true(&query.add(&ready.numerator, now))
            ),
        };
        let limit = i64::from(limit.min(1000));
        let sql = query.listing(&condition, after, limit + 1);
        let mut rows = reader.query(&sql, &query.parameters)?;
        let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Behind { rows, more })
    }
}
