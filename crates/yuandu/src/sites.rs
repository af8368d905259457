//! The routes between the two sites of a city, behind the token they share; and the watch over the other site.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use yuandu_api::App;
use yuandu_continuity::{
    Client, ClientOptions, ContinuityError, Feed, Hello, Role, Site, SiteOptions, SiteToken, fence,
    hello,
};
use yuandu_store::{BlobRef, Duty, Entry, Plan, Store};
use yuandu_transparency::Publisher;

use crate::archive;
use crate::cmd::archive::Lot;

/// Name of the file of the token that the two sites share.
pub const TOKEN: &str = "site-token";
/// Longest a question is held while there is nothing new.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How often a primary asks whether its standby took over.
const WATCH: Duration = Duration::from_secs(2);
/// Longest a take-over waits for the old primary: it may be gone.
const FENCE: Duration = Duration::from_secs(3);

/// Longest a planned take-over waits for the last entries.
const LAST_ENTRIES: Duration = Duration::from_secs(30);

/// Opens what two sites need in a data folder, and gives the store its duty.
pub fn open(
    app: &App,
    publisher: &Arc<Publisher>,
    options: SiteOptions,
    ca: Option<PathBuf>,
) -> anyhow::Result<Sites> {
    let dir = app.store.dir();
    let site = Site::open(dir, options)?;
    app.store.appoint(Arc::clone(&site) as Arc<dyn Duty>);
    let token = SiteToken::read_or_make(&dir.join(TOKEN))?;
    let client = Client::new(&ClientOptions {
        ca,
        token: Some(token.reveal()),
    })?;
    Ok(Sites {
        store: Arc::clone(&app.store),
        site,
        publisher: Arc::clone(publisher),
        token,
        city: std::fs::read_to_string(dir.join(crate::city::FILE))
            .unwrap_or_default()
            .into(),
        client,
    })
}

/// What the routes between sites work with.
#[derive(Debug, Clone)]
pub struct Sites {
    /// The store.
    pub store: Arc<Store>,
    /// This site.
    pub site: Arc<Site>,
    /// Signs what is sent.
    pub publisher: Arc<Publisher>,
    /// What the other site must show.
    pub token: SiteToken,
    /// The file `city.toml`.
    pub city: Arc<str>,
    /// Asks the other site.
    pub client: Client,
}

/// The routes; to be merged with the pages.
pub fn routes(sites: Sites) -> Router<App> {
    Router::new()
        .route("/continuity/v1/hello", get(say_hello))
        .route("/continuity/v1/log", get(feed))
        .route("/continuity/v1/blob/{name}", get(blob))
        .route("/continuity/v1/fence", post(be_fenced))
        .route("/continuity/v1/promote", post(promote))
        .route("/continuity/v1/views", get(views))
        .route("/continuity/v1/rebuild", post(rebuild))
        .route("/continuity/v1/archive", post(seal))
        .route("/continuity/v1/archive/recall", post(recall))
        .layer(from_fn_with_state(sites.token.clone(), with_token))
        .layer(Extension(sites))
}

/// Lets nobody in without the token.
async fn with_token(State(token): State<SiteToken>, request: Request, next: Next) -> Response {
    let sent = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if sent.is_some_and(|sent| token.is(sent)) {
        next.run(request).await
    } else {
        said(
            StatusCode::UNAUTHORIZED,
            "the token of the two sites is missing or wrong",
        )
    }
}

#[derive(Deserialize)]
struct Wanted {
    from: u64,
    root: String,
    epoch: u64,
    #[serde(default)]
    wait: u64,
    me: Option<String>,
}

