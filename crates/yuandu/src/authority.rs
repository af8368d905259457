//! Keeps the keys of the authority's services while the city is served: made when missing, renewed before they end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use yuandu_api::App;
use yuandu_continuity::Site;
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::Duty as _;

/// How often it is looked whether a service needs a key.
const TICK: Duration = Duration::from_secs(60);
/// How soon it is looked again while this site may not write yet.
const SOON: Duration = Duration::from_secs(1);

/// Runs until it is aborted; does nothing on a city without an authority, nor while this site takes no changes.
pub(crate) async fn keep(app: App, site: Arc<Site>) {
    if app.pki.authority().is_err() {
        return;
    }
    let mut tick = tokio::time::interval(SOON);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if site.may_write().is_err() {
            continue;
        }
        let ctx = OpCtx::new(app.realm, Actor::System("authority"), app.clock.clone())
            .for_purpose("certificate services");
        let kept = app
            .run(move |app| Ok(app.pki.keep_services(&ctx, &mut rand::rng())?))
            .await;
        match kept {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "services of the authority got new keys"),
            Err(error) => {
                tracing::warn!(error = %error.message.en, "services of the authority could not be kept; trying again");
                continue;
            }
        }
        tick = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
    }
}
