//! The model behind the likely categories: learned from what was said before, anew when enough was added.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use yuandu_identity::OpCtx;
use yuandu_suggest::{Example, Model, Settings, learn};

use crate::{ApiError, App};

/// Latest orders of each system that are learned from.
const LATEST: usize = 20_000;
/// Learned anew when a tenth was added, and at least this many.
const ADDED: usize = 200;
/// A category less likely than this is not offered.
const LEAST: f32 = 0.03;

/// A category and how likely it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// The system whose case it would be.
    pub system: String,
    /// The category.
    pub category: String,
    /// From 0 to 1.
    pub score: f32,
}

/// What was learned last.
#[derive(Debug, Default)]
pub(super) struct Learned {
    model: RwLock<Option<(Model, usize)>>,
    learning: AtomicBool,
}

impl Learned {
    /// Learns and waits. What a list of categories says in everyday words counts as examples, so that an empty city can suggest too.
    pub(super) fn learn(&self, app: &App, ctx: &OpCtx) -> Result<(), ApiError> {
        let mut examples = everyday(app);
        let said = app.engine.said(ctx, LATEST)?;
        let count = said.len();
        examples.extend(said.into_iter().map(|one| Example {
            text: one.words,
            label: format!("{}/{}", one.system, one.category),
        }));
        if let Ok(model) = learn(&examples, Settings::default()) {
            *self.model.write().unwrap_or_else(PoisonError::into_inner) = Some((model, count));
        }
        Ok(())
    }

    /// Begins to learn in the background when nothing is learned yet, or much was added since; never twice at once.
    pub(super) fn wake(self: &Arc<Self>, app: &App, ctx: &OpCtx, cases: usize) {
        let from = self
            .model
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|(_, from)| *from);
        let due = from.is_none_or(|from| cases > from + ADDED.max(from / 10));
        if !due || self.learning.swap(true, Ordering::AcqRel) {
            return;
        }
        let (own, app, ctx) = (Arc::clone(self), app.clone(), ctx.clone());
        let spawned = std::thread::Builder::new()
            .name("learning".to_owned())
            .spawn(move || {
                if let Err(error) = own.learn(&app, &ctx) {
                    tracing::warn!(?error, "categories could not be learned");
                }
                own.learning.store(false, Ordering::Release);
            });
        if spawned.is_err() {
            self.learning.store(false, Ordering::Release);
        }
    }

    pub(super) fn suggest(&self, words: &str, most: usize) -> Vec<Likely> {
        let model = self.model.read().unwrap_or_else(PoisonError::into_inner);
        let Some((model, _)) = model.as_ref() else {
            return Vec::new();
        };
        model
            .suggest(words, most)
            .into_iter()
            .filter(|one| one.score >= LEAST)
            .filter_map(|one| {
                let (system, category) = one.label.split_once('/')?;
                Some(Likely {
                    system: system.to_owned(),
                    category: category.to_owned(),
                    score: one.score,
                })
            })
            .collect()
    }
}

/// Names and everyday words of every category of every system that has cases.
fn everyday(app: &App) -> Vec<Example> {
    let mut examples = Vec::new();
    for system in app.systems.iter().filter(|system| system.has_cases) {
        let Some(list) = system.lists.get("categories") else {
            continue;
        };
        for entry in list.entries() {
            let words = entry.words.iter().chain([&entry.name.zh, &entry.name.en]);
            examples.extend(words.map(|words| Example {
                text: words.clone(),
                label: format!("{}/{}", system.id, entry.code),
            }));
        }
    }
    examples
}
