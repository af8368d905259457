//! Checking one value against its field: canonical JSON out, or one problem with its remedy.
//!
//! Existence of codes, records and organisations is not asked here; see [`crate::check_record`] for code lists.

mod geometry;
mod moment;
pub(crate) mod money;
mod number;
mod place;

use serde_json::Value;
use yuandu_base::Problem;

use crate::field::{FieldDef, FieldType, Requirement};
use crate::{identifiers, people_text};

impl FieldDef {
    /// Checks a JSON value and gives its canonical form; `null` and empty text mean "no value".
    ///
    /// # Errors
    /// One [`Problem`] whose place is the field's name.
    pub fn check(&self, value: &Value) -> Result<Value, Problem> {
        let canonical = match value {
            Value::Null => Value::Null,
            Value::String(text) => return self.check_text(text),
            other => self.check_shape(other)?,
        };
        self.demand(canonical)
    }

    /// Checks what a person typed into a form or a CSV cell.
    ///
    /// # Errors
    /// One [`Problem`] whose place is the field's name.
    pub fn check_text(&self, text: &str) -> Result<Value, Problem> {
        if text.trim().is_empty() {
            return self.demand(Value::Null);
        }
        let canonical = self.parse(text)?;
        self.demand(canonical)
    }

    /// Checks a field as an HTML form sends it; a place comes as `<name>_lon` and `<name>_lat`, photos as many values.
    ///
    /// # Errors
    /// One [`Problem`] whose place is the field's name.
    pub fn check_form(&self, sent: &dyn Fn(&str) -> Vec<String>) -> Result<Value, Problem> {
        let given = || {
            sent(&self.name)
                .into_iter()
                .filter(|text| !text.trim().is_empty())
        };
        match self.kind {
            FieldType::Position => {
                let part = |end: &str| {
                    sent(&format!("{}_{end}", self.name))
                        .into_iter()
                        .next()
                        .unwrap_or_default()
                };
                let (lon, lat) = (part("lon"), part("lat"));
                if lon.trim().is_empty() && lat.trim().is_empty() {
                    return self.check_text(&given().next().unwrap_or_default());
                }
                self.check_text(&format!("{lon},{lat}"))
            }
            FieldType::Photos { .. } => self.check(&given().map(Value::String).collect()),
            // An unticked box sends nothing: that is a "no", not a missing answer.
            FieldType::Boolean if self.required == Requirement::Always => {
                self.check_text(&given().next().unwrap_or_else(|| "false".to_owned()))
            }
            _ => self.check_text(&given().next().unwrap_or_default()),
        }
    }

    /// The problem of a value that should have been given.
    #[must_use]
    pub fn missing(&self) -> Problem {
        let label = &self.label;
        Problem::new(
            "schema.required",
            &self.name,
            format!("请填写「{}」", label.zh),
            format!("give a value for `{}`", label.en),
        )
    }

    fn demand(&self, canonical: Value) -> Result<Value, Problem> {
        if canonical.is_null() && self.required == Requirement::Always {
            return Err(self.missing());
        }
        Ok(canonical)
    }

    fn check_shape(&self, value: &Value) -> Result<Value, Problem> {
        let name = &self.name;
        match (&self.kind, value) {
            (FieldType::Boolean, Value::Bool(flag)) => Ok((*flag).into()),
            (FieldType::Integer { min, max }, Value::Number(number)) => {
                number::integer_json(name, number, *min, *max)
            }
            (FieldType::Decimal, Value::Number(number)) => number::decimal_json(name, number),
            (FieldType::Position, Value::Object(parts)) => place::from_object(name, parts),
            (FieldType::Photos { max }, Value::Array(items)) => photos(name, items, *max),
            (FieldType::Money, Value::Number(number)) => {
                money::from_text(name, &number.to_string())
            }
            (FieldType::Geometry { max }, Value::Object(_)) => geometry::check(name, value, *max),
            // Codes that look like numbers are often sent as numbers.
            (
                FieldType::Code { .. } | FieldType::Phone | FieldType::Division,
                Value::Number(number),
            ) => self.check_text(&number.to_string()),
            _ => Err(wrong_shape(self)),
        }
    }

