//! CloudEvents 1.0 in the JSON batch format: one event a row, or one that closes a batch or brings a countersignature.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::{Why, refused};
use crate::{ExchangeError, SharedRow};

/// The version of CloudEvents that is spoken.
pub const SPEC_VERSION: &str = "1.0";
/// The media type of a batch of events.
pub(crate) const BATCH_TYPE: &str = "application/cloudevents-batch+json";
/// A row of a register.
pub(crate) const ROW: &str = "cn.yuandu.exchange.row.v1";
/// The end of a batch.
pub(crate) const CLOSE: &str = "cn.yuandu.exchange.close.v1";
/// A question under a contract.
pub(crate) const QUESTION: &str = "cn.yuandu.exchange.question.v1";
/// Ranges of keys to be compared.
pub(crate) const COMPARE: &str = "cn.yuandu.exchange.compare.v1";
/// What a comparison found.
pub(crate) const COMPARED: &str = "cn.yuandu.exchange.compared.v1";
/// The sender's signature under a receipt.
pub(crate) const COUNTERSIGNED: &str = "cn.yuandu.exchange.countersigned.v1";
/// Most rows of a part.
pub(crate) const MOST_ROWS: usize = 500;

/// An event as it travels. Attributes that others add are left out.
#[derive(Debug, Clone, Deserialize)]
struct Event {
    specversion: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    data: Value,
}

/// What the sender says at the end of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closing {
    /// Parts sent.
    pub(crate) parts: i64,
    /// Rows sent.
    pub(crate) rows: i64,
    /// Hash over them.
    pub(crate) content: String,
}

/// The sender's signature under a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Countersigned {
    /// Base64.
    pub(crate) signature: String,
}

/// What a message brings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Brought {
    Rows(Vec<SharedRow>),
    Close(Closing),
    Countersigned(Countersigned),
    Question(Question),
    Compare(Vec<Range>),
    Compared(Compared),
}

/// What is asked under a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub(crate) enum Question {
    /// One record.
    Record {
        /// Its key.
        record: String,
    },
    /// A batch of all records.
    Batch,
}

/// A range of keys as the sender holds it: after one key, up to another or to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) after: String,
    pub(crate) to: Option<String>,
    pub(crate) rows: i64,
    pub(crate) hash: String,
}

/// A range that is not alike, with keys and hashes as the receiver holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unlike {
    pub(crate) after: String,
    pub(crate) to: Option<String>,
    pub(crate) keys: Vec<(String, String)>,
}

/// A record that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub(crate) record: String,
    pub(crate) kind: String,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compared {
    /// Records of the sender.
    pub(crate) rows: i64,
    /// Copies of the receiver.
    pub(crate) held: i64,
    /// Differences by kind, all of them.
    pub(crate) totals: BTreeMap<String, i64>,
    /// Differences one by one.
    pub(crate) told: Vec<Difference>,
}

impl Compared {
    pub(crate) fn state(&self) -> &'static str {
        if self.totals.is_empty() {
            "settled"
        } else {
            "differs"
        }
    }

    /// What differs in few words; nothing when nothing does.
    pub(crate) fn words(&self) -> String {
        let totals: Vec<String> = self
            .totals
            .iter()
            .map(|(kind, number)| format!("{kind} {number}"))
            .collect();
        totals.join("; ")
    }
}

/// One event of each row; ids are unique within the source.
pub(crate) fn of_rows(source: &str, place: &str, rows: &[SharedRow]) -> String {
    let events: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            json!({
                "specversion": SPEC_VERSION, "id": format!("{place}/{at}"), "source": source, "type": ROW,
                "subject": row.key, "datacontenttype": "application/json", "data": row.values,
            })
        })
        .collect();
    Value::Array(events).to_string()
}

/// A batch of one event that is not a row.
pub(crate) fn of_one(
    source: &str,
    place: &str,
    kind: &str,
    data: &impl Serialize,
) -> Result<String, ExchangeError> {
    let data =
        serde_json::to_value(data).map_err(|error| ExchangeError::stored("message", error))?;
    let event = json!([{
        "specversion": SPEC_VERSION, "id": place, "source": source, "type": kind,
        "datacontenttype": "application/json", "data": data,
    }]);
    Ok(event.to_string())
}

/// Reads a body; rows and other events are not mixed.
pub(crate) fn read(body: &[u8]) -> Result<Brought, ExchangeError> {
    let bad = |detail: &str| refused(Why::Malformed, detail);
    let events: Vec<Event> =
        serde_json::from_slice(body).map_err(|error| bad(&error.to_string()))?;
    if let Some(event) = events
        .iter()
        .find(|event| event.specversion != SPEC_VERSION)
    {
        return Err(bad(&format!("specversion `{}`", event.specversion)));
    }
    let count = events.len();
    let mut rows = Vec::with_capacity(count.min(MOST_ROWS));
    for event in events {
        match event.kind.as_str() {
            ROW if rows.len() < MOST_ROWS => rows.push(row(event)?),
            ROW => return Err(bad(&format!("more than {MOST_ROWS} rows"))),
            CLOSE if count == 1 => return Ok(Brought::Close(data(event.data)?)),
            QUESTION if count == 1 => return Ok(Brought::Question(data(event.data)?)),
            COMPARE if count == 1 => return Ok(Brought::Compare(data(event.data)?)),
            COMPARED if count == 1 => return Ok(Brought::Compared(data(event.data)?)),
            COUNTERSIGNED if count == 1 => return Ok(Brought::Countersigned(data(event.data)?)),
            other => return Err(bad(&format!("type `{other}`"))),
        }
    }
    if rows.is_empty() {
        return Err(bad("no events"));
    }
    Ok(Brought::Rows(rows))
}

fn row(event: Event) -> Result<SharedRow, ExchangeError> {
    let values: Map<String, Value> = data(event.data)?;
    if event.subject.is_empty() || event.subject.len() > 500 {
        return Err(refused(Why::Malformed, "subject"));
    }
    Ok(SharedRow {
        key: event.subject,
        values,
    })
}

fn data<T: serde::de::DeserializeOwned>(data: Value) -> Result<T, ExchangeError> {
    serde_json::from_value(data).map_err(|error| refused(Why::Malformed, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_travel_as_events_and_come_back() {
        let mut values = Map::new();
        values.insert("name".into(), "演示甲".into());
        let rows = vec![SharedRow {
            key: "k".into(),
            values,
        }];
        let body = of_rows("370700.a.b", "c/1/1", &rows);
        assert_eq!(read(body.as_bytes()).unwrap(), Brought::Rows(rows));
        let closing = Closing {
            parts: 1,
            rows: 1,
            content: "00".into(),
        };
        let body = of_one("370700.a.b", "c/1/2", CLOSE, &closing).unwrap();
        assert_eq!(read(body.as_bytes()).unwrap(), Brought::Close(closing));
        for wrong in [
            "",
            "{}",
            "[]",
            "[{}]",
            &body.replace("1.0", "0.3"),
            &body.replace("close", "open"),
        ] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_fall(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
        }
    }
}
