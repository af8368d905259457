//! Places by name and names by place, over the layers whose rows have names. What an asker may not see is not found.

use std::sync::Arc;

use yuandu_geo::Position;
use yuandu_identity::OpCtx;
use yuandu_places::{LayerDef, Named, likeness};
use yuandu_search::{Search, Source};

use crate::{ApiError, App, AppParts, layers};

/// Rows of each layer that are compared.
const COMPARED: usize = 50;

/// Finds places. Its index lives in memory and is made when the first question is asked.
#[derive(Debug)]
pub struct Finder {
    search: Search,
}

/// A place that may be the one that is meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Name of the layer.
    pub layer: String,
    /// The row.
    pub row: Named,
    /// How alike the name and the words are, from 0 to 1.
    pub score: f64,
}

impl Finder {
    pub(crate) fn new(parts: &AppParts) -> Self {
        let layers = parts.tiles.layers().iter();
        let sources = layers.filter_map(|layer| {
            let name = layer.name.as_deref()?;
            Some(Source::new(&layer.id, &layer.table).column(name))
        });
        let realm = i64::from(parts.realm.get());
        Self {
            search: Search::new(Arc::clone(&parts.store), realm, sources.collect()),
        }
    }

    /// The places that are meant by some words, likeliest first. Costs a constant number of queries.
    ///
    /// # Errors
    /// A failure of the gate or the store.
    pub fn find(
        &self,
        app: &App,
        ctx: &OpCtx,
        words: &str,
        most: usize,
    ) -> Result<Vec<Found>, ApiError> {
        let mut all = Vec::new();
        for layer in app.tiles.layers() {
            let Some(allowed) = layers::visible(app, ctx, layer)? else {
                continue;
            };
            // A code is looked up as it is; only names are searched.
            let mut ids = vec![words.to_owned()];
            if layer.name.is_some() {
                ids.extend(self.like(layer, words)?);
            }
            let rows = app.tiles.named(&layer.id, &ids, &allowed)?;
            all.extend(rows.into_iter().map(|row| Found {
                layer: layer.id.clone(),
                score: score(words, &row),
                row,
            }));
        }
        all.sort_by(|left, right| right.score.total_cmp(&left.score));
        all.truncate(most);
        Ok(all)
    }

    /// Rows that hold the words; where none does, those most like them.
    fn like(&self, layer: &LayerDef, words: &str) -> Result<Vec<String>, ApiError> {
        let mut hits = self.search.find(&layer.id, words, COMPARED)?;
        if hits.is_empty() {
            hits = self.search.similar(&layer.id, words, COMPARED)?;
        }
        Ok(hits.into_iter().map(|hit| hit.id).collect())
    }
}

/// What lies nearest to a position in each layer, within some metres.
///
/// # Errors
/// A failure of the gate or the store.
pub fn around(
    app: &App,
    ctx: &OpCtx,
    position: Position,
    radius_m: f64,
) -> Result<Vec<Found>, ApiError> {
    let mut all = Vec::new();
    // Cases come and go: a place is not described by them.
    for layer in app
        .tiles
        .layers()
        .iter()
        .filter(|layer| layer.lamp.is_none())
    {
        let Some(allowed) = layers::visible(app, ctx, layer)? else {
            continue;
        };
        let nearest = app.tiles.nearest(&layer.id, position, radius_m, &allowed)?;
        all.extend(nearest.map(|row| Found {
            layer: layer.id.clone(),
            score: 1.0 - row.distance_m / radius_m,
            row,
        }));
    }
    all.sort_by(|left, right| left.row.distance_m.total_cmp(&right.row.distance_m));
    Ok(all)
}

fn score(words: &str, row: &Named) -> f64 {
    if row.name == words || row.id == words {
        1.0
    } else {
        likeness(words, &row.name).min(0.99)
    }
}
