//! Making the scripts: what, where, by whom, and when each thing happened.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use yuandu_base::LocalText;
use yuandu_geo::Position;

use super::moves::{Facts, Move, way_to};
use super::words::{Template, choose, choose_of, contact, fill, templates};
use super::{CaseScript, CaseStep, Progress};
use crate::components::Component;
use crate::random::Dice;
use crate::{City, DemoError, collector_of, unit_in_charge};

/// Reports of these kinds go straight to acceptance, as `case.bpmn` has it; all others are verified on the spot first.
const SEEN: [&str; 2] = ["collector", "import"];

/// How many of four hundred cases stand where. Most of a city's cases are closed ones.
const SHARES: [(Progress, usize); 14] = [
    (Progress::Verifying, 26),
    (Progress::Accepting, 24),
    (Progress::Dispatching, 18),
    (Progress::Signing, 20),
    (Progress::Handling, 48),
    (Progress::ExtensionAsked, 8),
    (Progress::SentBack, 8),
    (Progress::Arbitrating, 4),
    (Progress::Checking, 24),
    (Progress::Closing, 14),
    (Progress::Reworking, 8),
    (Progress::Closed, 164),
    (Progress::Refused, 20),
    (Progress::Merged, 14),
];

/// Four hundred scripts relative to `now`, none of it later. Component matters point at components of `census`.
pub fn case_scripts(
    city: &City,
    census: &[Component],
    now: Timestamp,
) -> Result<Vec<CaseScript>, DemoError> {
    let templates = templates()?;
    let mut by_kind: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for component in census {
        by_kind.entry(component.kind).or_default().push(component);
    }
    let maker = Maker {
        city,
        by_kind,
        now,
        templates: &templates,
    };
    let mut scripts: Vec<CaseScript> = Vec::new();
    for (progress, count) in SHARES {
        for _ in 0..count {
            let number = scripts.len();
            let script = if progress == Progress::Merged {
                maker.duplicate(number, &scripts)
            } else {
                maker.script(number, progress)
            };
            scripts.extend(script);
        }
    }
    Ok(scripts)
}

struct Maker<'a> {
    city: &'a City,
    by_kind: BTreeMap<&'a str, Vec<&'a Component>>,
    now: Timestamp,
    templates: &'a [Template],
}

/// Where and what a report is about.
struct Subject {
    category: String,
    position: Position,
    address: LocalText,
    component: Option<String>,
    words: String,
}

