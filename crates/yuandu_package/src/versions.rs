//! Versions of processes: those the packages bring, and those that were published before and still carry cases.

use yuandu_ids::RealmId;
use yuandu_process::{CaseType, ProcessError, PublishedVersion, open_cases, published_versions};
use yuandu_store::Store;

use crate::load::load_published;
use crate::packages::Packages;

/// Why a city cannot be put together with its versions.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The store or the engine refused.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Cases run on a version that cannot be loaded.
    #[error("version {version} of `{system}` still has open cases and cannot be loaded: {reason}")]
    Needed {
        /// The system.
        system: String,
        /// The version.
        version: String,
        /// Why, and what to do.
        reason: String,
    },
}

/// Every kind of case a city runs: of each system the older versions first, the one that opens new cases last. An older version
/// that cannot be loaded and that no open case needs is left out.
///
/// # Errors
/// [`VersionError::Needed`] when an open case needs it; a failure of the store.
pub fn case_types(
    packages: &Packages,
    store: &Store,
    realm: RealmId,
) -> Result<Vec<CaseType>, VersionError> {
    let present = packages.case_types();
    let mut types = Vec::new();
    for published in published_versions(store, realm)? {
        let same = present
            .iter()
            .any(|kind| kind.system == published.system && kind.version == published.version);
        if same {
            continue;
        }
        match old_kind(packages, &present, &published) {
            Ok(kind) => types.push(kind),
            Err(_) if open_cases(store, realm, &published)? == 0 => {}
            Err(reason) => {
                return Err(VersionError::Needed {
                    system: published.system,
                    version: published.version,
                    reason,
                });
            }
        }
    }
    types.extend(present);
    Ok(types)
}

fn old_kind(
    packages: &Packages,
    present: &[CaseType],
    published: &PublishedVersion,
) -> Result<CaseType, String> {
    let system = published.system.as_str();
    let package = packages
        .get(system)
        .ok_or_else(|| "the system is not installed; install it again".to_owned())?;
    let kind = load_published(system, &published.files, package.code_lists()).map_err(|found| {
        let lines = found
            .iter()
            .map(|p| format!("{}: {}", p.file, p.problem.message.en));
        lines.collect::<Vec<_>>().join("; ")
    })?;
    let now = present.iter().find(|now| now.system == system);
    let now = now.ok_or_else(|| "the system has no kind of case any more".to_owned())?;
    if now.table != kind.table {
        return Err("the register of its cases has another name now; keep the name".to_owned());
    }
    let gone = kind.fields.iter().filter(|field| {
        let same = now.fields.iter().find(|other| other.name == field.name);
        same.is_none_or(|other| other.kind != field.kind)
    });
    let gone: Vec<&str> = gone.map(|field| field.name.as_str()).collect();
    if gone.is_empty() {
        return Ok(kind);
    }
    Err(format!(
        "the facts {} are gone or of another kind; keep them in the register until its cases have ended or moved",
        gone.join(", ")
    ))
}
