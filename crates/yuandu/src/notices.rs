//! Keeps single sign-on tidy while the city is served: tells other systems that a session ended (OpenID Connect Back-Channel
//! Logout 1.0) and removes what has expired.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use yuandu_api::App;
use yuandu_continuity::{Client, Site};
use yuandu_identity::{Actor, OpCtx};
use yuandu_oidc::LogoutNotice;
use yuandu_store::Duty as _;

/// How soon after a sign-out the other systems are told.
const TICK: Duration = Duration::from_secs(1);
/// Ticks between two removals of what has expired.
const REMOVAL: u32 = 60;
/// Sessions removed in one go.
const REMOVED: i64 = 200;
/// How long another system may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is taken; nothing in it is looked at.
const LONGEST: usize = 64 * 1024;

/// Runs until it is aborted; does nothing while this site takes no changes, as on a standby. The client follows no redirect: a
/// notice goes where the other system registered and nowhere else.
pub(crate) async fn keep(app: App, site: Arc<Site>, client: Client) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count: u32 = 0;
    loop {
        tick.tick().await;
        if site.may_write().is_err() {
            continue;
        }
        count = count.wrapping_add(1);
        let removes = count.is_multiple_of(REMOVAL);
        let ctx = OpCtx::new(app.realm, Actor::System("sign-on"), app.clock.clone())
            .for_purpose("session management");
        let due = {
            let ctx = ctx.clone();
            app.run(move |app| {
                app.provider.end_orphans(&ctx)?;
                if removes {
                    app.provider.remove_expired(&ctx)?;
                    app.identity.remove_expired_sessions(&ctx, REMOVED)?;
                }
                Ok(app.provider.notices_due(&ctx, &app.base_url())?)
            })
            .await
        };
        match due {
            Ok(due) => {
                for notice in due {
                    send(&app, &ctx, &client, notice).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = %error.message.en, "sessions could not be tidied; trying again");
            }
        }
    }
}

async fn send(app: &App, ctx: &OpCtx, client: &Client, notice: LogoutNotice) {
    let arrived = !notice.token.is_empty() && deliver(client, &notice).await;
    let ctx = ctx.clone();
    let settled = app
        .run(move |app| Ok(app.provider.settle_notice(&ctx, &notice, arrived)?))
        .await;
    if let Err(error) = settled {
        tracing::warn!(error = %error.message.en, "a sign-out notice could not be settled");
    }
}

async fn deliver(client: &Client, notice: &LogoutNotice) -> bool {
    let fields = [("logout_token", notice.token.as_str())];
    let asked = client.post_form(&notice.uri, &fields, LONGEST);
    match tokio::time::timeout(PATIENCE, asked).await {
        // Back-Channel Logout 2.8: 200, and some frameworks answer 204.
        Ok(Ok(answer)) => (200..300).contains(&answer.status),
        Ok(Err(error)) => {
            tracing::info!(error = %error, "a system did not take its sign-out notice; trying again later");
            false
        }
        Err(_) => {
            tracing::info!("a system did not answer its sign-out notice; trying again later");
            false
        }
    }
}
