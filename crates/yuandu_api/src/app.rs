//! What the edge works with: one city's store, rules and views, built by the composition and shared by every request.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;
use yuandu_base::calendar::Calendar;
use yuandu_base::{Clock, ErrorKind, LocalText};
use yuandu_exchange::Exchange;
use yuandu_identity::{Gate, Identity};
use yuandu_ids::RealmId;
use yuandu_insight::Board;
use yuandu_oidc::Provider;
use yuandu_pki::Pki;
use yuandu_places::{Locator, Tiles};
use yuandu_process::{Engine, ProcessError};
use yuandu_registers::Registers;
use yuandu_schema::CodeLists;
use yuandu_store::{Plan, Receipt, Store, StoreError};

use crate::ApiError;
use crate::desk::Desk;
use crate::exchange::Carrier;
use crate::finder::Finder;
use crate::views::Rebuilds;

/// Requests that may work on the database at once; more wait a moment, and beyond [`WAITING`] are told to come back.
const WORKING: usize = 64;
/// How often a change is planned anew because what it stood on changed meanwhile.
const ATTEMPTS: usize = 8;
/// Requests that may wait for a place.
const WAITING: usize = 512;

/// A system as menus and filters show it.
#[derive(Debug, Clone)]
pub struct SystemInfo {
    /// Package id.
    pub id: String,
    /// Version of the package.
    pub version: String,
    /// Its name.
    pub title: LocalText,
    /// What it is for.
    pub summary: LocalText,
    /// Its code lists.
    pub lists: CodeLists,
    /// Whether residents open its cases (it has a process).
    pub has_cases: bool,
    /// Titles of its roles by full name (`city-care.seat`).
    pub roles: BTreeMap<String, LocalText>,
}

/// Everything a composition hands to the edge.
pub struct AppParts {
    /// The city.
    pub realm: RealmId,
    /// The city's name.
    pub city: LocalText,
    /// Records and log.
    pub store: Arc<Store>,
    /// The only source of time.
    pub clock: Arc<dyn Clock>,
    /// Policies.
    pub gate: Arc<Gate>,
    /// People, posts, sessions.
    pub identity: Arc<Identity>,
    /// Cases and tasks.
    pub engine: Arc<Engine>,
    /// Registers.
    pub registers: Arc<Registers>,
    /// Map tiles.
    pub tiles: Tiles,
    /// Grid and division of a position.
    pub locator: Arc<Locator>,
    /// Indicators by system.
    pub boards: BTreeMap<String, Board>,
    /// What cases consist of, for the archive.
    pub archive: yuandu_archive::Kind,
    /// The systems installed.
    pub systems: Vec<SystemInfo>,
    /// Single sign-on for other systems.
    pub provider: Arc<Provider>,
    /// Records passed on between organisations.
    pub exchange: Arc<Exchange>,
    /// The certificate authority.
    pub pki: Arc<Pki>,
    /// Carries questions to other nodes.
    pub carrier: Arc<dyn Carrier>,
    /// The address under which people and programs reach the city, without a slash at the end. Without one it is where the
    /// program listens.
    pub public_url: Option<String>,
    /// Whether a proxy of ours stands in front and says in `X-Forwarded-For` where requests come from.
    pub behind_proxy: bool,
    /// Accounts shown on the sign-in page of a demo city: login, password, role in words. Empty in a real one.
    pub demo_accounts: Vec<(String, String, LocalText)>,
}

