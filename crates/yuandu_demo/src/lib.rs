//! The demo city: real divisions and codes, synthetic organisations, people, components and cases. Pure computation.
//!
//! Everything is made from the carried data and a fixed seed, so two demo cities are alike to the last digit. Nothing is
//! stored here: whoever seeds a city feeds these structs through the platform's own write path. Start with [`City::build`].
#![deny(missing_docs)]

mod cases;
mod categories;
mod component_mix;
mod components;
mod divisions;
mod embedded;
mod error;
mod grids;
mod nyc311;
mod organisations;
mod partition;
mod people;
mod population;
mod random;
mod streets;
mod synthetic_codes;
mod trades;

use std::collections::BTreeMap;

use yuandu_geo::Area;

pub use cases::{CaseScript, CaseStep, Progress, case_scripts, timeline};
pub use categories::{Category, component_kinds, matters};
pub use components::{Component, State, components};
pub use divisions::{Division, DivisionLevel, divisions, outlines};
pub use error::DemoError;
pub use grids::{Grids, ResponsibilityGrid, UnitGrid};
pub use nyc311::{ImportRecord, Mapping, Refusal, RefusalKind, RowOutcome, demo_rows, import_rows};
pub use organisations::{Organisation, OrganisationKind};
pub use people::{DEMO_PASSWORD, Person, Post, collector_of, handler_login};
pub use population::{Population, write_entities, write_population};
pub use trades::unit_in_charge;

/// The demo city without its components and cases, which are made from it.
pub struct City {
    /// Every division, the city first, parents before children.
    pub divisions: Vec<Division>,
    /// The outlines of the county-level divisions by code.
    pub outlines: Vec<(String, Area)>,
    /// The grids of the central area.
    pub grids: Grids,
    /// Organisations, parents before children.
    pub organisations: Vec<Organisation>,
    /// Posts, each with the one person who holds it.
    pub staff: Vec<(Post, Person)>,
    network: streets::Network,
    component_names: BTreeMap<String, String>,
    matters: BTreeMap<String, Category>,
}

impl City {
    /// Builds the city from the data carried in the program.
    pub fn build() -> Result<Self, DemoError> {
        let divisions = divisions::divisions()?;
        let outlines = divisions::outlines()?;
        let grids = Grids::build(&divisions, &outlines)?;
        let organisations = organisations::organisations(&divisions, &grids)?;
        let staff = people::posts_and_people(&organisations, &grids)?;
        Ok(Self {
            network: streets::Network::new(),
            component_names: component_kinds()?
                .into_iter()
                .map(|c| (c.code, c.name_zh))
                .collect(),
            matters: matters()?
                .into_iter()
                .map(|c| (c.code.clone(), c))
                .collect(),
            divisions,
            outlines,
            grids,
            organisations,
            staff,
        })
    }

    fn component_name(&self, kind: &str) -> Option<&str> {
        self.component_names.get(kind).map(String::as_str)
    }

    fn matter(&self, code: &str) -> Option<&Category> {
        self.matters.get(code)
    }
}
