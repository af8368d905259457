#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod bpmn;
mod case_type;
pub mod engine;
mod error;
mod forms;
mod ops;
pub mod play;
mod queries;
mod store;

pub use case_type::{CaseType, Kind, SETTABLE, Stage};
pub use error::ProcessError;
pub use forms::{Form, FormFieldView};
pub use ops::{
    CompleteTask, Completed, DeliverMessage, Delivered, Engine, ExportCases, Fired, Hand,
    Intervene, JoinCase, NextStep, OpenCase, Opened, Reprojected, Sources, Surrounds,
};
pub use queries::{
    CaseFilter, CaseOrder, CasePage, CaseView, ChildView, ClockView, FormView, HistoryEntry, Inbox,
    InboxCounts, InboxTask, InboxView, IncidentView, OutcomeView, Promise, PublicStep, PublicView,
    Said, StageCount, TaskView,
};
pub use store::{CardRow, CaseRow, TaskRow, schema};
