//! Connections to PostgreSQL for callers that block.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, future};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::Dialect;
use super::values::declared;
use crate::database::Address;
use crate::{Row, StoreError, Value};

/// Statements a session keeps prepared; dynamic filters make many shapes, and each costs memory on the server.
const PREPARED: usize = 500;

/// Between two attempts to reach the database.
const PAUSE: Duration = Duration::from_millis(50);

/// The way to one database: its address and the small runtime that moves bytes.
pub(crate) struct Link {
    address: Address,
    config: Config,
    dialect: Dialect,
    runtime: Option<Runtime>,
}

impl Link {
    pub(crate) fn new(address: &Address, dialect: Dialect) -> Result<Arc<Self>, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Unreachable {
                reason: error.to_string(),
            })?;
        let mut config = address.config().clone();
        // A server that vanished without a word is noticed in seconds, so that a standby can be tried.
        config
            .application_name("yuandu")
            .connect_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(5))
            .tcp_user_timeout(Duration::from_secs(15));
        Ok(Arc::new(Self {
            address: address.clone(),
            config,
            dialect,
            runtime: Some(runtime),
        }))
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// A connection with `settings` applied; attempts go on until `patience` is over.
    pub(crate) fn connect(
        self: &Arc<Self>,
        settings: &str,
        patience: Duration,
    ) -> Result<Session, StoreError> {
        let closed = || StoreError::Unreachable {
            reason: "the program is stopping".to_owned(),
        };
        let runtime = self.runtime.as_ref().ok_or_else(closed)?;
        let (answer, answered) = sync_channel(1);
        let config = self.config.clone();
        let setup = format!("SET search_path TO {}; {settings}", self.address.schema());
        runtime.spawn(async move {
            // Nobody waits any more when this fails.
            let _ = answer.send(attempts(&config, &setup, patience).await);
        });
        let client = answered.recv().map_err(|_| closed())??;
        Ok(Session {
            client,
            statements: RefCell::default(),
            begun: Cell::new(false),
            link: Arc::clone(self),
        })
    }

    /// Lets a moment pass without holding up anything else.
    pub(crate) fn pause(&self, time: Duration) {
        let Some(runtime) = &self.runtime else { return };
        let (done, waited) = sync_channel(1);
        runtime.spawn(async move {
            tokio::time::sleep(time).await;
            let _ = done.send(());
        });
        let _ = waited.recv();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for the connections to end is not allowed where an async task drops the last store.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({})", self.address)
    }
}

async fn attempts(config: &Config, setup: &str, patience: Duration) -> Result<Client, StoreError> {
    let begun = Instant::now();
    loop {
        let failed = match once(config, setup).await {
            Ok(client) => return Ok(client),
            Err(error) => StoreError::from(error),
        };
        let hopeless = !matches!(failed, StoreError::Unreachable { .. });
        if hopeless || begun.elapsed() >= patience {
            return Err(failed);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn once(config: &Config, setup: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "a connection to PostgreSQL ended");
        }
    });
    client.batch_execute(setup).await?;
    Ok(client)
}

/// One connection, used by one thread at a time.
pub(crate) struct Session {
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
    begun: Cell<bool>,
    link: Arc<Link>,
}

