//! The use cases of identity, one a file: permission, read, rule, one plan with one log entry.

pub(crate) mod change_password;
pub(crate) mod import_holdings;
pub(crate) mod import_organisations;
pub(crate) mod import_people;
pub(crate) mod import_posts;
pub(crate) mod list_paused;
pub(crate) mod passkey;
pub(crate) mod prove;
pub(crate) mod provision;
pub(crate) mod remove_expired_sessions;
pub(crate) mod revoke_session;
pub(crate) mod second_factor;
pub(crate) mod set_status;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod substitute;
pub(crate) mod switch_post;
