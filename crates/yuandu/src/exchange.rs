//! The exchange of a running city: registers as what it passes on and checks by, and the messages that are sent while the
//! city is served.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use yuandu_api::App;
use yuandu_api::exchange::{Carried, Carrier};
use yuandu_base::{ErrorKind, Problem};
use yuandu_continuity::{Client, Site};
use yuandu_exchange::{Answer, ExchangeError, FieldNote, Holdings, Outgoing, SharedRow};
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::{RecordView, Registers, RegistersError};
use yuandu_schema::{FieldDef, FieldType};
use yuandu_store::Duty as _;

/// How soon what waits is looked at again when there was nothing to do.
const TICK: Duration = Duration::from_secs(1);
/// Messages under way at a time.
const AT_ONCE: i64 = 8;
/// Longest answer that is taken.
const LONGEST: usize = 1024 * 1024;
/// How long another node may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Ticks between two removals of nonces that count no more.
const REMOVAL: u32 = 60;
/// Of several servers on one database, one sends until it has not said so for this long.
const LEASE: Duration = Duration::from_secs(90);

/// The registers as the exchange needs them.
pub(crate) struct CityHoldings(pub(crate) Arc<Registers>);

impl std::fmt::Debug for CityHoldings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CityHoldings")
    }
}

impl Holdings for CityHoldings {
    fn fields(&self, register: &str) -> Option<Vec<FieldNote>> {
        let fields = self.0.own_fields(register)?;
        Some(fields.into_iter().map(note).collect())
    }

    fn rows(
        &self,
        ctx: &OpCtx,
        register: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SharedRow>, ExchangeError> {
        let rows = self
            .0
            .pass_on(ctx, register, (after, limit))
            .map_err(failed)?;
        Ok(rows.into_iter().map(shared).collect())
    }

    fn row(
        &self,
        ctx: &OpCtx,
        register: &str,
        key: &str,
    ) -> Result<Option<SharedRow>, ExchangeError> {
        let row = self.0.pass_on_one(ctx, register, key).map_err(failed)?;
        Ok(row.map(shared))
    }

    fn check(
        &self,
        ctx: &OpCtx,
        register: &str,
        fields: &[FieldNote],
        values: &Map<String, Value>,
    ) -> Vec<Problem> {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        self.0.check_passed_on(ctx, register, (&names, values))
    }
}

/// The type with what it hangs on: a code of another list is another type.
fn note(field: &FieldDef) -> FieldNote {
    let kind = field.kind.name();
    FieldNote {
        name: field.name.clone(),
        kind: match &field.kind {
            FieldType::Code { list } => format!("{kind}:{list}"),
            FieldType::Reference { register } => format!("{kind}:{register}"),
            _ => kind.to_owned(),
        },
    }
}

fn shared(view: RecordView) -> SharedRow {
    SharedRow {
        key: view.id,
        values: view.values,
    }
}

fn failed(error: RegistersError) -> ExchangeError {
    match error {
        RegistersError::Store(error) => error.into(),
        RegistersError::Identity(error) => error.into(),
        other => ExchangeError::Holdings(other.to_string()),
    }
}

/// Sends until it is aborted; does nothing while this site takes no changes, as on a standby.
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
        let ctx = OpCtx::new(app.realm, Actor::System("exchange"), app.clock.clone())
            .for_purpose("exchange");
        if count.is_multiple_of(REMOVAL) {
            let ctx = ctx.clone();
            let swept = app.run(move |app| Ok(app.exchange.sweep(&ctx)?)).await;
            said(swept.map(|_| ()).err());
        }
        // While there is something to send nobody waits for the clock.
        loop {
            match round(&app, &ctx, &client).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    said(Some(error));
                    break;
                }
            }
        }
    }
}

fn said(error: Option<yuandu_api::ApiError>) {
    if let Some(error) = error.filter(|error| error.kind != ErrorKind::Busy) {
        tracing::warn!(error = %error.message.en, "the exchange could not go on; trying again");
    }
}

/// Makes parts and sends what is due, several at a time; gives how many messages were settled.
async fn round(app: &App, ctx: &OpCtx, client: &Client) -> Result<usize, yuandu_api::ApiError> {
    let asked = ctx.clone();
    let due = app
        .run(move |app| {
            let name = format!("exchange/{}", app.realm);
            if !app.store.lease(&name, asked.now(), LEASE)? {
                return Ok(Vec::new());
            }
            app.exchange.advance(&asked)?;
            Ok(app.exchange.due(&asked, AT_ONCE)?)
        })
        .await?;
    let mut under_way = JoinSet::new();
    for message in due {
        let client = client.clone();
        under_way.spawn(async move {
            let answer = send(&client, &message).await;
            (message, answer)
        });
    }
    let mut settled = 0;
    while let Some(Ok((message, answer))) = under_way.join_next().await {
        let ctx = ctx.clone();
        app.run(move |app| {
            let answer = answer.as_ref().map_err(String::as_str);
            Ok(app.exchange.answered(&ctx, &message, answer)?)
        })
        .await?;
        settled += 1;
    }
    Ok(settled)
}

/// Carries questions by the one HTTP client.
pub(crate) struct HttpCarrier(pub(crate) Client);

impl Carrier for HttpCarrier {
    fn carry<'c>(&'c self, message: &'c Outgoing) -> Carried<'c> {
        Box::pin(send(&self.0, message))
    }
}

async fn send(client: &Client, message: &Outgoing) -> Result<Answer, String> {
    let posted = client.post_message(&message.url, &message.headers, &message.body, LONGEST);
    match tokio::time::timeout(PATIENCE, posted).await {
        Ok(Ok(answer)) => Ok(Answer {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        }),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