/// Entries for a standby; its question confirms those before.
async fn feed(Extension(sites): Extension<Sites>, Query(asked): Query<Wanted>) -> Response {
    match sites.site.hear(asked.epoch) {
        Ok(false) => {}
        Ok(true) => {
            return said(
                StatusCode::CONFLICT,
                "this site was overtaken and is fenced off",
            );
        }
        Err(error) => return failed(&error),
    }
    // One that is fenced off still gives what it has: the last entries before the take-over.
    if sites.site.state().role == Role::Standby {
        return said(StatusCode::CONFLICT, "this site is a standby itself");
    }
    let store = Arc::clone(&sites.store);
    let from = asked.from;
    let root = tokio::task::spawn_blocking(move || store.log().root_at(from)).await;
    let same = match root {
        Ok(Ok(root)) => root.is_some_and(|root| hex(&root) == asked.root),
        Ok(Err(error)) => return failed(&error.into()),
        Err(error) => return failed(&task(&error)),
    };
    if !same {
        let words = format!(
            "your first {from} entries are not the beginning of this log ({} entries): your folder holds another past; keep it as evidence, move it away and begin with an empty one",
            sites.store.size()
        );
        return said(StatusCode::CONFLICT, &words);
    }
    if let Err(error) = sites.site.confirm(from, asked.me.as_deref()) {
        return failed(&error);
    }
    wait_for(
        &sites.store,
        from,
        Duration::from_secs(asked.wait).min(LONGEST_WAIT),
    )
    .await;
    let built = tokio::task::spawn_blocking(move || {
        let epoch = sites.site.state().epoch;
        Feed::read(&sites.store.log(), &sites.publisher, epoch, from)?.to_bytes()
    });
    match built.await {
        Ok(Ok(bytes)) => bytes.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&task(&error)),
    }
}

/// Returns when the log is longer than `size`, or after a while.
async fn wait_for(store: &Store, size: u64, longest: Duration) {
    let mut grown = store.follow();
    let longer = grown.wait_for(|now| *now > size);
    // Too late and gone are both answered with what there is.
    let _ = tokio::time::timeout(longest, longer).await;
}

async fn blob(Extension(sites): Extension<Sites>, Path(name): Path<String>) -> Response {
    let Some(name) = BlobRef::parse(&name) else {
        return said(StatusCode::NOT_FOUND, "no such blob");
    };
    let store = Arc::clone(&sites.store);
    match tokio::task::spawn_blocking(move || store.blobs().open(&name)).await {
        Ok(Ok(Some(file))) => {
            Body::from_stream(pieces(tokio::fs::File::from_std(file))).into_response()
        }
        Ok(Ok(None)) => said(StatusCode::NOT_FOUND, "no such blob"),
        Ok(Err(error)) => failed(&error.into()),
        Err(error) => failed(&task(&error)),
    }
}

/// A file in pieces: memory does not grow with it.
fn pieces(
    file: tokio::fs::File,
) -> impl futures_util::Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    use tokio::io::AsyncReadExt as _;
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(64 * 1024);
        let read = (&mut file).take(64 * 1024).read_to_end(&mut piece).await?;
        Ok((read > 0).then_some((piece, file)))
    })
}

async fn say_hello(Extension(sites): Extension<Sites>) -> Response {
    greet(sites).await
}

async fn greet(sites: Sites) -> Response {
    let built = tokio::task::spawn_blocking(move || -> Result<Hello, ContinuityError> {
        let head = sites.store.log().head()?;
        let state = sites.site.state();
        Ok(Hello {
            role: state.role,
            epoch: state.epoch,
            size: head.size,
            root: head.root_hex(),
            key: sites.publisher.public().to_string(),
            city: sites.city.to_string(),
        })
    });
    match built.await {
        Ok(Ok(hello)) => axum::Json(hello).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&task(&error)),
    }
}

#[derive(Deserialize)]
struct Epoch {
    epoch: u64,
}

/// Another site takes over: stop, let what is being written end, and say where the log ends.
async fn be_fenced(Extension(sites): Extension<Sites>, Query(told): Query<Epoch>) -> Response {
    match sites.site.hear(told.epoch) {
        Ok(true) => {}
        Ok(false) => {
            return said(
                StatusCode::CONFLICT,
                "this site is in that epoch or a higher one",
            );
        }
        Err(error) => return failed(&error),
    }
    // Goes through the committer behind everything that was accepted before; it is refused, which is the sign that all is done.
    let store = Arc::clone(&sites.store);
    let _ = tokio::task::spawn_blocking(move || store.commit_all(vec![])).await;
    greet(sites).await
}

/// Takes over while running.
async fn promote(State(app): State<App>, Extension(sites): Extension<Sites>) -> Response {
    let epoch = match take_over(&sites).await {
        Ok(epoch) => epoch,
        Err(error) => return failed(&error),
    };
    match app.store.commit_async(took_over(&app, epoch)).await {
        Ok(receipt) => {
            let told = serde_json::json!({ "epoch": epoch, "size": receipt.position + 1 });
            axum::Json(told).into_response()
        }
        Err(error) => failed(&error.into()),
    }
}

/// The views of the log, for the operator of this machine, who has the token.
async fn views(State(app): State<App>) -> Response {
    axum::Json(app.views()).into_response()
}

