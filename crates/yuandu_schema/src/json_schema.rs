//! Registers as JSON Schema (draft 2020-12), so that other programs can check a record before they send it.
//!
//! What the schema cannot say (check digits, whether a record pointed at exists) is asked when the record arrives.

use serde_json::{Map, Value, json};
use yuandu_base::Lang;

use crate::code_list::CodeLists;
use crate::field::{FieldDef, FieldType, Requirement, Sensitivity};
use crate::register::{RegisterDef, Retention};

/// Codes beyond which a list is named and not written out.
const MOST_CODES: usize = 1_000;

impl RegisterDef {
    /// The schema of a record, with titles in a language.
    #[must_use]
    pub fn json_schema(&self, lists: &CodeLists, lang: Lang) -> Value {
        let properties: Map<String, Value> = self
            .fields
            .iter()
            .map(|field| (field.name.clone(), self.property(field, lists, lang)))
            .collect();
        let required: Vec<&str> = self
            .fields
            .iter()
            .filter(|field| field.required == Requirement::Always && field.source.is_none())
            .map(|field| field.name.as_str())
            .collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:yuandu:register:{}", self.full_name()),
            "title": self.title.get(lang),
            "description": self.summary.as_ref().map_or("", |summary| summary.get(lang)),
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
            "x-key": self.key,
            "x-authority": self.authority,
            "x-legal-basis": self.legal_basis,
            "x-retention": self.retention.to_string(),
            "x-sensitivity": sensitivity(self.sensitivity),
        })
    }

    fn property(&self, field: &FieldDef, lists: &CodeLists, lang: Lang) -> Value {
        let mut schema = shape(&field.kind, lists);
        if let Some(object) = schema.as_object_mut() {
            object.insert("title".to_owned(), field.label.get(lang).into());
            object.insert("x-type".to_owned(), field.kind.name().into());
            if let Some(hint) = &field.hint {
                object.insert("description".to_owned(), hint.get(lang).into());
            }
            if let Some(source) = &field.source {
                object.insert("x-source".to_owned(), source.as_str().into());
                object.insert("readOnly".to_owned(), true.into());
            }
            if let Some(authority) = &field.authority {
                object.insert("x-authority".to_owned(), authority.as_str().into());
            }
            let level = sensitivity(self.sensitivity_of(field));
            object.insert("x-sensitivity".to_owned(), level.into());
        }
        schema
    }
}

fn sensitivity(level: Sensitivity) -> &'static str {
    match level {
        Sensitivity::Open => "open",
        Sensitivity::Internal => "internal",
        Sensitivity::Restricted => "restricted",
    }
}

impl std::fmt::Display for Retention {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Permanent => formatter.write_str("permanent"),
            Self::Years(years) => write!(formatter, "{years}y"),
            Self::Months(months) => write!(formatter, "{months}m"),
        }
    }
}

/// The canonical JSON of a type.
fn shape(kind: &FieldType, lists: &CodeLists) -> Value {
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        FieldType::Text { max } | FieldType::LongText { max } | FieldType::Address { max } => {
            json!({ "type": "string", "maxLength": max })
        }
        FieldType::Integer { min, max } => {
            let mut schema = json!({ "type": "integer" });
            for (name, bound) in [("minimum", min), ("maximum", max)] {
                if let (Some(object), Some(bound)) = (schema.as_object_mut(), bound) {
                    object.insert(name.to_owned(), (*bound).into());
                }
            }
            schema
        }
        FieldType::Decimal => json!({ "type": "number" }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::Instant => json!({ "type": "string", "format": "date-time" }),
        FieldType::Code { list } => codes(list, lists),
        FieldType::Division => pattern("^[0-9]{2}([0-9]{2}){0,2}([0-9]{3}){0,2}$"),
        FieldType::Grid => pattern("^[0-9]{15}$"),
        FieldType::Component => pattern("^[0-9]{17}$"),
        FieldType::PersonNumber => pattern("^[0-9]{17}[0-9X]$"),
        FieldType::CreditCode => pattern("^[0-9A-HJ-NPQRTUWXY]{18}$"),
        FieldType::Budget => pattern("^[0-9]+[dhm]$"),
        FieldType::Reference { register } => json!({ "type": "string", "x-register": register }),
        FieldType::Money => pattern("^-?[0-9]{1,13}[.][0-9]{2}$"),
        FieldType::Geometry { .. } => json!({
            "type": "object",
            "properties": { "type": { "type": "string" }, "coordinates": { "type": "array" } },
            "required": ["type", "coordinates"],
        }),
        FieldType::Position => json!({
            "type": "object",
            "properties": {
                "lon": { "type": "number", "minimum": -180, "maximum": 180 },
                "lat": { "type": "number", "minimum": -90, "maximum": 90 },
            },
            "required": ["lon", "lat"],
            "additionalProperties": false,
        }),
        FieldType::Photos { max } => {
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": max })
        }
        FieldType::Org | FieldType::Post | FieldType::User | FieldType::Phone => {
            json!({ "type": "string" })
        }
    }
}

fn codes(list: &str, lists: &CodeLists) -> Value {
    let entries = lists
        .get(list)
        .map(|list| list.entries())
        .unwrap_or_default();
    let mut schema = json!({ "type": "string", "x-code-list": list });
    if let Some(object) = schema.as_object_mut()
        && !entries.is_empty()
        && entries.len() <= MOST_CODES
    {
        let codes: Vec<&str> = entries.iter().map(|entry| entry.code.as_str()).collect();
        object.insert("enum".to_owned(), codes.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeList;

    #[test]
    fn a_record_is_described_with_types_limits_and_codes() {
        let text = "id = \"tree\"\ntitle = { zh = \"树\", en = \"Trees\" }\nauthority = \"parks\"\nretention = \"10y\"\nlegal_basis = \"x\"\nkey = \"number\"\n[[field]]\nname = \"number\"\ntype = \"integer\"\nmin = 1\nlabel = { zh = \"号\", en = \"Number\" }\nrequired = true\n[[field]]\nname = \"kind\"\ntype = \"code\"\nlist = \"kinds\"\nlabel = { zh = \"种\", en = \"Kind\" }\nsensitivity = \"internal\"\n";
        let (register, problems) = RegisterDef::read("green", "tree.toml", text);
        assert_eq!(problems, []);
        let list = CodeList::read("kinds", "k", "# x\ncode,name_zh,name_en\noak,橡,Oak\n").0;
        let schema = register
            .unwrap()
            .json_schema(&CodeLists::new([list]), Lang::En);
        assert_eq!(schema["properties"]["number"]["minimum"], 1);
        assert_eq!(schema["properties"]["kind"]["enum"], json!(["oak"]));
        assert_eq!(schema["properties"]["kind"]["x-sensitivity"], "internal");
        assert_eq!(schema["required"], json!(["number"]));
        assert_eq!(schema["x-retention"], "10y");
    }
}
