//! What the tests ask the store about its log.

use yuandu_api::App;
use yuandu_store::Value;

/// The operations of the entries written since the log had `size` entries, oldest first.
pub fn ops_since(app: &App, size: u64) -> Vec<String> {
    let from = Value::from(i64::try_from(size).unwrap());
    app.store
        .read(|reader| {
            let rows = reader.query("SELECT op FROM log WHERE seq >= $1 ORDER BY seq", &[from])?;
            rows.iter().map(|row| row.text("op")).collect()
        })
        .unwrap_or_else(|error: yuandu_store::StoreError| panic!("{error}"))
}
