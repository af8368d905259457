#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod backup;
mod client;
mod error;
mod feed;
mod follower;
mod manifest;
mod restore;
mod shelf;
mod site;
mod target;
mod token;

pub use backup::{BackedUp, Backup};
pub use client::{Answer, Client, ClientOptions};
pub use error::ContinuityError;
pub use feed::{Feed, FeedHead};
pub use follower::{Follower, Hello, fence, hello};
pub use manifest::{Base, Manifest, Segment, StoredFile, backup_key};
pub use restore::{Restore, Restored, Until};
pub use site::{Role, Site, SiteFigures, SiteOptions, SiteState};
pub use target::Target;
pub use token::SiteToken;
