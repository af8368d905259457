//! The parts every page is made of: plain functions from a small struct of properties to markup.
//!
//! A component knows the language, what to show and where links lead; it never asks a store, never decides a rule
//! and never writes inline style. Texts of the platform itself are bilingual here; texts of the city (names,
//! reasons, words of officers) are given by the caller in the reader's language.

pub mod button;
pub mod category;
pub mod chart;
pub mod choice;
pub mod counted;
pub mod dashboard;
pub mod field;
pub mod form;
pub mod kite;
pub mod list;
pub mod map;
pub mod matter;
pub mod navigation;
pub mod notice;
pub mod outcome;
pub mod photo;
pub mod place;
pub mod status;
pub mod table;
pub mod timeline;
