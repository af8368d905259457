//! Shows every version of a record: what was ever believed about it, of which days, since when and until when.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_schema::History;
use yuandu_store::StoreError;

use super::reveal::record_resource;
use crate::record::{from_row, mask};
use crate::versions::{Validity, no_versions, validity};
use crate::{RecordView, Registers, RegistersError, queries};

/// One version of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionView {
    /// Its days and times.
    pub validity: Validity,
    /// Whether it is the one shown as the record today.
    pub present: bool,
    /// Values by field; restricted ones are masked.
    pub values: Map<String, Json>,
}

impl Registers {
    /// Every version of a record, the latest knowledge first.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] when the register keeps no versions, [`RegistersError::NoRecord`] when nothing was ever
    /// recorded under the id or the reader may not see it.
    pub fn view_history(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
    ) -> Result<Vec<VersionView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.view", def)?;
        if def.history != History::Bitemporal {
            return Err(no_versions(def));
        }
        let realm = i64::from(ctx.realm.get());
        let mut found: Vec<(RecordView, VersionView)> = self.store.read(|reader| {
            let present = queries::one(reader, def, realm, id)?;
            let past = queries::versions(reader, def, realm, &[id.to_owned()])?;
            present
                .iter()
                .map(|row| (row, true))
                .chain(past.iter().map(|row| (row, false)))
                .map(|(row, present)| {
                    let view = from_row(def, row)?;
                    let version = VersionView {
                        validity: validity(row)?,
                        present,
                        values: Map::new(),
                    };
                    Ok((view, version))
                })
                .collect::<Result<_, StoreError>>()
        })?;
        found.sort_by_key(|(_, version)| {
            let validity = &version.validity;
            std::cmp::Reverse((version.present, validity.known_from, validity.from))
        });
        // Who may see the record as it stands may see how it came to be so.
        let allowed = found.first().is_some_and(|(view, _)| {
            self.gate
                .decide(ctx, "registers.view", &record_resource(def, view))
                .allowed
        });
        if !allowed {
            return Err(RegistersError::NoRecord {
                register: register.to_owned(),
                id: id.to_owned(),
            });
        }
        Ok(found
            .into_iter()
            .map(|(mut view, version)| {
                mask(def, &mut view);
                VersionView {
                    values: view.values,
                    ..version
                }
            })
            .collect())
    }
}