/// One statement of a pipeline with its parameters.
pub(crate) struct Step<'a> {
    pub(crate) sql: &'a str,
    pub(crate) types: &'a [Type],
    pub(crate) parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl Session {
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Runs statements that return nothing.
    pub(crate) fn run(&self, sql: &str) -> Result<(), StoreError> {
        Ok(wait(self.client.batch_execute(sql))?)
    }

    /// A query of the shared SQL inside a read transaction, which the first query opens: all of one moment.
    pub(crate) fn read(
        &self,
        sql: &str,
        parameters: &[Value],
        mut each: impl FnMut(Row) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let types: Vec<Type> = parameters.iter().map(declared).collect();
        wait(async {
            if !self.begun.replace(true) {
                let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let (begun, prepared) = future::join(
                    self.client.batch_execute(begin),
                    self.prepared(sql, &types, true),
                )
                .await;
                begun?;
                prepared?;
            }
            let statement = self.prepared(sql, &types, true).await?;
            let columns: Arc<[String]> = statement
                .columns()
                .iter()
                .map(|column| column.name().to_owned())
                .collect();
            let rows = self.client.query_raw(&statement, parameters).await?;
            let mut rows = pin!(rows);
            while let Some(row) = rows.next().await {
                let row = row?;
                let values = (0..columns.len())
                    .map(|at| row.try_get(at))
                    .collect::<Result<_, _>>()?;
                let columns = Arc::clone(&columns);
                if !each(Row { columns, values })? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Ends a read transaction without waiting for the answer: the next use of the connection comes after it.
    pub(crate) fn end_read(&self) {
        if self.begun.replace(false) {
            let mut ending = pin!(self.client.batch_execute("ROLLBACK"));
            let _ = ending
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Sends all steps at once and gives their rows in order: one round trip, whatever their number. `around` are plain
    /// statements before and after them. The first failure is returned; the server skips what follows it.
    pub(crate) fn pipeline(
        &self,
        before: &str,
        steps: &[Step<'_>],
        after: &str,
    ) -> Result<Vec<Vec<tokio_postgres::Row>>, StoreError> {
        wait(async {
            let mut statements = Vec::with_capacity(steps.len());
            for prepared in future::join_all(
                steps
                    .iter()
                    .map(|step| self.prepared(step.sql, step.types, false)),
            )
            .await
            {
                statements.push(prepared?);
            }
            let plain = |sql: &'_ str| {
                let sql = sql.to_owned();
                async move {
                    if sql.is_empty() {
                        Ok(())
                    } else {
                        self.client.batch_execute(&sql).await
                    }
                }
            };
            let queries = steps
                .iter()
                .zip(&statements)
                .map(|(step, statement)| self.client.query(statement, &step.parameters));
            let (before, rows, after) =
                future::join3(plain(before), future::join_all(queries), plain(after)).await;
            before?;
            let mut answers = Vec::with_capacity(steps.len());
            for answer in rows {
                answers.push(answer?);
            }
            after?;
            Ok(answers)
        })
    }

    async fn prepared(
        &self,
        sql: &str,
        types: &[Type],
        shared: bool,
    ) -> Result<Statement, StoreError> {
        let mut key = String::with_capacity(sql.len() + types.len());
        key.push_str(sql);
        key.extend(
            types
                .iter()
                .map(|ty| ty.name().chars().next().unwrap_or(' ')),
        );
        if let Some(statement) = self.statements.borrow().get(&key) {
            return Ok(statement.clone());
        }
        let text = if shared {
            self.link.dialect.translate(sql)
        } else {
            sql.to_owned()
        };
        let statement = self.client.prepare_typed(&text, types).await?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= PREPARED {
            statements.clear();
        }
        statements.insert(key, statement.clone());
        Ok(statement)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Session({})", self.link.address)
    }
}

/// Parks the thread until the future is done. The driver's futures only wait for its channels, so no runtime is needed here.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let source = std::error::Error::source(&error);
            let broken =
                error.is_closed() || source.is_none_or(|source| source.is::<std::io::Error>());
            let reason = match source {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            return if broken {
                Self::Unreachable { reason }
            } else {
                Self::Database { reason }
            };
        };
        let reason = told.message().to_owned();
        match told.code().code() {
            "53100" => Self::Disk { reason },
            "53300" | "57P01" | "57P02" | "57P03" | "25006" => Self::Unreachable { reason },
            "40001" | "40P01" | "55P03" | "57014" => Self::Busy { retry_after_s: 1 },
            "XX001" | "XX002" => Self::Corrupt { reason },
            "23505" => Self::Taken {
                constraint: told.constraint().unwrap_or("a unique column").to_owned(),
            },
            code if code.starts_with("08") => Self::Unreachable { reason },
            _ => Self::Database { reason },
        }
    }
}