/// The shared state of the edge. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: AppParts,
    desk: Desk,
    finder: Finder,
    rebuilds: Rebuilds,
    listens: OnceLock<String>,
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl App {
    /// Shares the parts.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        let (working, waiting) = (
            Arc::new(Semaphore::new(WORKING)),
            Arc::new(Semaphore::new(WAITING)),
        );
        let (desk, finder) = (Desk::new(&parts), Finder::new(&parts));
        Self(Arc::new(Shared {
            parts,
            desk,
            finder,
            rebuilds: Rebuilds::default(),
            listens: OnceLock::new(),
            working,
            waiting,
        }))
    }

    /// The working calendar in force: hold it for as long as one answer needs it.
    #[must_use]
    pub fn calendar(&self) -> Arc<Calendar> {
        self.0.parts.engine.calendar_to_show(self.0.parts.realm)
    }

    /// Runs blocking work (reads, commits, rules) off the event loop, so many at a time; when too many wait, the caller is told to come back.
    pub async fn run<T, W>(&self, work: W) -> Result<T, ApiError>
    where
        T: Send + 'static,
        W: FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    {
        let Ok(_place) = self.0.waiting.clone().try_acquire_owned() else {
            return Err(busy());
        };
        self.on_a_thread(work).await
    }

    /// Plans a change on a thread and commits it without one. `refused` makes of the store's refusal what the caller is
    /// told, or nothing when planning anew may help.
    pub(crate) async fn commit<P, R>(&self, plan: P, refused: R) -> Result<Receipt, ApiError>
    where
        P: Fn(&Self) -> Result<Plan, ApiError> + Send + Sync + 'static,
        R: Fn(&Self, StoreError) -> Result<(), ApiError> + Send + Sync + 'static,
    {
        let Ok(_place) = self.0.waiting.clone().try_acquire_owned() else {
            return Err(busy());
        };
        let work = Arc::new((plan, refused));
        for _ in 0..ATTEMPTS {
            let planning = Arc::clone(&work);
            let plan = self.on_a_thread(move |app| planning.0(app)).await?;
            let error = match self.store.commit_async(plan).await {
                Ok(receipt) => return Ok(receipt),
                Err(error) => error,
            };
            let judging = Arc::clone(&work);
            self.on_a_thread(move |app| judging.1(app, error)).await?;
        }
        Err(ProcessError::Contended.into())
    }

    async fn on_a_thread<T, W>(&self, work: W) -> Result<T, ApiError>
    where
        T: Send + 'static,
        W: FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    {
        let Ok(permit) = self.0.working.clone().acquire_owned().await else {
            return Err(busy());
        };
        let app = self.clone();
        let result = tokio::task::spawn_blocking(move || {
            let result = work(&app);
            drop(permit);
            result
        });
        result.await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "a request panicked");
            Err(ApiError::internal())
        })
    }

    /// What an agent is shown while a caller speaks.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// Places by name and names by place.
    #[must_use]
    pub fn finder(&self) -> &Finder {
        &self.0.finder
    }

    pub(crate) fn rebuilds(&self) -> &Rebuilds {
        &self.0.rebuilds
    }

    /// Says where the program listens, once it does.
    pub fn listens_at(&self, address: SocketAddr) {
        // Told once, by the server; a second server in one process keeps the first.
        let _ = self.0.listens.set(format!("http://{address}"));
    }

    /// The address under which the city is reached: the issuer of tokens. It never comes from a request, whose `Host`
    /// anyone may choose.
    #[must_use]
    pub fn base_url(&self) -> String {
        let configured = self.public_url.clone();
        let listens = || self.0.listens.get().cloned();
        configured
            .or_else(listens)
            .unwrap_or_else(|| "http://127.0.0.1:8370".to_owned())
    }

    /// Whether people reach the city by HTTPS, so that cookies must not travel otherwise.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    /// The system with this id.
    #[must_use]
    pub fn system(&self, id: &str) -> Option<&SystemInfo> {
        self.systems.iter().find(|system| system.id == id)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("App")
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

impl std::ops::Deref for App {
    type Target = AppParts;
    fn deref(&self) -> &AppParts {
        &self.0.parts
    }
}

fn busy() -> ApiError {
    let mut busy = ApiError::new(
        ErrorKind::Busy,
        "busy",
        "系统繁忙，请稍候片刻再试，没有任何改动",
        "the system is busy; try again shortly, nothing was changed",
    );
    busy.retry_after_s = Some(1);
    busy
}
