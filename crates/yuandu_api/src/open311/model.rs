//! The records of GeoReport v2, fields in the order of the specification.

use serde::Serialize;

/// A kind of report one can make.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Five-digit category.
    pub service_code: String,
    /// Its name.
    pub service_name: String,
    /// What belongs to it.
    pub description: String,
    /// Whether there are further questions; there are none.
    pub metadata: bool,
    /// `realtime`: the id is given at once.
    pub r#type: &'static str,
    /// Everyday words, comma separated.
    pub keywords: String,
    /// Name of the class.
    pub group: String,
}

/// The further questions of a service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceDefinition {
    /// Five-digit category.
    pub service_code: String,
    /// The questions; empty.
    pub attributes: Vec<Attribute>,
}

/// A further question.
#[derive(Debug, Clone, Serialize)]
pub struct Attribute {
    /// Whether an answer is expected.
    pub variable: bool,
    /// Name of the parameter.
    pub code: String,
    /// Kind of answer.
    pub datatype: &'static str,
    /// Whether an answer must be given.
    pub required: bool,
    /// Place among the questions.
    pub order: u32,
    /// The question.
    pub description: String,
}

/// A report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Request {
    /// Number of the case.
    pub service_request_id: String,
    /// `open` or `closed`.
    pub status: &'static str,
    /// Where it stands, in words.
    pub status_notes: Option<String>,
    /// Name of the category.
    pub service_name: Option<String>,
    /// Five-digit category.
    pub service_code: String,
    /// What was reported.
    pub description: Option<String>,
    /// Handling organisation.
    pub agency_responsible: Option<String>,
    /// What happens next.
    pub service_notice: Option<String>,
    /// When it was reported, RFC 3339.
    pub requested_datetime: String,
    /// When it last changed.
    pub updated_datetime: Option<String>,
    /// By when it is promised.
    pub expected_datetime: Option<String>,
    /// Place in words.
    pub address: Option<String>,
    /// Unit grid code.
    pub address_id: Option<String>,
    /// Not used in Chinese addresses.
    pub zipcode: Option<String>,
    /// WGS 84 latitude, degrees.
    pub lat: Option<f64>,
    /// WGS 84 longitude, degrees.
    pub long: Option<f64>,
    /// Not given: photos may show persons.
    pub media_url: Option<String>,
}

/// Answer to a report.
#[derive(Debug, Clone, Serialize)]
pub struct Accepted {
    /// Number of the case.
    pub service_request_id: String,
    /// What happens next.
    pub service_notice: String,
    /// Not used.
    pub account_id: Option<String>,
}

/// Which number a token stands for.
#[derive(Debug, Clone, Serialize)]
pub struct TokenAnswer {
    /// Number of the case.
    pub service_request_id: String,
    /// The token.
    pub token: String,
}

/// One error.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// HTTP status.
    pub code: u16,
    /// What is wrong and how to mend it.
    pub description: String,
}
