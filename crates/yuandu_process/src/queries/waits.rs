//! What cases wait for: messages and signals, found by name and key.

use yuandu_ids::RealmId;
use yuandu_store::{Change, Reader, Row, StoreError, Value};

use crate::store::realm;

/// A row of `waits`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WaitRow {
    pub(crate) id: String,
    pub(crate) case_id: String,
    pub(crate) token: i64,
    pub(crate) node: String,
    /// `message` or `signal`.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The value a message must carry; empty when any will do.
    pub(crate) key: String,
    /// Whether it is in the table already.
    pub(crate) kept: bool,
}

impl WaitRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text("id")?,
            case_id: row.text("case_id")?,
            token: row.int("token")?,
            node: row.text("node")?,
            kind: row.text("kind")?,
            name: row.text("name")?,
            key: row.text("key")?,
            kept: true,
        })
    }

    pub(crate) fn put(&self) -> Change {
        Change::put("waits")
            .with("id", self.id.clone())
            .with("case_id", self.case_id.clone())
            .with("token", self.token)
            .with("node", self.node.clone())
            .with("kind", self.kind.clone())
            .with("name", self.name.clone())
            .with("key", self.key.clone())
            .with("status", "open")
    }
}

fn rows(reader: &Reader<'_>, sql: &str, values: &[Value]) -> Result<Vec<WaitRow>, StoreError> {
    reader
        .query(sql, values)?
        .iter()
        .map(WaitRow::read)
        .collect()
}

/// What a case waits for.
pub(crate) fn of_case(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
) -> Result<Vec<WaitRow>, StoreError> {
    let sql =
        "SELECT * FROM waits WHERE realm = $1 AND case_id = $2 AND status = 'open' ORDER BY id";
    rows(reader, sql, &[realm(realm_id), case.into()])
}

/// Who waits for a message with one of these keys, or with none: the few that wait longest.
pub(crate) fn for_message(
    reader: &Reader<'_>,
    realm_id: RealmId,
    name: &str,
    keys: &[String],
) -> Result<Vec<WaitRow>, StoreError> {
    let marks: Vec<String> = (0..=keys.len()).map(|at| format!("${}", at + 3)).collect();
    let sql = format!(
        "SELECT * FROM waits WHERE realm = $1 AND kind = 'message' AND status = 'open' AND name = $2 AND key IN ({}) ORDER BY key DESC, id LIMIT 20",
        marks.join(", ")
    );
    let mut values = vec![realm(realm_id), name.into(), "".into()];
    values.extend(keys.iter().map(Value::from));
    rows(reader, &sql, &values)
}

/// Who waits for a signal.
pub(crate) fn for_signal(
    reader: &Reader<'_>,
    realm_id: RealmId,
    name: &str,
    limit: i64,
) -> Result<Vec<WaitRow>, StoreError> {
    let sql = "SELECT * FROM waits WHERE realm = $1 AND kind = 'signal' AND status = 'open' AND name = $2 ORDER BY id LIMIT $3";
    rows(reader, sql, &[realm(realm_id), name.into(), limit.into()])
}