#[derive(Deserialize)]
struct Named {
    view: String,
}

/// Begins to rebuild a view.
async fn rebuild(State(app): State<App>, Query(named): Query<Named>) -> Response {
    match app.rebuild(&named.view) {
        Ok(()) => said(StatusCode::ACCEPTED, "begun"),
        Err(error) => error.into_response(),
    }
}

#[derive(Deserialize)]
struct Older {
    older: i64,
}

/// Archives one lot of cases that ended more than so many days ago.
async fn seal(State(app): State<App>, Form(asked): Form<Older>) -> Response {
    let work = tokio::task::spawn_blocking(move || {
        let now = app.clock.now();
        let keep = SignedDuration::from_hours(asked.older.clamp(1, 36_500) * 24);
        let before = now.checked_sub(keep)?;
        let most = (archive::LOT, now);
        archive::seal(&app.store, app.realm, &app.archive, before, most).map(Lot::from)
    });
    done(work.await)
}

#[derive(Deserialize)]
struct Numbered {
    number: String,
}

/// Brings an archived case back.
async fn recall(State(app): State<App>, Form(asked): Form<Numbered>) -> Response {
    let work = tokio::task::spawn_blocking(move || {
        let now = app.clock.now();
        archive::recall(&app.store, app.realm, &app.archive, &asked.number, now)
    });
    done(work.await)
}

fn done<T: serde::Serialize>(
    result: Result<anyhow::Result<T>, tokio::task::JoinError>,
) -> Response {
    match result {
        Ok(Ok(told)) => axum::Json(told).into_response(),
        Ok(Err(error)) => said(StatusCode::CONFLICT, &format!("{error:#}")),
        Err(error) => failed(&task(&error)),
    }
}

/// Fences the old primary if it can be reached, waits for the last of its entries, and becomes primary.
pub async fn take_over(sites: &Sites) -> Result<u64, ContinuityError> {
    let state = sites.site.state();
    if let (Role::Standby, Some(peer)) = (state.role, &state.peer) {
        let fenced = tokio::time::timeout(FENCE, fence(&sites.client, peer, state.epoch + 1)).await;
        match fenced {
            Ok(Ok(last)) => {
                tracing::info!(size = last.size, "the old primary is fenced off");
                // The follower still runs and fetches what is missing.
                wait_for(&sites.store, last.size.saturating_sub(1), LAST_ENTRIES).await;
                if sites.store.size() < last.size {
                    return Err(ContinuityError::Refused {
                        url: peer.clone(),
                        reason: format!(
                            "it is fenced off and ends at {} entries, this site has {}; ask again when they were fetched",
                            last.size,
                            sites.store.size()
                        ),
                    });
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "the old primary could not be fenced off; it will be when it asks")
            }
            Err(_) => tracing::warn!(
                "the old primary does not answer; it will be fenced off when it asks"
            ),
        }
    }
    let epoch = sites.site.take_over()?;
    tracing::warn!(epoch, "this site took over");
    Ok(epoch)
}

/// The entry that says in the log who took over, and when.
pub fn took_over(app: &App, epoch: u64) -> Plan {
    let entry = Entry {
        op: "continuity.take_over".to_owned(),
        actor: "system:continuity".to_owned(),
        on_behalf: None,
        subject: "site/log".to_owned(),
        purpose: "continuity".to_owned(),
        at: app.clock.now(),
        note: serde_json::json!({ "epoch": epoch }),
    };
    Plan::new(app.realm, entry)
}

/// A primary asks its standby again and again whether it took over.
pub(crate) async fn watch_peer(sites: Sites) {
    let mut tick = tokio::time::interval(WATCH);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let state = sites.site.state();
        let (Role::Primary, Some(peer)) = (state.role, &state.peer) else {
            continue;
        };
        if let Ok(other) = hello(&sites.client, peer).await
            && let Err(error) = sites.site.hear(other.epoch)
        {
            tracing::error!(error = %error, "the role of this site could not be written");
        }
    }
}

fn said(status: StatusCode, words: &str) -> Response {
    (status, format!("{words}\n")).into_response()
}

fn failed(error: &ContinuityError) -> Response {
    tracing::error!(error = %error, "between sites");
    said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}

fn task(error: &tokio::task::JoinError) -> ContinuityError {
    ContinuityError::Refused {
        url: "this site".to_owned(),
        reason: error.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
