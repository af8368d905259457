//! The commands, one a file.

pub(crate) mod bpmn;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod demo;
pub(crate) mod dmn;
pub(crate) mod init;
pub(crate) mod manual;
pub(crate) mod openapi;
pub(crate) mod serve;
pub(crate) mod suggest;
pub(crate) mod test;
pub(crate) mod trust;
pub(crate) mod verify;