    fn parse(&self, text: &str) -> Result<Value, Problem> {
        let name = self.name.as_str();
        let narrow = || people_text::line(name, &people_text::half_width(text), 4_096);
        match &self.kind {
            FieldType::Text { max } => people_text::line(name, text, *max).map(Value::String),
            FieldType::LongText { max } => people_text::lines(name, text, *max).map(Value::String),
            FieldType::Integer { min, max } => number::integer_text(name, &narrow()?, *min, *max),
            FieldType::Decimal => number::decimal_text(name, &narrow()?),
            FieldType::Money => money::from_text(name, &narrow()?),
            FieldType::Address { max } => people_text::line(name, text, *max).map(Value::String),
            FieldType::Geometry { max } => geometry::from_text(name, text, *max),
            FieldType::Boolean => boolean(name, &narrow()?),
            FieldType::Date => moment::date(name, &narrow()?),
            FieldType::Instant => moment::instant(name, &narrow()?),
            FieldType::Code { .. } => people_text::line(name, &narrow()?, 60).map(Value::String),
            FieldType::Org => identifiers::org(name, &narrow()?),
            FieldType::Post => identifiers::post(name, &narrow()?),
            FieldType::User => identifiers::user(name, &narrow()?),
            FieldType::Division => identifiers::division(name, &narrow()?),
            FieldType::Grid => identifiers::grid(name, &narrow()?),
            FieldType::Component => identifiers::component(name, &narrow()?),
            FieldType::Reference { .. } => {
                people_text::line(name, &narrow()?, 100).map(Value::String)
            }
            FieldType::Position => place::from_text(name, &narrow()?),
            FieldType::Photos { max } => {
                let narrow = narrow()?;
                let items = narrow.split([',', ';', ' ']).filter(|id| !id.is_empty());
                photos(name, &items.map(Value::from).collect::<Vec<_>>(), *max)
            }
            FieldType::Phone => identifiers::phone(name, &narrow()?),
            FieldType::PersonNumber => identifiers::person_number(name, &narrow()?),
            FieldType::CreditCode => identifiers::credit_code(name, &narrow()?),
            FieldType::Budget => moment::budget(name, &narrow()?),
        }
    }
}

fn wrong_shape(field: &FieldDef) -> Problem {
    let (zh, en) = match field.kind {
        FieldType::Position => (
            "位置应为 {\"lon\": …, \"lat\": …}",
            "a place must be {\"lon\": …, \"lat\": …}",
        ),
        FieldType::Photos { .. } => ("照片应为编号列表", "photos must be a list of ids"),
        FieldType::Geometry { .. } => ("应为 GeoJSON 几何", "must be a GeoJSON geometry"),
        FieldType::Integer { .. } | FieldType::Decimal => ("应为数字", "must be a number"),
        FieldType::Boolean => ("应为 true 或 false", "must be true or false"),
        _ => ("应为文本", "must be a text"),
    };
    Problem::new("schema.wrong_type", &field.name, zh, en)
}

fn boolean(field: &str, text: &str) -> Result<Value, Problem> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "on" | "是" | "有" | "对" => Ok(true.into()),
        "false" | "no" | "n" | "0" | "off" | "否" | "无" | "不" | "没有" => Ok(false.into()),
        _ => Err(Problem::new(
            "schema.not_boolean",
            field,
            format!("`{text}` 既不是“是”也不是“否”，请填“是”或“否”"),
            format!("`{text}` is neither yes nor no; write yes or no"),
        )),
    }
}

fn photos(field: &str, items: &[Value], max: usize) -> Result<Value, Problem> {
    if items.is_empty() {
        return Ok(Value::Null);
    }
    if items.len() > max {
        let count = items.len();
        return Err(Problem::new(
            "schema.too_many_photos",
            field,
            format!("最多 {max} 张照片，现有 {count} 张，请减少"),
            format!("at most {max} photos, there are {count}; remove some"),
        ));
    }
    let mut ids: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let id = identifiers::photo(field, item.as_str().unwrap_or_default())?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Value::Array(ids))
}

#[cfg(test)]
mod tests;
