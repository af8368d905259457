//! Keeps single sign-on tidy while the city is served: tells other systems that a session ended (OpenID Connect Back-Channel
//! Logout 1.0) and removes what has expired.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};
use yuandu_api::App;
use yuandu_identity::{Actor, OpCtx};
use yuandu_oidc::LogoutNotice;

/// How soon after a sign-out the other systems are told.
const TICK: Duration = Duration::from_secs(1);
/// Ticks between two removals of what has expired.
const REMOVAL: u32 = 60;
/// Sessions removed in one go.
const REMOVED: i64 = 200;
/// How long another system may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until it is aborted.
pub(crate) async fn keep(app: App) {
    let agent = agent();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count: u32 = 0;
    loop {
        tick.tick().await;
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
                    send(&app, &ctx, &agent, notice).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = %error.message.en, "sessions could not be tidied; trying again");
            }
        }
    }
}

/// Follows no redirect: a notice goes where the client registered and nowhere else.
fn agent() -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Config::builder()
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .new_agent()
}

async fn send(app: &App, ctx: &OpCtx, agent: &Agent, notice: LogoutNotice) {
    let (ctx, agent) = (ctx.clone(), agent.clone());
    let settled = app
        .run(move |app| {
            let arrived = !notice.token.is_empty() && deliver(&agent, &notice);
            Ok(app.provider.settle_notice(&ctx, &notice, arrived)?)
        })
        .await;
    if let Err(error) = settled {
        tracing::warn!(error = %error.message.en, "a sign-out notice could not be settled");
    }
}

fn deliver(agent: &Agent, notice: &LogoutNotice) -> bool {
    match agent
        .post(&notice.uri)
        .send_form([("logout_token", notice.token.as_str())])
    {
        // Back-Channel Logout 2.8: 200, and some frameworks answer 204.
        Ok(answer) => answer.status().is_success(),
        Err(error) => {
            tracing::info!(error = %error, "a system did not take its sign-out notice; trying again later");
            false
        }
    }
}
