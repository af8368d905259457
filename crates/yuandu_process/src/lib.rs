#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod case_type;
mod error;
mod forms;
mod ops;
mod queries;
mod store;
mod tables;

pub use yuandu_bpmn::{bpmn, draw, engine, play};

pub use case_type::{CaseType, Kind, SETTABLE, Stage};
pub use error::ProcessError;
pub use forms::{Form, FormFieldView};
pub use ops::{
    Ask, Beside, Colleague, CompleteTask, Completed, DeliverMessage, Delivered, Ending, Engine,
    ExportCases, Fired, Hand, Intervene, JoinCase, NextStep, OpenCase, Opened, ProposeRepair,
    PublishCalendar, Repair, Reprojected, Sources, Surrounds,
};
pub use queries::{
    CalendarVersion, CaseFilter, CaseMay, CaseOrder, CasePage, CaseView, ChildView, ClockView,
    EarlierStep, FormView, HistoryEntry, Inbox, InboxCounts, InboxTask, InboxView, IncidentRow,
    IncidentView, KeptCase, OutcomeView, Possible, Promise, PublicStep, PublicView, RepairRow,
    Said, StageCount, Standing, TaskView, TokenView, ended_before,
};
pub use store::{CardRow, CaseRow, TaskRow};
pub use tables::schema;
