#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod access;
mod authorize;
mod claims;
mod client;
mod client_auth;
mod discovery;
mod error;
mod form;
mod grant;
mod jose;
mod keys;
mod logout;
mod ops;
mod provider;
mod request;
mod secret;
mod store;
mod tables;
mod token;
mod uri;

pub use access::Access;
pub use authorize::{Answer, Interaction, LoginSession};
pub use client::{AuthMethod, Client, ClientMetadata, SubjectType};
pub use client_auth::{Credentials, Proof};
pub use discovery::{ACR_PASSWORD, ACR_TWO_FACTOR, SCOPES};
pub use error::{Code, OAuthError, OidcError};
pub use form::Form;
pub use jose::{Algorithm, Jws, PublicKey, SigningKey};
pub use logout::{LogoutNotice, LogoutRequest};
pub use ops::register_client::Registered;
pub use provider::{Options, Provider};
pub use request::AuthorizeRequest;
pub use tables::schema;
pub use token::Issued;
