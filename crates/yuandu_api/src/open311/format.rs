//! JSON and XML of GeoReport v2: the same records, an array in JSON, a list element in XML.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::Serialize;
use serde_json::Value;

use super::model::Fault;

/// The form asked for by the ending of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.json`
    Json,
    /// `.xml`
    Xml,
}

impl Format {
    /// Splits `requests.json` into name and form; without an ending it is JSON.
    #[must_use]
    pub fn of(name: &str) -> Option<(&str, Self)> {
        match name.rsplit_once('.') {
            Some((name, "json")) => Some((name, Self::Json)),
            Some((name, "xml")) => Some((name, Self::Xml)),
            Some(_) => None,
            None => Some((name, Self::Json)),
        }
    }

    /// Answers with records; `list` and `item` name the XML elements.
    pub fn answer<T: Serialize>(
        self,
        status: StatusCode,
        list: &str,
        item: &str,
        records: &[T],
    ) -> Response {
        let values: Vec<Value> = records
            .iter()
            .filter_map(|record| serde_json::to_value(record).ok())
            .collect();
        let (media_type, body) = match self {
            Self::Json => (
                "application/json; charset=utf-8",
                Value::Array(values).to_string(),
            ),
            Self::Xml => ("text/xml; charset=utf-8", xml(list, item, &values)),
        };
        (
            status,
            [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))],
            body,
        )
            .into_response()
    }

    /// Answers with errors, one for each sentence.
    pub fn faults(
        self,
        status: StatusCode,
        sentences: impl IntoIterator<Item = String>,
    ) -> Response {
        let faults: Vec<Fault> = sentences
            .into_iter()
            .map(|description| Fault {
                code: status.as_u16(),
                description,
            })
            .collect();
        self.answer(status, "errors", "error", &faults)
    }
}

/// One XML document of a single record.
#[must_use]
pub fn document(name: &str, record: &Value) -> String {
    let mut writer = Writer::new(Vec::new());
    let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
    let _ = write_value(&mut writer, name, record);
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

/// An XML document with one element per record and one per field; empty fields are empty elements, as the specification shows.
#[must_use]
pub fn xml(list: &str, item: &str, records: &[Value]) -> String {
    let mut writer = Writer::new(Vec::new());
    // Writing to memory does not fail; were it to, the reader sees a document cut short, which no parser accepts.
    let _ = write_document(&mut writer, list, item, records);
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

fn write_document(
    writer: &mut Writer<Vec<u8>>,
    list: &str,
    item: &str,
    records: &[Value],
) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    writer.write_event(Event::Start(BytesStart::new(list)))?;
    for record in records {
        write_value(writer, item, record)?;
    }
    writer.write_event(Event::End(BytesEnd::new(list)))
}

fn write_value(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> std::io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                write_value(writer, name, value)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                write_value(writer, name.strip_suffix('s').unwrap_or(name), item)?;
            }
        }
        Value::String(text) => writer.write_event(Event::Text(BytesText::new(&allowed(text))))?,
        other => writer.write_event(Event::Text(BytesText::new(&other.to_string())))?,
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// Leaves out control characters that XML 1.0 cannot hold, however they came into a record.
fn allowed(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t' | '\r'))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Format, xml};

    #[test]
    fn the_ending_chooses_the_form() {
        assert_eq!(Format::of("requests.xml"), Some(("requests", Format::Xml)));
        assert_eq!(
            Format::of("20260921-123456-7.json"),
            Some(("20260921-123456-7", Format::Json))
        );
        assert_eq!(Format::of("services"), Some(("services", Format::Json)));
        assert_eq!(Format::of("services.yaml"), None);
    }

    #[test]
    fn xml_escapes_words_and_keeps_empty_fields() {
        let records = [
            json!({ "service_name": "井盖 <丢失> & 破损", "zipcode": null, "lat": 36.7, "bad": "a\u{0}b" }),
        ];
        let document = xml("services", "service", &records);
        assert!(
            document.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?><services><service>")
        );
        assert!(document.contains("<service_name>井盖 &lt;丢失&gt; &amp; 破损</service_name>"));
        assert!(
            document.contains("<zipcode></zipcode>")
                && document.contains("<lat>36.7</lat>")
                && document.contains("<bad>ab</bad>")
        );
    }
}
