//! What was measured, and for how long it may be shown again.
//!
//! Measuring walks every case of two periods. A picture is shown again while no case changed since, and for a minute at
//! most, because due instants pass by themselves. It says when it was measured.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use yuandu_api::operations::indicators;
use yuandu_api::{ApiError, App, Visitor};
use yuandu_identity::{ColumnMap, Resource, ResourceKind};
use yuandu_insight::{By, Group, Scope};
use yuandu_process::StageCount;

use super::asked::{Asked, Period};

const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// Pictures kept at once; leaders of one city ask for few different ones.
const MOST: usize = 64;

/// Everything a board shows, of one moment.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) measured_at: Timestamp,
    /// Entries the log had then.
    pub(super) entries: u64,
    pub(super) period: Period,
    pub(super) total: Group,
    pub(super) before: Group,
    pub(super) by_org: Vec<Group>,
    pub(super) by_class: Vec<Group>,
    pub(super) by_division: Vec<Group>,
    /// Open cases by stage and lamp, whenever they were opened.
    pub(super) stages: Vec<StageCount>,
    /// Cases reported in the period and in the one before that are in the archive, where nothing counts them.
    pub(super) archived: [u64; 2],
    /// How often the table of cases had changed.
    stamp: u64,
}

impl Picture {
    /// Open cases by lamp: green, yellow, red.
    pub(super) fn lamps(&self) -> [u64; 3] {
        let sum =
            |of: fn(&StageCount) -> i64| self.stages.iter().map(of).sum::<i64>().unsigned_abs();
        [
            sum(|stage| stage.green),
            sum(|stage| stage.yellow),
            sum(|stage| stage.red),
        ]
    }
}

/// Pictures by what was asked and what the asker may see.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<String, Arc<Picture>>>>);

impl Kept {
    /// The picture asked for, measured now unless a fresh one is kept. Call it inside [`App::run`].
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub(super) fn picture(
        &self,
        app: &App,
        visitor: &Visitor,
        system: &str,
        asked: &Asked,
    ) -> Result<Arc<Picture>, ApiError> {
        app.gate
            .require(&visitor.ctx, "indicators.view", &Resource::package(system))?;
        let now = visitor.ctx.now();
        yuandu_page::choices::known(app, &[("org", &asked.org), ("class", &asked.class)])?;
        let period = asked.period(app, now)?;
        let key = key(app, visitor, system, asked, period)?;
        // Stamped before measuring: a change in between makes the picture be taken once more, never once too few.
        let stamp = app.store.touched("cases");
        let known = self.lock().get(&key).cloned();
        let usable = |known: &Arc<Picture>| {
            known.stamp == stamp && now.duration_since(known.measured_at) < FRESH
        };
        if let Some(known) = known.filter(usable) {
            return Ok(known);
        }
        let taken = Arc::new(take(app, visitor, system, asked, (period, stamp))?);
        let mut pictures = self.lock();
        if pictures.len() >= MOST {
            pictures.retain(|_, picture| now.duration_since(picture.measured_at) < FRESH);
        }
        if pictures.len() < MOST {
            pictures.insert(key, Arc::clone(&taken));
        }
        Ok(taken)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Picture>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What may be seen is part of the key: the condition that the gate adds to every query.
fn key(
    app: &App,
    visitor: &Visitor,
    system: &str,
    asked: &Asked,
    period: Period,
) -> Result<String, ApiError> {
    let seen = app.gate.filter(
        &visitor.ctx,
        "cases.list",
        ResourceKind::Case,
        &ColumnMap::cases("c"),
        1,
    )?;
    let Asked {
        org,
        division,
        class,
        ..
    } = asked;
    let (first, last) = (period.first, period.last);
    Ok(format!(
        "{system} {first} {last} {org:?} {division:?} {class:?} {seen:?}"
    ))
}

fn take(
    app: &App,
    visitor: &Visitor,
    system: &str,
    asked: &Asked,
    (period, stamp): (Period, u64),
) -> Result<Picture, ApiError> {
    let entries = app.store.size();
    let scope = asked.scope((period.from, period.to));
    let by = [By::Org, By::Class, By::Division];
    let groups = indicators::measure_by(app, visitor, system, &by, &scope)?;
    let total = whole(app, visitor, system, &scope, &groups)?;
    let scope_before = asked.scope(period.before());
    let before = indicators::measure_by(app, visitor, system, &[], &scope_before)?;
    let stages = app
        .engine
        .count_stages(&visitor.ctx, &asked.filter(system))?;
    Ok(Picture {
        measured_at: visitor.ctx.now(),
        entries,
        period,
        before: before.into_iter().next().unwrap_or_else(|| empty(&total)),
        total,
        by_org: folded(&groups, 0),
        by_class: folded(&groups, 1),
        by_division: folded(&groups, 2),
        stages,
        archived: [
            app.archived_in(system, &scope)?,
            app.archived_in(system, &scope_before)?,
        ],
        stamp,
    })
}

/// The sum of all groups; where there is none, the figures of no cases.
fn whole(
    app: &App,
    visitor: &Visitor,
    system: &str,
    scope: &Scope,
    groups: &[Group],
) -> Result<Group, ApiError> {
    let Some((first, rest)) = groups.split_first() else {
        return Ok(Group {
            keys: Vec::new(),
            cases: 0,
            figures: indicators::measure(app, visitor, system, scope)?,
        });
    };
    let mut sum = first.clone();
    for group in rest {
        sum.add(group);
    }
    Ok(sum)
}

fn empty(like: &Group) -> Group {
    let mut none = like.clone();
    none.cases = 0;
    for figure in &mut none.figures {
        (figure.numerator, figure.denominator) = (0, 0);
    }
    none
}

/// The groups added up over one of their keys, those with the most cases first.
fn folded(groups: &[Group], at: usize) -> Vec<Group> {
    let mut sums: BTreeMap<&str, Group> = BTreeMap::new();
    for group in groups {
        let Some(key) = group.keys.get(at) else {
            continue;
        };
        let own = Group {
            keys: vec![key.clone()],
            ..group.clone()
        };
        match sums.get_mut(key.as_str()) {
            Some(sum) => sum.add(&own),
            None => drop(sums.insert(key, own)),
        }
    }
    let mut folded: Vec<Group> = sums.into_values().collect();
    folded.sort_by_key(|group| std::cmp::Reverse(group.cases));
    folded
}

#[cfg(test)]
mod tests {
    use super::folded;
    use yuandu_insight::{Group, Measured};

    fn group(keys: [&str; 2], cases: u64, numerator: u64) -> Group {
        Group {
            keys: keys.map(str::to_owned).into(),
            cases,
            figures: vec![Measured {
                id: "a".to_owned(),
                numerator,
                denominator: cases,
            }],
        }
    }

    #[test]
    fn groups_add_up_over_one_key() {
        let groups = [
            group(["lamps", "01"], 2, 1),
            group(["lamps", "02"], 1, 1),
            group(["water", "02"], 7, 0),
        ];
        let by_unit: Vec<(String, u64, u64)> = folded(&groups, 0)
            .into_iter()
            .map(|group| (group.keys.concat(), group.cases, group.figures[0].numerator))
            .collect();
        assert_eq!(
            by_unit,
            [("water".to_owned(), 7, 0), ("lamps".to_owned(), 3, 2)]
        );
        let cases: Vec<u64> = folded(&groups, 1).iter().map(|group| group.cases).collect();
        assert_eq!(cases, [8, 2]);
    }
}