impl Maker<'_> {
    fn script(&self, number: usize, progress: Progress) -> Option<CaseScript> {
        let mut dice = Dice::new("case", number as u64);
        let template = choose(self.templates, &mut dice)?;
        let subject = self.subject(template, &mut dice)?;
        let mut script = self.report(number, progress, subject, &mut dice)?;
        let way = way_to(progress, verified_first(script.reporter_kind), &mut dice);
        let gaps: Vec<i64> = way
            .iter()
            .map(|step| minutes_of(*step, &mut dice))
            .collect();
        let total: i64 = gaps.iter().sum();
        let waited = waited_minutes(progress, total, &mut dice);
        script.reported_at = daytime(minutes_before(self.now, total + waited));
        self.walk(&mut script, &way, &gaps, &mut dice);
        Some(script)
    }

    /// A second report of a matter that is already on its way, merged by the seat.
    fn duplicate(&self, number: usize, others: &[CaseScript]) -> Option<CaseScript> {
        let mut dice = Dice::new("case", number as u64);
        let taken: Vec<Option<usize>> = others
            .iter()
            .flat_map(|s| s.steps.iter().map(|step| step.parent))
            .collect();
        let (parent, main) = others.iter().enumerate().find(|(place, other)| {
            matches!(
                other.progress,
                Progress::Handling | Progress::Checking | Progress::Closing
            ) && other.reported_at < minutes_before(self.now, 600)
                && !taken.contains(&Some(*place))
        })?;
        let template = choose_of(self.templates, &main.category, &mut dice)?;
        let near = Position::new(
            main.position.lon() + (dice.fraction() - 0.5) * 0.000_2,
            main.position.lat() + (dice.fraction() - 0.5) * 0.000_2,
        )
        .ok()?;
        let subject = Subject {
            category: main.category.clone(),
            position: near,
            address: main.address.clone(),
            component: None,
            words: fill(template, &main.address.zh, &mut dice),
        };
        let mut script = self.report(number, Progress::Merged, subject, &mut dice)?;
        let way = way_to(
            Progress::Merged,
            verified_first(script.reporter_kind),
            &mut dice,
        );
        let gaps: Vec<i64> = way
            .iter()
            .map(|step| minutes_of(*step, &mut dice))
            .collect();
        script.reported_at = minutes_before(main.reported_at, -dice.between(40, 400));
        self.walk(&mut script, &way, &gaps, &mut dice);
        for step in script.steps.iter_mut().filter(|s| s.outcome == "merge") {
            step.parent = Some(parent);
        }
        Some(script)
    }

    /// A component out of order where the census has one, otherwise somewhere along the streets.
    fn subject(&self, template: &Template, dice: &mut Dice) -> Option<Subject> {
        let own = self.by_kind.get(template.code.as_str());
        if let Some(component) = own.and_then(|own| dice.pick(own)) {
            return Some(Subject {
                category: template.code.clone(),
                position: component.position,
                address: component.address.clone(),
                component: Some(component.code.clone()),
                words: fill(template, &component.address.zh, dice),
            });
        }
        let along = dice.fraction() * self.city.network.metres();
        let beside = (dice.fraction() - 0.5) * 24.0;
        let side = self.city.network.place(along, beside)?;
        Some(Subject {
            category: template.code.clone(),
            position: side.position,
            words: fill(template, &side.address.zh, dice),
            address: side.address,
            component: None,
        })
    }

    fn report(
        &self,
        number: usize,
        progress: Progress,
        subject: Subject,
        dice: &mut Dice,
    ) -> Option<CaseScript> {
        let grid = self.city.grids.locate(subject.position)?;
        let (channel, reporter_kind) = if progress == Progress::Verifying {
            ("web", "public")
        } else {
            dice.weighted(&[
                (("web", "public"), 50),
                (("hotline", "hotline"), 14),
                (("open311", "open311"), 6),
                (("collector", "collector"), 30),
            ])?
        };
        let own = reporter_kind == "collector";
        let left_contact = !own && (channel == "hotline" || dice.chance(70));
        let (name, phone) = left_contact.then(|| contact(dice)).unzip();
        Some(CaseScript {
            key: format!("demo-case-{:04}", number + 1),
            category: subject.category,
            words: subject.words,
            position: subject.position,
            address: subject.address,
            grid: grid.code.clone(),
            component: subject.component,
            channel,
            reporter_kind,
            contact_name: name,
            contact_phone: phone,
            reported_by: if own {
                collector_of(&self.city.grids, &grid.community)
            } else {
                None
            },
            reported_at: self.now,
            photos: u8::try_from(dice.below(3)).unwrap_or(0).max(u8::from(own)),
            progress,
            steps: Vec::new(),
        })
    }

    fn walk(&self, script: &mut CaseScript, way: &[Move], gaps: &[i64], dice: &mut Dice) {
        let district = script.grid.get(..6).unwrap_or_default().to_owned();
        let unit = unit_in_charge(&script.category, &district);
        let wrong_unit = match unit.starts_with("municipal-works") {
            true => format!("sanitation-{district}"),
            false => format!("municipal-works-{district}"),
        };
        let community = script.grid.get(..12).unwrap_or_default();
        let collector = collector_of(&self.city.grids, community).unwrap_or_default();
        let facts = Facts {
            city: self.city,
            category: &script.category,
            place: script.position,
            collector: &collector,
            unit: &unit,
            wrong_unit: &wrong_unit,
        };
        let mut at = script.reported_at;
        let mut steps = Vec::with_capacity(way.len());
        for (step, gap) in way.iter().zip(gaps) {
            at = minutes_before(at, -gap);
            steps.push(CaseStep {
                at,
                actor: step.actor(&facts, dice),
                node: step.node(),
                outcome: step.outcome(),
                data: step.data(&facts, dice),
                photo_field: step.photo_field(),
                parent: None,
            });
        }
        script.steps = steps;
    }
}

fn verified_first(reporter_kind: &str) -> bool {
    !SEEN.contains(&reporter_kind)
}

fn minutes_of(step: Move, dice: &mut Dice) -> i64 {
    let (shortest, longest) = step.minutes();
    dice.between(shortest, longest)
}

/// How long the case has been where it stands: minutes for a fresh report, days for one a unit is working on.
fn waited_minutes(progress: Progress, total: i64, dice: &mut Dice) -> i64 {
    const SIXTY_DAYS: i64 = 60 * 24 * 60;
    let (shortest, longest) = match progress {
        Progress::Verifying => (3, 110),
        Progress::Accepting => (1, 22),
        Progress::Dispatching => (1, 18),
        Progress::Signing => (10, 300),
        Progress::Handling | Progress::ExtensionAsked => (30, 3_000),
        Progress::SentBack | Progress::Arbitrating => (20, 1_500),
        Progress::Checking => (5, 90),
        Progress::Closing => (2, 45),
        Progress::Reworking => (60, 3_000),
        Progress::Closed | Progress::Refused | Progress::Merged => {
            (600, (SIXTY_DAYS - total - 1_440).max(601))
        }
    };
    dice.between(shortest, longest)
}

fn minutes_before(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_mins(minutes))
        .unwrap_or(at)
}

/// Few people report between midnight and six in the morning; such a report is moved to the evening before.
fn daytime(at: Timestamp) -> Timestamp {
    let beijing = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let hour = i64::from(beijing.hour());
    match hour < 6 {
        true => minutes_before(at, (hour + 4) * 60),
        false => at,
    }
}
