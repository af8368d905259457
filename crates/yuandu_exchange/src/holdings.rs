//! What the city keeps, as the exchange needs it. Registers are beside this crate, so the composition hands them in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;

use crate::{ExchangeError, FieldNote};

/// A record as it is passed on: its key and the contracted values, empty ones absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedRow {
    /// The record's id.
    pub key: String,
    /// Values by field.
    pub values: Map<String, Value>,
}

/// The registers of the city.
pub trait Holdings: Send + Sync + std::fmt::Debug {
    /// The fields that a register declares and may pass on, in order; none when there is no such register.
    fn fields(&self, register: &str) -> Option<Vec<FieldNote>>;

    /// At most `limit` records whose key comes after `after`, in the order of the key, byte by byte.
    ///
    /// # Errors
    /// If they cannot be read.
    fn rows(
        &self,
        ctx: &OpCtx,
        register: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SharedRow>, ExchangeError>;

    /// One record.
    ///
    /// # Errors
    /// If it cannot be read.
    fn row(
        &self,
        ctx: &OpCtx,
        register: &str,
        key: &str,
    ) -> Result<Option<SharedRow>, ExchangeError>;

    /// What is wrong with the values of some fields, by the register's declaration; a value of any other field is wrong.
    fn check(
        &self,
        ctx: &OpCtx,
        register: &str,
        fields: &[FieldNote],
        values: &Map<String, Value>,
    ) -> Vec<Problem>;
}

/// A city that passes nothing on.
impl Holdings for () {
    fn fields(&self, _: &str) -> Option<Vec<FieldNote>> {
        None
    }

    fn rows(&self, _: &OpCtx, _: &str, _: &str, _: usize) -> Result<Vec<SharedRow>, ExchangeError> {
        Ok(Vec::new())
    }

    fn row(&self, _: &OpCtx, _: &str, _: &str) -> Result<Option<SharedRow>, ExchangeError> {
        Ok(None)
    }

    fn check(&self, _: &OpCtx, _: &str, _: &[FieldNote], _: &Map<String, Value>) -> Vec<Problem> {
        Vec::new()
    }
}
