//! What every tier stands on: error kinds, the clock, languages and the working calendar.
//!
//! No I/O happens here. Time is never asked of the system: it is handed in through [`Clock`], so that a scenario
//! can live through a week in a millisecond. Start with [`calendar`] for statutory time.
#![deny(missing_docs)]

pub mod calendar;
mod clock;
mod error_kind;
pub mod line_ends;
pub mod reasons;
mod text;

pub use clock::{Clock, SimulatedClock, SystemClock};
pub use error_kind::{ErrorKind, Problem};
pub use text::{Lang, LocalText, half_width};
