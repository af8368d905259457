#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod bpmn;
pub mod draw;
pub mod engine;
pub mod play;
