//! Photos become part of the city's records by the entry that names them, so that `yuandu verify` checks their files.
//!
//! Whether a photo may be named at all is the edge's question; here a name without a file simply records nothing.

use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_schema::{FieldDef, FieldType};
use yuandu_store::{BlobRef, Blobs, Change};

use crate::error::ProcessError;

use super::Engine;

/// How a JPEG begins; the edge turns every photo into one.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

impl Engine {
    /// The rows of the photos that these answers name.
    ///
    /// # Errors
    /// A failure of the store.
    pub(crate) fn photo_rows<'f>(
        &self,
        ctx: &OpCtx,
        fields: impl Iterator<Item = &'f FieldDef>,
        answers: &Map<String, Json>,
    ) -> Result<Vec<Change>, ProcessError> {
        let photos = fields.filter(|field| matches!(field.kind, FieldType::Photos { .. }));
        let names = photos
            .filter_map(|field| answers.get(&field.name)?.as_array())
            .flatten()
            .filter_map(|name| BlobRef::parse(name.as_str()?));
        let mut rows = Vec::new();
        for name in names {
            if let Some(bytes) = self.store.blobs().get(&name)? {
                let media_type = if bytes.starts_with(&JPEG) {
                    "image/jpeg"
                } else {
                    "application/octet-stream"
                };
                rows.push(Blobs::record(&name, bytes.len(), media_type, ctx.now()));
            }
        }
        Ok(rows)
    }
}
