//! Serves a city: HTTP, and the timers that fire as the clock passes them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use yuandu_api::{App, router};
use yuandu_continuity::{Client, ClientOptions, Follower, Site, SiteOptions};
use yuandu_identity::{Actor, OpCtx};
use yuandu_process::Fired;
use yuandu_store::Duty as _;
use yuandu_transparency::VerifierKey;

use crate::sites::{self, Sites};
use crate::{archive, authority, exchange, notices, published};

/// How often due timers are looked for; lamps and cards are late by this much at most.
const TICK: Duration = Duration::from_secs(1);
/// Timers taken in one go.
const TIMERS: usize = 200;
/// Of several servers on one database, one fires the timers until it has not said so for this long.
const LEASE: Duration = Duration::from_secs(10);

/// The second site, as far as this one knows of it when it starts.
#[derive(Debug, Default)]
pub(crate) struct Continuity {
    /// How this site treats its standby.
    pub(crate) options: SiteOptions,
    /// Certificates to trust instead of the system's.
    pub(crate) ca: Option<PathBuf>,
    /// On a standby: whom it follows.
    pub(crate) following: Option<Following>,
    /// How long cases that ended stay at hand before they are archived; none for good.
    pub(crate) archive_after: Option<SignedDuration>,
}

/// Whom a standby follows.
#[derive(Debug)]
pub(crate) struct Following {
    /// The primary's address.
    pub(crate) of: String,
    /// The key of its log.
    pub(crate) key: VerifierKey,
    /// Where the primary reaches this site.
    pub(crate) me: Option<String>,
}

/// Runs until the program is told to stop; `ready` is called with the address once it answers.
pub(crate) fn serve(
    app: App,
    listen: SocketAddr,
    continuity: Continuity,
    ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("cannot listen on {listen}; another program may use it, choose another address with --listen")
        })?;
        let address = listener.local_addr()?;
        let log = published::open(app.store.dir(), app.realm)?;
        let sites = sites::open(&app, &log.publisher, continuity.options, continuity.ca)?;
        let client = Client::new(&ClientOptions::default())?;
        let mut work = vec![
            tokio::spawn(fire_timers(app.clone(), Arc::clone(&sites.site))),
            tokio::spawn(authority::keep(app.clone(), Arc::clone(&sites.site))),
            tokio::spawn(notices::keep(app.clone(), Arc::clone(&sites.site), client.clone())),
            tokio::spawn(exchange::keep(app.clone(), Arc::clone(&sites.site), client.clone())),
            tokio::spawn(published::ask_witnesses(app.clone(), log.clone(), client)),
            tokio::spawn(sites::watch_peer(sites.clone())),
            tokio::spawn(follow(continuity.following, sites.clone(), address)),
        ];
        if let Some(keep) = continuity.archive_after {
            let keeping = archive::keep_small(app.clone(), Arc::clone(&sites.site), keep);
            work.push(tokio::spawn(keeping));
        }
        app.listens_at(address);
        ready(address);
        let pages = yuandu_web::pages::router()
            .merge(yuandu_api::tlog::routes(log))
            .merge(sites::routes(sites));
        let service = router(app, pages).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(stopped())
            .await?;
        work.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(())
    })
}

/// Follows the primary while this site is a standby.
async fn follow(following: Option<Following>, sites: Sites, address: SocketAddr) {
    let Some(following) = following else { return };
    let follower = Follower {
        store: Arc::clone(&sites.store),
        site: Arc::clone(&sites.site),
        client: sites.client.clone(),
        of: following.of,
        key: following.key,
        me: following.me.unwrap_or_else(|| format!("http://{address}")),
    };
    follower.run().await;
}

async fn fire_timers(app: App, site: Arc<Site>) {
    let mut tick = tokio::time::interval(TICK);
    let mut published = false;
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if site.may_write().is_err() {
            continue;
        }
        let ctx =
            OpCtx::new(app.realm, Actor::System("timer"), app.clock.clone()).for_purpose("timer");
        published = published || publish_versions(&app, &ctx).await;
        bring_registers_to_today(&app, &ctx).await;
        follow_calendar(&app, &ctx).await;
        let fired = app
            .run(move |app| {
                let name = format!("timers/{}", app.realm);
                if app.store.lease(&name, ctx.now(), LEASE)? {
                    Ok(app.engine.fire_due_timers(&ctx, TIMERS)?)
                } else {
                    Ok(Fired::default())
                }
            })
            .await;
        match fired {
            Ok(fired) if fired.fired + fired.failed > 0 => {
                tracing::info!(fired = fired.fired, failed = fired.failed, "timers")
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error.message.en, "timers could not be fired; trying again")
            }
        }
    }
}

/// The versions that open new cases are published, once; answers whether that is done.
async fn publish_versions(app: &App, ctx: &OpCtx) -> bool {
    let ctx = ctx.clone();
    let published = app.run(move |app| Ok(app.engine.publish_versions(&ctx)?));
    match published.await {
        Ok(versions) => {
            if versions > 0 {
                tracing::info!(versions, "versions of processes were published");
            }
            true
        }
        Err(error) => {
            tracing::warn!(error = %error.message.en, "versions could not be published; trying again");
            false
        }
    }
}

/// Open deadlines follow a calendar that was published, by the one server that fires the timers.
async fn follow_calendar(app: &App, ctx: &OpCtx) {
    let ctx = ctx.clone();
    let followed = app
        .run(move |app| {
            let name = format!("timers/{}", app.realm);
            if app.store.lease(&name, ctx.now(), LEASE)? {
                Ok(app.engine.follow_calendar(&ctx)?)
            } else {
                Ok(None)
            }
        })
        .await;
    match followed {
        Ok(None) => {}
        Ok(Some(done)) => tracing::info!(
            looked = done.looked,
            moved = done.moved,
            failed = done.failed,
            "deadlines followed the calendar"
        ),
        Err(error) => {
            tracing::warn!(error = %error.message.en, "deadlines could not follow the calendar; trying again")
        }
    }
}

/// Versions of records that were written ahead of their day become the present ones.
async fn bring_registers_to_today(app: &App, ctx: &OpCtx) {
    let ctx = ctx.clone();
    let brought = app
        .run(move |app| Ok(app.registers.take_effect(&ctx, TIMERS)?))
        .await;
    match brought {
        Ok(0) => {}
        Ok(records) => tracing::info!(records, "versions took effect"),
        Err(error) => {
            tracing::warn!(error = %error.message.en, "versions could not take effect; trying again")
        }
    }
}

async fn stopped() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Starts the program's own log: what happened, for operators, never a person's data.
pub(crate) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
