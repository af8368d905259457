//! Puts the parts of a city together: packages, store, gate, engine, registers, map, indicators.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rust_embed::RustEmbed;
use serde_json::{Map, Value};
use yuandu_api::{App, AppParts, SystemInfo};
use yuandu_base::calendar::Calendar;
use yuandu_base::{Clock, LocalText, Problem};
use yuandu_continuity::{Client, ClientOptions};
use yuandu_exchange::Exchange;
use yuandu_identity::{Gate, Identity, IdentityOptions, OpCtx, Vault, kernel_roles};
use yuandu_insight::{Board, CaseTables};
use yuandu_oidc::Provider;
use yuandu_package::{Package, Packages, Source, load_all};
use yuandu_pki::Pki;
use yuandu_places::{Locator, Tiles};
use yuandu_process::{Engine, ProcessError, Sources, Surrounds};
use yuandu_registers::{Registers, RegistersError};
use yuandu_store::{Store, StoreOptions, TableDef};

use crate::archive;
use crate::city::City;
use crate::exchange::{CityHoldings, HttpCarrier};

/// The packages built into the program.
#[derive(RustEmbed)]
#[folder = "../../systems/"]
struct Systems;

/// The register of divisions and the one of unit grids, which tell where a position lies.
const DIVISIONS: &str = "r_spatial_division";
const GRIDS: &str = "r_city_care_grid";

/// Loads the packages built in, or those below a folder.
pub fn packages(folder: Option<&Path>) -> anyhow::Result<Packages> {
    let sources = match folder {
        Some(folder) => Source::all_on_disk(folder)
            .with_context(|| format!("cannot read `{}`", folder.display()))?,
        None => Source::all_in_memory(
            Systems::iter().filter_map(|path| Some((path.to_string(), Systems::get(&path)?.data))),
        ),
    };
    load_all(&sources).map_err(|problems| {
        let lines: Vec<String> = problems
            .iter()
            .map(|found| {
                format!(
                    "{}:{}: {}",
                    found.file, found.line, found.problem.message.en
                )
            })
            .collect();
        anyhow::anyhow!("the packages have problems:\n{}", lines.join("\n"))
    })
}

/// Every table of a city: those of the kernel and those that the packages declare.
pub fn tables(packages: &Packages) -> Vec<TableDef> {
    let mut tables = yuandu_identity::schema();
    tables.extend(yuandu_oidc::schema());
    tables.extend(yuandu_pki::schema());
    tables.extend(yuandu_process::schema());
    tables.extend(yuandu_registers::schema());
    tables.extend(yuandu_exchange::schema());
    tables.extend(packages.table_defs());
    tables.extend(yuandu_archive::schema());
    tables
}

/// What a city is opened with.
pub struct Opening<'a> {
    pub city: &'a City,
    /// Data folder, database, and place of photos and papers.
    pub store: StoreOptions,
    pub packages: &'a Packages,
    pub clock: Arc<dyn Clock>,
    pub demo_accounts: Vec<(String, String, LocalText)>,
    /// The address under which the city is reached, if it is not the one it listens at.
    pub public_url: Option<String>,
    /// Whether a proxy of ours stands in front.
    pub behind_proxy: bool,
}

/// Opens the store and puts everything together.
pub fn open(opening: Opening<'_>) -> anyhow::Result<App> {
    let store = Store::open(&opening.store, &tables(opening.packages))?;
    assemble(opening, Arc::new(store))
}

fn provider(store: &Arc<Store>, identity: &Arc<Identity>, vault: &Arc<Vault>) -> Arc<Provider> {
    Arc::new(Provider::new(
        Arc::clone(store),
        Arc::clone(identity),
        Arc::clone(vault),
        yuandu_oidc::Options::default(),
    ))
}

