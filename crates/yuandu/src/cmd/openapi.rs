//! `yuandu openapi`: prints the OpenAPI document of the platform API.

use crate::out::say;
use std::process::ExitCode;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let document = yuandu_api::openapi::document(&yuandu_api::operations::all());
    say!("{}", serde_json::to_string_pretty(&document)?);
    Ok(ExitCode::SUCCESS)
}
