//! The synthetic census of components: what stands along the streets of the demo area, who owns it and how it fares.
//!
//! Pure and streamed: component `n` depends on `n` and the size of the census only.

use jiff::civil::Date;
use serde::Serialize;
use yuandu_base::LocalText;
use yuandu_geo::Position;

use crate::City;
use crate::component_mix::{MIX, STATES, Share};
use crate::random::Dice;
use crate::trades::unit_in_charge;

/// How a component fares (GB/T 47678.5-2026 table 2, GLBJZT); codes as in `component-states.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// 完好.
    Intact,
    /// 破损.
    Damaged,
    /// 丢失.
    Lost,
    /// 废弃.
    Abandoned,
    /// 移除.
    Removed,
}

impl State {
    /// The code in `component-states.csv`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Abandoned => "abandoned",
            Self::Removed => "removed",
        }
    }
}

/// One component (部件).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Component {
    /// 17 digits: district, kind, sequence.
    pub code: String,
    /// Name of its kind in Chinese, which is also its title.
    pub title: String,
    /// Five digits of the kind.
    pub kind: &'static str,
    /// Where it stands.
    pub position: Position,
    /// The place in words.
    pub address: LocalText,
    /// Code of the unit grid it stands in.
    pub grid: String,
    /// Name of the community it stands in; its codes are the first 9 and 12 characters of `grid`.
    pub community_name: String,
    /// Id of the authority in charge.
    pub authority: &'static str,
    /// Id of the owner.
    pub owner: String,
    /// Id of the unit that keeps it up.
    pub upkeep: String,
    /// How it fares.
    pub state: State,
    /// When it was first recorded.
    pub installed_on: Date,
    /// When its state changed; only where it is not intact.
    pub changed_on: Option<Date>,
    /// Code in `data-sources.csv`.
    pub data_source: &'static str,
    /// Code in `accuracy-classes.csv`.
    pub accuracy: &'static str,
}

/// The census of `count` components, ordered by kind. The sequence numbers count up within district and kind.
pub fn components(city: &City, count: usize) -> impl Iterator<Item = Component> + '_ {
    let mut sequences = std::collections::BTreeMap::<(String, &str), u32>::new();
    MIX.iter()
        .zip(numbers_of_each(count))
        .flat_map(|(share, own)| (0..own).map(move |n| (share, n, own)))
        .filter_map(move |(share, n, own)| {
            let mut component = place(city, share, n, own)?;
            let district = component.grid.get(..6)?.to_owned();
            let sequence = sequences.entry((district.clone(), share.kind)).or_default();
            *sequence += 1;
            component.code = format!("{district}{}{sequence:06}", share.kind);
            Some(component)
        })
}

/// How many of each kind; the first, the street tree, takes what rounding leaves.
fn numbers_of_each(count: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = MIX.iter().map(|s| count * s.share / 10_000).collect();
    let given: usize = numbers.iter().sum();
    if let Some(first) = numbers.first_mut() {
        *first += count.saturating_sub(given);
    }
    numbers
}

/// Stands the `n`th of `own` components of a kind beside the street: evenly along the whole network, sides in turn.
fn place(city: &City, share: &Share, n: usize, own: usize) -> Option<Component> {
    let mut dice = Dice::new(share.kind, n as u64);
    let spacing = city.network.metres() / as_f64(own);
    let along = (as_f64(n) + 0.3 + 0.4 * dice.fraction()) * spacing;
    let off = share.from_middle + share.strays * (dice.fraction() - 0.5);
    let side = city
        .network
        .place(along, if n.is_multiple_of(2) { off } else { -off })?;
    let grid = city.grids.locate(side.position)?;
    let owner = unit_in_charge(share.kind, grid.district());
    let state = dice.weighted(&STATES)?;
    let installed_on = day(2008, dice.below(6570))?;
    let changed_on = (state != State::Intact)
        .then(|| day(2026, dice.below(180)))
        .flatten();
    Some(Component {
        code: String::new(),
        title: city.component_name(share.kind)?.to_owned(),
        kind: share.kind,
        position: side.position,
        address: side.address,
        grid: grid.code.clone(),
        community_name: grid.community_name.clone(),
        authority: "city-management",
        upkeep: upkeep(&owner, grid.district(), &mut dice),
        owner,
        state,
        installed_on,
        changed_on,
        data_source: dice.weighted(&[
            ("survey", 70),
            ("topographic", 15),
            ("base_geodata", 10),
            ("other", 5),
        ])?,
        accuracy: dice.weighted(&[("A", 60), ("B", 30), ("C", 10)])?,
    })
}

/// Mostly the owner keeps its things itself; some covers of utilities are kept by the district's municipal works.
fn upkeep(owner: &str, district: &str, dice: &mut Dice) -> String {
    if owner == "drainage" && dice.chance(30) {
        return format!("municipal-works-{district}");
    }
    owner.to_owned()
}

/// The day `days` after the beginning of `year`.
fn day(year: i16, days: u64) -> Option<Date> {
    let days = i64::try_from(days).ok()?;
    jiff::civil::date(year, 1, 1)
        .checked_add(jiff::Span::new().days(days))
        .ok()
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
