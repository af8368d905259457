#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod context;
mod directory;
mod duties;
mod error;
mod factors;
mod gate;
mod identity;
mod model;
mod network;
mod ops;
mod password;
mod rules;
mod secret;
mod session;
mod store;
mod tables;
mod totp;
mod vault;
mod webauthn;

pub use context::{Actor, OpCtx};
pub use directory::Directory;
pub use error::IdentityError;
pub use factors::Factor;
pub use gate::{
    Attr, CaseFacts, ColumnMap, Decision, Filter, Gate, PolicySource, PrincipalCell, Resource,
    ResourceKind, TaskFacts, kernel_roles,
};
pub use identity::{Identity, IdentityOptions};
pub use model::{Holding, Officer, Organisation, Person, PersonStatus, Post, Provisioned, Scope};
pub use ops::change_password::ChangePassword;
pub use ops::import_people::{NewPassword, PersonRecord};
pub use ops::passkey::PasskeyQuestion;
pub use ops::second_factor::TotpOffer;
pub use ops::sign_in::{NewSession, SignIn};
pub use ops::substitute::AppointSubstitute;
pub use password::{Password, PasswordCost, PasswordHash, PasswordHasher};
pub use secret::{CsrfToken, SessionKey, SessionToken, double_submit_matches};
pub use session::SignedIn;
pub use store::{SessionRow, SubstitutionRow};
pub use tables::schema;
pub use vault::Vault;
pub use webauthn::{Asserted, Created, Site};
