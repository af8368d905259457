//! The commands, one a file.

pub(crate) mod backup;
pub(crate) mod blobs;
pub(crate) mod bpmn;
pub(crate) mod catalogue;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod demo;
pub(crate) mod dmn;
pub(crate) mod drill;
pub(crate) mod front;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod manual;
pub(crate) mod openapi;
pub(crate) mod promote;
pub(crate) mod rebuild;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod standby;
pub(crate) mod suggest;
pub(crate) mod test;
pub(crate) mod trust;
pub(crate) mod verify;
