#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod case_type;
mod error;
mod forms;
mod ops;
mod parts;
mod queries;
mod store;
mod tables;

pub use yuandu_bpmn::{bpmn, draw, engine, play};

pub use case_type::{CaseType, Kind, SETTABLE, Stage};
pub use error::ProcessError;
pub use forms::{Form, FormFieldView};
pub use ops::{
    Ask, AtNode, Beside, Colleague, CompleteTask, Completed, DeliverMessage, Delivered, Ending,
    Engine, ExportCases, Fired, Hand, Intervene, JoinCase, Migration, MigrationOutcome, NextStep,
    OpenCase, Opened, Portion, ProposeRepair, PublishCalendar, Repair, Reprojected, Sources,
    StuckCase, Surrounds, open_cases, published_versions,
};
pub use parts::{Fate, PartChange};
pub use queries::{
    CalendarVersion, CaseFilter, CaseMay, CaseOrder, CasePage, CaseView, ChildView, ClockView,
    EarlierStep, FormView, HistoryEntry, Inbox, InboxCounts, InboxTask, InboxView, IncidentRow,
    IncidentView, KeptCase, MigrationFilter, MigrationRow, OutcomeView, Possible, Promise,
    PublicStep, PublicView, PublishedVersion, RepairRow, Said, StageCount, Standing, TaskView,
    TokenView, VersionRow, ended_before, sent_to,
};
pub use store::{CardRow, CaseRow, TaskRow};
pub use tables::schema;
