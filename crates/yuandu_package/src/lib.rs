#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod check;
mod codes;
mod files;
mod load;
mod manifest;
mod package;
mod packages;
mod problems;
pub mod scenario;
mod versions;

pub use files::{Files, FolderFiles, MapFiles, Source};
pub use load::{load, load_all};
pub use manifest::{CaseDef, LegalBasis, Manifest, PostTemplate, Role};
pub use package::{Package, Page};
pub use packages::Packages;
pub use scenario::{Failure, Report, ScenarioResult, run_scenarios};
pub use versions::{VersionError, case_types};
pub use yuandu_schema::Located;
