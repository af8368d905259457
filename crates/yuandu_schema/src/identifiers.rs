//! Identifiers and codes of the city's standards, as values of fields: read by `yuandu_ids`, told as field problems.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::Value;
use yuandu_base::Problem;
use yuandu_ids::{
    BlobId, ComponentCode, CreditCode, DivisionCode, IdError, OrgId, PersonNumber, PhoneNumber,
    PostId, UnitGridCode, UserId,
};

/// An organisation by its id.
pub(crate) fn org(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<OrgId>(field, text, "schema.not_id")
}

/// A post by its id.
pub(crate) fn post(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<PostId>(field, text, "schema.not_id")
}

/// A person by their id.
pub(crate) fn user(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<UserId>(field, text, "schema.not_id")
}

/// A division (GB/T 2260 and below).
pub(crate) fn division(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<DivisionCode>(field, text, "schema.not_division")
}

/// A unit grid (GB/T 47678.3).
pub(crate) fn grid(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<UnitGridCode>(field, text, "schema.not_grid")
}

/// A component (GB/T 47678.5).
pub(crate) fn component(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<ComponentCode>(field, text, "schema.not_component")
}

/// A citizen identity number (GB 11643).
pub(crate) fn person_number(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<PersonNumber>(field, text, "schema.not_person_number")
}

/// A unified social credit code (GB 32100).
pub(crate) fn credit_code(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<CreditCode>(field, text, "schema.not_credit_code")
}

/// A telephone number of the mainland.
pub(crate) fn phone(field: &str, text: &str) -> Result<Value, Problem> {
    canonical::<PhoneNumber>(field, text, "schema.not_phone")
}

/// A stored photo.
pub(crate) fn photo(field: &str, text: &str) -> Result<Value, Problem> {
    text.parse::<BlobId>()
        .map(|id| id.to_string().into())
        .map_err(|_| {
            Problem::new(
                "schema.photo_unknown",
                field,
                "照片编号无效，请重新上传照片",
                "a photo id is not valid; upload the photo again",
            )
        })
}

fn canonical<T>(field: &str, text: &str, code: &str) -> Result<Value, Problem>
where
    T: FromStr<Err = IdError> + Display,
{
    match text.parse::<T>() {
        Ok(id) => Ok(id.to_string().into()),
        Err(error) => Err(Problem::new(
            code,
            field,
            error.message_zh(),
            error.message_en(),
        )),
    }
}
