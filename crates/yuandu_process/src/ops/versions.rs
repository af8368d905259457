//! Published versions: the files of a kind of case as cases began with them, kept in the log, so that a running case finds its own
//! version whatever is installed later.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Change, Expect, Plan, Store};

use crate::case_type::CaseType;
use crate::error::ProcessError;
use crate::queries::versions::{self, MigrationFilter, PublishedVersion, Stretch};

use super::{Engine, note};

/// The files whose content is frozen with a version; what else is kept is read along with them.
const FROZEN: [&str; 4] = ["processes/", "decisions/", "forms/", "registers/"];

/// The versions a realm published, for whoever puts an engine together.
///
/// # Errors
/// A failure of the store.
pub fn published_versions(
    store: &Store,
    realm: RealmId,
) -> Result<Vec<PublishedVersion>, ProcessError> {
    Ok(store.read(|reader| versions::published(reader, realm))?)
}

/// How many open cases run on a version.
///
/// # Errors
/// A failure of the store.
pub fn open_cases(
    store: &Store,
    realm: RealmId,
    version: &PublishedVersion,
) -> Result<i64, ProcessError> {
    let all = MigrationFilter::default();
    let stretch = Stretch {
        system: &version.system,
        version: &version.version,
        migration: None,
        filter: &all,
        after: "",
        limit: 0,
    };
    Ok(store.read(|reader| versions::count_of(reader, realm, &stretch))?)
}

impl CaseType {
    /// The hash of everything a running case depends on.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        part(&self.process);
        for stage in &self.stages {
            part(&stage.id);
        }
        for (path, text) in &self.files {
            if FROZEN.iter().any(|folder| path.starts_with(folder)) {
                part(path);
                part(text);
            }
        }
        let digest = hash.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Engine {
    /// Publishes the versions that open new cases and were not published yet; from then on they are frozen. Returns how many.
    ///
    /// # Errors
    /// [`ProcessError::Frozen`] when a published version has other content now; a refusal of the gate.
    pub fn publish_versions(&self, ctx: &OpCtx) -> Result<usize, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        self.retrying(|| {
            let known = published_versions(&self.store, ctx.realm)?;
            let mut fresh = Vec::new();
            for kind in self.current_kinds().map(|kind| &kind.declared) {
                if !frozen(&known, kind)? {
                    fresh.push(kind);
                }
            }
            if fresh.is_empty() {
                return Ok(0);
            }
            let named: Vec<String> = fresh.iter().map(|kind| id_of(kind)).collect();
            let text = json!({ "kind": "versions", "versions": named });
            let entry = ctx.entry("processes.publish", "processes".to_owned(), text);
            let mut plan = Plan::new(ctx.realm, entry);
            for (id, kind) in named.iter().zip(&fresh) {
                let row = Change::put("process_versions")
                    .with("id", id.as_str())
                    .with("system", kind.system.as_str())
                    .with("version", kind.version.as_str())
                    .with("digest", kind.digest())
                    .with(
                        "files",
                        serde_json::to_string(&kind.files).unwrap_or_default(),
                    )
                    .with("published_at", ctx.now())
                    .with("published_name", note::who_line(ctx));
                let absent = Expect::absent("process_versions", [("id", id.as_str().into())]);
                plan = plan.expect(absent).change(row);
            }
            self.store.commit(plan)?;
            Ok(fresh.len())
        })
    }

    /// Refuses what was published with other content: called before anything runs on it.
    ///
    /// # Errors
    /// [`ProcessError::Frozen`]; a failure of the store.
    pub fn check_frozen(&self, realm: RealmId) -> Result<(), ProcessError> {
        let known = published_versions(&self.store, realm)?;
        for kind in self.current_kinds() {
            frozen(&known, &kind.declared)?;
        }
        Ok(())
    }
}

fn id_of(kind: &CaseType) -> String {
    format!("{}/{}", kind.system, kind.version)
}

/// Whether a kind was published as it is.
fn frozen(known: &[PublishedVersion], kind: &CaseType) -> Result<bool, ProcessError> {
    let same = known
        .iter()
        .find(|v| v.system == kind.system && v.version == kind.version);
    let Some(published) = same else {
        return Ok(false);
    };
    if published.digest == kind.digest() {
        return Ok(true);
    }
    Err(ProcessError::Frozen {
        system: kind.system.clone(),
        version: kind.version.clone(),
        files: changed(&published.files, &kind.files).join(", "),
    })
}

/// The frozen files that are not the same.
fn changed(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    let differ = paths.into_iter().filter(|path| {
        let frozen = FROZEN.iter().any(|folder| path.starts_with(folder));
        frozen && old.get(*path) != new.get(*path)
    });
    differ.cloned().collect()
}
