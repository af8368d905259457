//! What pages and interfaces read of cases: lists, inboxes, the case itself, its history, and what a resident sees.
//!
//! Every read is filtered by the gate, in SQL where it is a list. The number of queries never depends on the data.

pub(crate) mod calendars;
mod case_view;
mod ended;
mod hands;
mod inbox;
pub(crate) mod incidents;
mod kept;
mod list;
mod paging;
mod permitted;
mod public_view;
mod related;
mod texts;
pub(crate) mod turns;
pub(crate) mod versions;
pub(crate) mod waits;

pub use calendars::CalendarVersion;
pub(crate) use case_view::no_case;
pub use case_view::{
    CaseView, ChildView, ClockView, FormView, HistoryEntry, IncidentView, OutcomeView, TaskView,
};
pub use ended::ended_before;
pub use hands::{CaseMay, EarlierStep, Possible};
pub use inbox::{Inbox, InboxCounts, InboxTask, InboxView};
pub use incidents::{IncidentRow, RepairRow, Standing, TokenView};
pub use kept::KeptCase;
pub(crate) use kept::facts_of;
pub use list::{CaseFilter, CaseOrder, CasePage, StageCount};
pub use public_view::{Promise, PublicStep, PublicView, sent_to};
pub use related::Said;
pub use versions::{MigrationFilter, MigrationRow, PublishedVersion, VersionRow};
