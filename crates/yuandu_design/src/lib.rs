#![doc = include_str!("../README.md")]

pub mod assets;
pub mod components;
pub mod preferences;
pub mod shell;
pub mod styleguide;
