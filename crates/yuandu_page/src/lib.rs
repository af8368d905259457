#![doc = include_str!("../README.md")]

pub mod choices;
pub mod error;
pub mod flash;
pub mod forms;
pub mod here;
pub mod moment;
pub mod words;
