//! The operations of the platform API, one file for each resource, all in one table.

pub mod archive;
pub mod calendar;
pub mod cases;
pub mod catalogue;
pub mod exchange;
pub mod geocode;
pub mod hands;
pub mod incidents;
pub mod indicators;
pub mod log;
pub mod me;
pub mod pictures;
pub mod pki;
pub mod places;
pub mod processes;
pub mod registers;
pub mod session;
pub mod sso;
pub mod substitutes;
pub mod tasks;
pub mod views;

use crate::operation::Operation;
use crate::{ApiError, App, Visitor};

/// Every operation under `/api/v1`, and those of the map under `/tiles` and `/ogc`.
#[must_use]
pub fn all() -> Vec<Operation> {
    [
        session::operations(),
        me::operations(),
        sso::operations(),
        pki::operations(),
        cases::operations(),
        archive::operations(),
        tasks::operations(),
        substitutes::operations(),
        hands::operations(),
        incidents::operations(),
        processes::operations(),
        pictures::operations(),
        registers::operations(),
        catalogue::operations(),
        exchange::operations(),
        places::operations(),
        geocode::operations(),
        crate::ogc::operations(),
        indicators::operations(),
        calendar::operations(),
        log::operations(),
        views::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Runs a handler's work off the event loop; what it refuses is told in the visitor's language.
async fn run<T, W>(app: &App, visitor: Visitor, work: W) -> Result<T, ApiError>
where
    T: Send + 'static,
    W: FnOnce(&App, &Visitor) -> Result<T, ApiError> + Send + 'static,
{
    let lang = visitor.lang();
    app.run(move |app| work(app, &visitor))
        .await
        .map_err(|error| error.in_lang(lang))
}
