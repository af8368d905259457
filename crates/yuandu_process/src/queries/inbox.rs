//! An officer's inbox: the tasks this person may do now, and the counts of its saved views.

use jiff::{Timestamp, ToSpan};
use yuandu_identity::{ColumnMap, OpCtx, ResourceKind};
use yuandu_store::{Row, StoreError, Value};

use crate::error::ProcessError;
use crate::ops::Engine;
use crate::store::TaskRow;

use super::list::Where;
use super::paging::Cursor;

const MOST: usize = 500;

/// A saved view of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InboxView {
    /// Everything I may do.
    #[default]
    All,
    /// Taken on by me.
    Mine,
    /// Due before the end of today.
    DueToday,
    /// Past the due instant.
    Overdue,
    /// Lamp yellow.
    Warning,
    /// Arrived today.
    New,
    /// For my organisation.
    MyOrg,
    /// Asked of me by others: delegated, to sign, to say, to report.
    Asked,
    /// Copied or circulated to me, to be read.
    ToRead,
}

/// A task in the inbox with what the list shows of its case.
#[derive(Debug, Clone)]
pub struct InboxTask {
    /// The task.
    pub task: TaskRow,
    /// Number of the case.
    pub number: String,
    /// Title of the case.
    pub title: String,
    /// Address of the case.
    pub address: Option<String>,
    /// Channel of the case.
    pub channel: String,
    /// Organisation that has the case.
    pub case_org: Option<String>,
    /// Place of the case.
    pub place: Option<(f64, f64)>,
    /// When the case was opened.
    pub opened_at: Timestamp,
}

/// How many tasks each saved view holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxCounts {
    /// Everything I may do.
    pub all: i64,
    /// Taken on by me.
    pub mine: i64,
    /// Due before the end of today and not yet overdue.
    pub due_today: i64,
    /// Past the due instant.
    pub overdue: i64,
    /// Lamp yellow.
    pub warning: i64,
    /// Arrived today.
    pub new: i64,
    /// For my organisation.
    pub my_org: i64,
    /// Asked of me by others.
    pub asked: i64,
    /// To be read.
    pub to_read: i64,
}

/// The inbox.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The tasks of the view, most urgent first; tasks without a due instant come last.
    pub tasks: Vec<InboxTask>,
    /// Counts of every view.
    pub counts: InboxCounts,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What the conditions of views are asked with.
struct Moments {
    now: Value,
    start: Value,
    end: Value,
    user: Value,
    org: Value,
}

impl Engine {
    /// A page of the tasks an officer may do, with the counts of all views: two queries.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn inbox(
        &self,
        ctx: &OpCtx,
        view: InboxView,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Inbox, ProcessError> {
        let limit = limit.clamp(1, MOST);
        let moments = self.moments(ctx)?;
        let mut base = Where::of_realm(ctx, "tasks");
        base.and("tasks.status = 'open'", []);
        let columns = ColumnMap::tasks("tasks").column("system", "tasks.system");
        let gate = self.gate.filter(
            ctx,
            "tasks.complete",
            ResourceKind::Task,
            &columns,
            base.next(),
        )?;
        let nothing = gate.is_nothing();
        base.and_numbered(&gate.sql, gate.params);
        // What another officer has taken on is not mine to do.
        base.and(
            "(tasks.assignee IS NULL OR tasks.assignee = ?)",
            [moments.user.clone()],
        );
        if nothing {
            return Ok(Inbox::default());
        }
        self.store.read(|reader| {
            let (sql, params) = counts_sql(&base, &moments);
            let counts = reader
                .query_one(&sql, &params)?
                .as_ref()
                .map(counts_of)
                .transpose()?;
            let (sql, params) =
                page_sql(&base, view, &moments, after.and_then(Cursor::read), limit);
            let mut tasks = reader
                .query(&sql, &params)?
                .iter()
                .map(inbox_task)
                .collect::<Result<Vec<_>, StoreError>>()?;
            let more = tasks.len() > limit;
            tasks.truncate(limit);
            let next = tasks.last().filter(|_| more).map(|last| {
                let cursor = Cursor {
                    at: last.task.due_at.map(Timestamp::as_millisecond),
                    id: last.task.id.clone(),
                };
                cursor.write()
            });
            Ok(Inbox {
                tasks,
                counts: counts.unwrap_or_default(),
                next,
            })
        })
    }

    fn moments(&self, ctx: &OpCtx) -> Result<Moments, ProcessError> {
        let zone = self.zone();
        let today = self.local_date(ctx.now());
        let day = |date: jiff::civil::Date| {
            let at = date.to_zoned(zone.clone()).map(|z| z.timestamp());
            at.map(Value::from).map_err(|_| StoreError::Column {
                column: "today".to_owned(),
                wanted: "a day",
            })
        };
        let tomorrow = today.checked_add(1.day()).unwrap_or(today);
        let officer = ctx.officer();
        Ok(Moments {
            now: ctx.now().into(),
            start: day(today)?,
            end: day(tomorrow)?,
            user: officer.map(|o| o.user.to_string()).into(),
            org: officer.map(|o| o.org.to_string()).into(),
        })
    }
}

