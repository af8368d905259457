//! Registers: what there is, records, import and export.

mod describe;
mod disputes;
mod drafts;
mod export;
mod handlers;
mod matches;
mod query;
mod views;

use axum::routing::{get, post, put};
use serde_json::Value;

use crate::operation::{Operation, Parameter, schema_of};

pub use query::{list_query, moment_query};
pub use views::{
    FieldView, PutRecordRequest, PutView, RecordJson, RecordPage, RegisterView, VersionJson,
};

const REGISTER: Parameter = Parameter {
    place: "path",
    name: "register",
    description: "Full name, for example `city-care.component`.",
    required: true,
};
const WORDS: Parameter = Parameter {
    place: "query",
    name: "words",
    description: "Words that the searched fields must contain.",
    required: false,
};
const AFTER: Parameter = Parameter {
    place: "query",
    name: "after",
    description: "`next` of the page before.",
    required: false,
};
const ID: Parameter = Parameter {
    place: "path",
    name: "id",
    description: "Id of the record.",
    required: true,
};
const ON: Parameter = Parameter {
    place: "query",
    name: "on",
    description: "Date: as it was on that day. Needs a register that keeps versions.",
    required: false,
};
const KNOWN_AT: Parameter = Parameter {
    place: "query",
    name: "known_at",
    description: "Instant: as it was known then. Needs a register that keeps versions.",
    required: false,
};
const SORT: Parameter = Parameter {
    place: "query",
    name: "sort",
    description: "Field; `-field` for largest first.",
    required: false,
};

/// Operations on registers.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = records();
    operations.extend(one_record());
    operations.extend(files());
    operations.extend(descriptions());
    operations.extend(drafts::operations());
    operations.extend(matches::operations());
    operations.extend(disputes::operations());
    operations
}

fn records() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_registers",
            method: "get",
            path: "/api/v1/registers",
            tag: "registers",
            summary: "The registers the caller may list, with their fields.",
            permission: "registers.list",
            audit: None,
            parameters: &[],
            request: None,
            response: (
                200,
                "application/json",
                Some(schema_of::<Vec<RegisterView>>),
            ),
            handler: get(handlers::list_registers),
        },
        Operation {
            id: "list_records",
            method: "get",
            path: "/api/v1/registers/{register}/records",
            tag: "registers",
            summary: "Records by words and filters; `field=value` filters a field, `field^=text` its beginning.",
            permission: "registers.list",
            audit: None,
            parameters: &[
                REGISTER,
                WORDS,
                SORT,
                AFTER,
                ON,
                KNOWN_AT,
                Parameter {
                    place: "query",
                    name: "limit",
                    description: "Records on a page, 1 to 1000; 50 by default.",
                    required: false,
                },
            ],
            request: None,
            response: (200, "application/json", Some(schema_of::<RecordPage>)),
            handler: get(handlers::list_records),
        },
    ]
}

fn one_record() -> Vec<Operation> {
    vec![
        Operation {
            id: "view_record",
            method: "get",
            path: "/api/v1/registers/{register}/records/{id}",
            tag: "registers",
            summary: "One record.",
            permission: "registers.view",
            audit: None,
            parameters: &[REGISTER, ID, ON, KNOWN_AT],
            request: None,
            response: (200, "application/json", Some(schema_of::<RecordJson>)),
            handler: get(handlers::view_record),
        },
        Operation {
            id: "view_record_history",
            method: "get",
            path: "/api/v1/registers/{register}/records/{id}/history",
            tag: "registers",
            summary: "Every version of a record: the days it is true for, since when and until when it was believed, by whom and why.",
            permission: "registers.view",
            audit: None,
            parameters: &[REGISTER, ID],
            request: None,
            response: (200, "application/json", Some(schema_of::<Vec<VersionJson>>)),
            handler: get(handlers::view_record_history),
        },
        Operation {
            id: "put_record",
            method: "put",
            path: "/api/v1/registers/{register}/records",
            tag: "registers",
            summary: "Writes a record: new, or changed in the fields sent; where versions are kept, from a day on or as a correction.",
            permission: "registers.write",
            audit: Some("registers.put_record"),
            parameters: &[REGISTER],
            request: Some(("application/json", schema_of::<PutRecordRequest>)),
            response: (200, "application/json", Some(schema_of::<PutView>)),
            handler: put(handlers::put_record),
        },
    ]
}

fn files() -> Vec<Operation> {
    vec![
        Operation {
            id: "import_records",
            method: "post",
            path: "/api/v1/registers/{register}/import",
            tag: "registers",
            summary: "Imports CSV or XLSX; the report has a result for every row. One bad row means nothing is changed, unless `allow_partial=true`.",
            permission: "registers.import",
            audit: Some("registers.import_csv"),
            parameters: &[
                REGISTER,
                Parameter {
                    place: "query",
                    name: "allow_partial",
                    description: "`true`: import the good rows and report the others.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "dry_run",
                    description: "`true`: check everything and change nothing.",
                    required: false,
                },
                Parameter {
                    place: "query",
                    name: "file_name",
                    description: "Name of the file, for the log.",
                    required: false,
                },
            ],
            request: Some(("text/csv", schema_of::<String>)),
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: post(handlers::import_records),
        },
        Operation {
            id: "export_records",
            method: "get",
            path: "/api/v1/registers/{register}/export.csv",
            tag: "registers",
            summary: "Exports CSV, streamed; restricted values stay masked.",
            permission: "registers.export",
            audit: Some("registers.export_csv"),
            parameters: &[REGISTER, WORDS, SORT],
            request: None,
            response: (200, "text/csv", None),
            handler: get(export::export_records),
        },
        Operation {
            id: "export_workbook",
            method: "get",
            path: "/api/v1/registers/{register}/export.xlsx",
            tag: "registers",
            summary: "Exports a workbook; restricted values stay masked.",
            permission: "registers.export",
            audit: Some("registers.export_csv"),
            parameters: &[REGISTER, WORDS, SORT],
            request: None,
            response: (
                200,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                None,
            ),
            handler: get(export::export_workbook),
        },
    ]
}

fn descriptions() -> Vec<Operation> {
    vec![
        Operation {
            id: "register_schema",
            method: "get",
            path: "/api/v1/registers/{register}/schema",
            tag: "registers",
            summary: "JSON Schema of a record's values.",
            permission: "registers.list",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: get(describe::register_schema),
        },
        Operation {
            id: "register_openapi",
            method: "get",
            path: "/api/v1/registers/{register}/openapi.json",
            tag: "registers",
            summary: "OpenAPI document of this register alone, with its fields.",
            permission: "registers.list",
            audit: None,
            parameters: &[REGISTER],
            request: None,
            response: (200, "application/json", Some(schema_of::<Value>)),
            handler: get(describe::register_openapi),
        },
    ]
}
