//! When cases go to the archive, and how one comes back: those that ended longer ago than the city keeps them at hand leave.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use yuandu_api::App;
use yuandu_archive::{Kind, Sealed};
use yuandu_continuity::Site;
use yuandu_ids::{CaseNumber, RealmId};
use yuandu_package::Packages;
use yuandu_store::{Duty as _, Entry, Store};

/// Cases of one segment, when somebody waits for it.
pub const LOT: usize = 1000;
/// Cases of one segment beside the city's work: a group of the log is held up by it for some tens of milliseconds.
const SMALL_LOT: usize = 250;
/// How often a serving city looks for cases that are due.
const ROUND: Duration = Duration::from_secs(3600);
/// How long the log is watched before a lot, and how many entries in that time mean that the city is busy.
const WATCH: Duration = Duration::from_secs(2);
const BUSY: u64 = 20;
/// How long a busy city is left alone.
const PAUSE: Duration = Duration::from_secs(60);
/// Of several servers on one database, one archives until it has not said so for this long.
const LEASE: Duration = Duration::from_secs(7200);

/// Cases with everything that belongs to them, their declared facts included.
pub fn kind(packages: &Packages) -> anyhow::Result<Kind> {
    let mut tables = yuandu_process::schema();
    tables.extend(packages.table_defs());
    let facts = packages.case_types().into_iter().map(|case| case.table);
    yuandu_api::archive::kind(&tables, facts).context("a table of cases is not declared")
}

/// Seals one lot of about `most` cases that ended before a moment; nothing if none is left.
pub fn seal(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    before: Timestamp,
    (most, now): (usize, Timestamp),
) -> anyhow::Result<Option<Sealed>> {
    let entry = entry("archive.seal", "archive/cases", now);
    let lot = (most, entry);
    Ok(yuandu_api::archive::seal_due(
        store, realm, kind, before, lot,
    )?)
}

/// Brings the case of a number back into the tables, with those that were merged into it or joined to it. Gives their numbers.
pub fn recall(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    number: &str,
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let number = number
        .parse::<CaseNumber>()
        .map_err(|error| anyhow::anyhow!("`{number}`: {}", error.message_en()))?
        .to_string();
    let entry = entry("archive.recall", &format!("archive/{number}"), now);
    let back = yuandu_archive::recall(store, realm, kind, &number, entry)?;
    ensure!(!back.is_empty(), "no case `{number}` is in the archive");
    Ok(back.into_iter().map(|matter| matter.number).collect())
}

/// Seals what is due while the city is served: hour by hour, lot by lot, and only while little is written.
pub(crate) async fn keep_small(app: App, site: Arc<Site>, keep: SignedDuration) {
    let mut tick = tokio::time::interval(ROUND);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        loop {
            let before = app.store.size();
            tokio::time::sleep(WATCH).await;
            if site.may_write().is_err() {
                break;
            }
            if app.store.size().saturating_sub(before) > BUSY {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let work = app.clone();
            let sealed = tokio::task::spawn_blocking(move || a_lot(&work, keep)).await;
            match sealed {
                Ok(Ok(Some(sealed))) => {
                    tracing::info!(cases = sealed.matters, rows = sealed.rows, "archived");
                }
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    tracing::warn!(error = %error, "nothing was archived; trying again in an hour");
                    break;
                }
                Err(error) => {
                    tracing::error!(error = %error, "archiving failed; trying again in an hour");
                    break;
                }
            }
        }
    }
}

fn a_lot(app: &App, keep: SignedDuration) -> anyhow::Result<Option<Sealed>> {
    let now = app.clock.now();
    let name = format!("archive/{}", app.realm);
    if !app.store.lease(&name, now, LEASE)? {
        return Ok(None);
    }
    let before = now.checked_sub(keep)?;
    seal(
        &app.store,
        app.realm,
        &app.archive,
        before,
        (SMALL_LOT, now),
    )
}

fn entry(op: &str, subject: &str, at: Timestamp) -> Entry {
    Entry {
        op: op.to_owned(),
        actor: "system:archive".to_owned(),
        on_behalf: None,
        subject: subject.to_owned(),
        purpose: "archive".to_owned(),
        at,
        note: serde_json::Value::Null,
    }
}