impl InboxView {
    /// The condition of a view with its values; `?` stands for one value.
    fn condition(self, of: &Moments) -> (&'static str, Vec<Value>) {
        match self {
            // What is only to be read is no work: it has a view of its own.
            Self::All => ("tasks.node NOT IN ('@copy', '@circulate')", Vec::new()),
            Self::Mine => (
                "tasks.assignee = ? AND tasks.about IS NULL AND tasks.node NOT IN ('@copy', '@circulate')",
                vec![of.user.clone()],
            ),
            Self::Asked => (
                "tasks.node LIKE '@%' AND tasks.node NOT IN ('@copy', '@circulate')",
                Vec::new(),
            ),
            Self::ToRead => ("tasks.node IN ('@copy', '@circulate')", Vec::new()),
            Self::DueToday => (
                "tasks.due_at > ? AND tasks.due_at < ?",
                vec![of.now.clone(), of.end.clone()],
            ),
            Self::Overdue => ("tasks.due_at <= ?", vec![of.now.clone()]),
            Self::Warning => (
                "tasks.due_at > ? AND tasks.warn_at <= ?",
                vec![of.now.clone(), of.now.clone()],
            ),
            Self::New => (
                "tasks.created_at >= ? AND tasks.node NOT IN ('@copy', '@circulate')",
                vec![of.start.clone()],
            ),
            Self::MyOrg => ("tasks.org = ?", vec![of.org.clone()]),
        }
    }
}

const COUNTED: [(InboxView, &str); 9] = [
    (InboxView::All, "everything"),
    (InboxView::Asked, "asked"),
    (InboxView::ToRead, "to_read"),
    (InboxView::Mine, "mine"),
    (InboxView::DueToday, "due_today"),
    (InboxView::Overdue, "overdue"),
    (InboxView::Warning, "warning"),
    (InboxView::New, "arrived"),
    (InboxView::MyOrg, "my_org"),
];

fn counts_sql(base: &Where, of: &Moments) -> (String, Vec<Value>) {
    let mut params = base.params.clone();
    let mut sums = String::new();
    for (view, name) in COUNTED {
        let (condition, values) = view.condition(of);
        let mut values = values.into_iter();
        let mut numbered = String::new();
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?') {
                Some(text) => {
                    params.push(values.next().unwrap_or(Value::Null));
                    numbered.push_str(&format!("{text}${}", params.len()));
                }
                None => numbered.push_str(part),
            }
        }
        sums.push_str(&format!(
            ", SUM(CASE WHEN {numbered} THEN 1 ELSE 0 END) AS {name}"
        ));
    }
    (
        format!(
            "SELECT COUNT(*) AS rows_seen{sums} FROM tasks WHERE {}",
            base.sql()
        ),
        params,
    )
}

fn counts_of(row: &Row) -> Result<InboxCounts, StoreError> {
    let count = |name: &str| row.opt_int(name).map(Option::unwrap_or_default);
    Ok(InboxCounts {
        all: count("everything")?,
        mine: count("mine")?,
        due_today: count("due_today")?,
        overdue: count("overdue")?,
        warning: count("warning")?,
        new: count("arrived")?,
        my_org: count("my_org")?,
        asked: count("asked")?,
        to_read: count("to_read")?,
    })
}

fn page_sql(
    base: &Where,
    view: InboxView,
    of: &Moments,
    after: Option<Cursor>,
    limit: usize,
) -> (String, Vec<Value>) {
    let mut conditions = Where::following(base);
    let (condition, values) = view.condition(of);
    conditions.and(condition, values);
    const LAST: i64 = i64::MAX;
    if let Some(cursor) = after {
        let at = Value::Int(cursor.at.unwrap_or(LAST));
        let due = format!("COALESCE(tasks.due_at, {LAST})");
        conditions.and(
            &format!("({due} > ? OR ({due} = ? AND tasks.id > ?))"),
            [at.clone(), at, cursor.id.into()],
        );
    }
    conditions
        .params
        .push(Value::Int(i64::try_from(limit + 1).unwrap_or(LAST)));
    let sql = format!(
        "SELECT tasks.*, cases.number AS case_number, cases.title AS case_title, cases.address AS case_address, \
         cases.channel AS case_channel, cases.org AS case_org, cases.lon AS case_lon, cases.lat AS case_lat, \
         cases.opened_at AS case_opened FROM tasks JOIN cases ON cases.realm = tasks.realm AND cases.id = tasks.case_id \
         WHERE {}{} ORDER BY COALESCE(tasks.due_at, {LAST}), tasks.id LIMIT ${}",
        base.sql(),
        conditions.sql(),
        conditions.params.len()
    );
    (sql, conditions.params)
}

fn inbox_task(row: &Row) -> Result<InboxTask, StoreError> {
    Ok(InboxTask {
        task: TaskRow::read(row)?,
        number: row.text("case_number")?,
        title: row.text("case_title")?,
        address: row.opt_text("case_address")?,
        channel: row.text("case_channel")?,
        case_org: row.opt_text("case_org")?,
        place: row.opt_real("case_lon")?.zip(row.opt_real("case_lat")?),
        opened_at: row.timestamp("case_opened")?,
    })
}
