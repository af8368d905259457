//! Server-rendered pages of Yuandu for residents and officers.
//!
//! Four layers, lowest first: [`assets`] serves the built styles and scripts, [`components`] are plain functions
//! that return markup and know nothing of cases or registers, [`shell`] wraps a body into a whole page, [`pages`]
//! ask the use cases and fill the components.
//! Every page works without scripts; scripts only make it quicker. No inline style or script is ever written,
//! because the content security policy refuses both.

pub mod assets;
pub mod components;
pub mod pages;
pub mod preferences;
pub mod shell;
pub mod styleguide;
