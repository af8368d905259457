//! Sample contents of the style guide.

mod figures;
mod form;
mod track;
mod work;

pub use figures::{figures, maps};
pub use form::form;
pub use track::{outcomes, track};
pub use work::work;
