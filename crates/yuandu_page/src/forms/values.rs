//! Values of fields in the shape a form has them: texts by name, as typed before or as recorded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use yuandu_schema::{FieldDef, FieldType};

use super::sent::Sent;

/// Texts by the names of inputs.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<String, Vec<String>>);

impl Values {
    /// What was typed, so that a refused form comes back as it was.
    #[must_use]
    pub fn typed(sent: &Sent) -> Self {
        let mut values = Self::default();
        for (name, text) in sent.texts() {
            values
                .0
                .entry(name.to_owned())
                .or_default()
                .push(text.to_owned());
        }
        values
    }

    /// Adds a recorded value in canonical JSON; instants are shown in the city's time.
    pub fn set(&mut self, field: &FieldDef, value: &Json, zone: &TimeZone) {
        let name = &field.name;
        if let (FieldType::Position, Some(place)) = (&field.kind, value.as_object()) {
            for part in ["lon", "lat"] {
                let text = place.get(part).and_then(Json::as_f64);
                self.put(
                    &format!("{name}_{part}"),
                    text.map(|degrees| degrees.to_string()),
                );
            }
            return;
        }
        match value {
            Json::Null => {}
            Json::Array(items) => {
                let texts = items.iter().filter_map(Json::as_str).map(str::to_owned);
                self.0.insert(name.clone(), texts.collect());
            }
            Json::Bool(true) => self.put(name, Some("yes".to_owned())),
            Json::Bool(false) => {}
            Json::String(text) if field.kind == FieldType::Instant => {
                self.put(name, local_minute(text, zone));
            }
            Json::String(text) => self.put(name, Some(text.clone())),
            other => self.put(name, Some(other.to_string())),
        }
    }

    fn put(&mut self, name: &str, text: Option<String>) {
        if let Some(text) = text {
            self.0.insert(name.to_owned(), vec![text]);
        }
    }

    /// The first text of a name; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|texts| texts.first())
            .map_or("", String::as_str)
    }

    /// Every text of a name.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// An instant as `datetime-local` inputs want it.
fn local_minute(text: &str, zone: &TimeZone) -> Option<String> {
    let instant: Timestamp = text.parse().ok()?;
    let local = instant.to_zoned(zone.clone());
    Some(local.strftime("%Y-%m-%dT%H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::Values;
    use jiff::tz::TimeZone;
    use serde_json::json;
    use yuandu_base::LocalText;
    use yuandu_schema::{FieldDef, FieldType};

    #[test]
    fn recorded_values_come_back_as_inputs_hold_them() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let field = |name, kind| FieldDef::new(name, kind, LocalText::new("甲", "a"));
        let mut values = Values::default();
        values.set(
            &field("at", FieldType::Instant),
            &json!("2026-11-23T01:30:00Z"),
            &zone,
        );
        values.set(
            &field("spot", FieldType::Position),
            &json!({ "lon": 119.1, "lat": 36.7 }),
            &zone,
        );
        values.set(&field("ok", FieldType::Boolean), &json!(true), &zone);
        values.set(
            &field(
                "count",
                FieldType::Integer {
                    min: None,
                    max: None,
                },
            ),
            &json!(3),
            &zone,
        );
        assert_eq!(values.text("at"), "2026-11-23T09:30");
        assert_eq!(values.text("spot_lon"), "119.1");
        assert_eq!(values.text("ok"), "yes");
        assert_eq!(values.text("count"), "3");
        assert_eq!(values.text("none"), "");
    }
}