/// Puts everything together around a store that is open.
pub fn assemble(opening: Opening<'_>, store: Arc<Store>) -> anyhow::Result<App> {
    let Opening {
        city,
        packages,
        clock,
        demo_accounts,
        public_url,
        behind_proxy,
        store: place,
    } = opening;
    let gate =
        Gate::new(&packages.policies()).map_err(|problems| told("the policies", &problems))?;
    let gate = Arc::new(gate.with_role_titles(packages.role_titles()));
    let options = if city.demo {
        IdentityOptions::for_testing()
    } else {
        IdentityOptions::default()
    };
    let vault = Arc::new(Vault::open(&place.dir)?);
    let identity = Identity::new(Arc::clone(&store), Arc::clone(&gate), options)?;
    let identity = Arc::new(identity.with_vault(Arc::clone(&vault)));
    let pki = Arc::new(Pki::new(
        Arc::clone(&store),
        Arc::clone(&identity),
        Arc::clone(&vault),
    ));
    let provider = provider(&store, &identity, &vault);
    let registers = Arc::new(Registers::new(
        Arc::clone(&store),
        Arc::clone(&gate),
        packages.registers().cloned(),
        packages.code_lists(),
    ));
    let exchange = Arc::new(Exchange::new(
        Arc::clone(&store),
        Arc::clone(&gate),
        vault,
        Arc::new(CityHoldings(Arc::clone(&registers))),
    ));
    let realm = i64::from(city.realm.get());
    let locator = Arc::new(Locator::new(Arc::clone(&store), realm, DIVISIONS, GRIDS));
    let engine = Engine::new(
        Arc::clone(&store),
        Arc::clone(&gate),
        Arc::new(Calendar::statutory().clone()),
        yuandu_package::case_types(packages, &store, city.realm)?,
    )
    .map_err(|problems| told("the processes", &problems))?;
    engine.check_frozen(city.realm)?;
    let engine = engine.with_sources(Arc::new(CitySources {
        registers: Arc::clone(&registers),
        locator: Arc::clone(&locator),
    }));
    let layers = packages.iter().flat_map(Package::layers).cloned().collect();
    Ok(App::new(AppParts {
        realm: city.realm,
        city: city.name.clone(),
        clock,
        identity,
        engine: Arc::new(engine),
        registers,
        tiles: Tiles::new(Arc::clone(&store), realm, layers),
        locator,
        boards: boards(packages)?,
        archive: archive::kind(packages)?,
        systems: packages.iter().map(system).collect(),
        demo_accounts,
        provider,
        exchange,
        pki,
        carrier: Arc::new(HttpCarrier(Client::new(&ClientOptions::default())?)),
        public_url,
        behind_proxy,
        gate,
        store,
    }))
}

/// Registers and maps as the place where facts that follow from others are kept.
struct CitySources {
    registers: Arc<Registers>,
    locator: Arc<Locator>,
}

impl std::fmt::Debug for CitySources {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CitySources")
    }
}

impl Sources for CitySources {
    fn copy(
        &self,
        ctx: &OpCtx,
        system: &str,
        facts: &mut Map<String, Value>,
    ) -> Result<(), ProcessError> {
        let register = self
            .registers
            .defs()
            .find(|def| def.is_case && def.package == system);
        let Some(register) = register else {
            return Ok(());
        };
        self.registers
            .copy_sourced(ctx, register, facts)
            .map_err(|error| match error {
                RegistersError::Invalid { problems } => ProcessError::Invalid(problems),
                RegistersError::Store(error) => error.into(),
                RegistersError::Identity(error) => error.into(),
                other => ProcessError::Invalid(vec![Problem::new(
                    "registers.source",
                    "",
                    other.to_string(),
                    other.to_string(),
                )]),
            })
    }

    fn around(&self, lon: f64, lat: f64) -> Result<Surrounds, ProcessError> {
        let located = self.locator.around(lon, lat)?;
        Ok(Surrounds {
            address: Some(located.words()).filter(|words| !words.is_empty()),
            grid: located.grid,
            division: located.division,
        })
    }
}

fn boards(packages: &Packages) -> anyhow::Result<BTreeMap<String, Board>> {
    let mut boards = BTreeMap::new();
    for package in packages.iter() {
        let Some(register) = package.case_register() else {
            continue;
        };
        let tables = CaseTables {
            system: package.id().to_owned(),
            cases: "cases".to_owned(),
            universal: universal_columns(),
            facts: register.table(),
            declared: register
                .fields
                .iter()
                .flat_map(|field| field.columns())
                .map(|column| column.name)
                .collect(),
        };
        let board = Board::new(tables, package.indicators().to_vec());
        let board = board.map_err(|errors| {
            anyhow::anyhow!(
                "an indicator cannot be used: {}",
                errors
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; ")
            )
        })?;
        boards.insert(package.id().to_owned(), board);
    }
    Ok(boards)
}

/// The columns every case has.
fn universal_columns() -> Vec<String> {
    let cases = yuandu_process::schema()
        .into_iter()
        .find(|table| table.name == "cases");
    cases
        .into_iter()
        .flat_map(|table| table.columns)
        .map(|column| column.name)
        .collect()
}

fn system(package: &Package) -> SystemInfo {
    SystemInfo {
        id: package.id().to_owned(),
        version: package.version().to_owned(),
        title: package.title().clone(),
        summary: package.summary().clone(),
        lists: package.code_lists().clone(),
        has_cases: package.case_type().is_some(),
        roles: package
            .roles()
            .iter()
            .map(|role| (role.name.clone(), role.title.clone()))
            .chain(
                kernel_roles()
                    .into_iter()
                    .map(|(name, title)| (name.to_owned(), title)),
            )
            .collect(),
    }
}

fn told(what: &str, problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.message.en))
        .collect();
    anyhow::anyhow!("{what} cannot be used:\n{}", lines.join("\n"))
}

/// Refuses a data folder that is not empty and holds no city: it belongs to something else.
pub fn refuse_foreign(dir: &Path) -> anyhow::Result<()> {
    let foreign = dir.is_dir()
        && !City::is_in(dir)
        && std::fs::read_dir(dir)?.next().is_some()
        && !dir.join("yuandu.db").exists();
    if foreign {
        bail!(
            "`{}` is not empty and holds no city; choose another folder",
            dir.display()
        );
    }
    Ok(())
}
