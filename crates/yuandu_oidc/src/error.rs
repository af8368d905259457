//! What can go wrong: answers that the protocols name, and failures of our own.

use thiserror::Error;
use yuandu_base::ErrorKind;
use yuandu_identity::IdentityError;
use yuandu_store::StoreError;

/// The registered error codes that we answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// RFC 6749: a parameter is missing, repeated or malformed.
    InvalidRequest,
    /// RFC 6749: the client could not be authenticated.
    InvalidClient,
    /// RFC 6749: code, refresh token or their proof is not right.
    InvalidGrant,
    /// RFC 6749: the client may not do this.
    UnauthorizedClient,
    /// RFC 6749: the grant type is not offered.
    UnsupportedGrantType,
    /// RFC 6749: the response type is not offered.
    UnsupportedResponseType,
    /// RFC 6749: the scope is unknown or exceeds what was granted.
    InvalidScope,
    /// RFC 6749: the person said no.
    AccessDenied,
    /// OpenID Connect Core 3.1.2.6: nobody is signed in and no page may be shown.
    LoginRequired,
    /// OpenID Connect Core 3.1.2.6: consent is needed and no page may be shown.
    ConsentRequired,
    /// OpenID Connect Core 6: request objects are not offered.
    RequestNotSupported,
    /// OpenID Connect Core 6, RFC 9126: the `request_uri` is unknown or was used.
    InvalidRequestUri,
    /// OpenID Connect Core 7.2.1.
    RegistrationNotSupported,
    /// RFC 7591: a redirect URI is not acceptable.
    InvalidRedirectUri,
    /// RFC 7591: some other metadata is not acceptable.
    InvalidClientMetadata,
    /// RFC 6750: the access token is expired, revoked or unknown.
    InvalidToken,
    /// RFC 6750: the access token lacks the scope.
    InsufficientScope,
    /// RFC 7009: the kind of token cannot be revoked here.
    UnsupportedTokenType,
}

impl Code {
    /// The code as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    /// The HTTP status of an answer with this code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
            _ => 400,
        }
    }
}

/// An answer that the protocols name: a code for programs, a sentence for developers. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// The registered code.
    pub code: Code,
    /// What is wrong and what to do, in English as the standards ask for (ASCII only).
    pub description: String,
}

impl OAuthError {
    /// An answer.
    #[must_use]
    pub fn new(code: Code, description: impl Into<String>) -> Self {
        // RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E.
        let description: String = description.into();
        Self {
            code,
            description: description
                .chars()
                .filter(|c| matches!(c, ' '..='~') && *c != '"' && *c != '\\')
                .collect(),
        }
    }
}

/// A failure of the provider.
#[derive(Debug, Error)]
pub enum OidcError {
    /// The caller's, answered as the protocol says.
    #[error("{}: {}", .0.code.as_str(), .0.description)]
    OAuth(OAuthError),
    /// Permission, people, sessions.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored row cannot be read; our fault.
    #[error("a stored {what} cannot be read: {reason}")]
    Stored {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A key could not be made, read or used; our fault.
    #[error("a signing key cannot be used: {0}")]
    Key(String),
}

impl OidcError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OAuth(error) if error.code == Code::InvalidClient => ErrorKind::Denied,
            Self::OAuth(_) => ErrorKind::Invalid,
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Stored { .. } | Self::Key(_) => ErrorKind::Internal,
        }
    }

    pub(crate) fn stored(what: &'static str, reason: impl ToString) -> Self {
        Self::Stored {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Store(StoreError::Changed { .. }))
    }
}

impl From<OAuthError> for OidcError {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

/// An `Err` with a code, for the many checks.
pub(crate) fn refuse<T>(code: Code, description: &str) -> Result<T, OidcError> {
    Err(OAuthError::new(code, description).into())
}
