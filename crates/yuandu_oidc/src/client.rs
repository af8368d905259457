//! Clients: the systems that let people sign in here, and the rules their metadata keeps (OpenID Connect Dynamic Client
//! Registration 1.0, RFC 7591). Nothing is read or stored here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::discovery::{OFFLINE, OPENID, SCOPES, SERVICE_SCOPES};
use crate::error::{Code, OAuthError};
use crate::jose::{Algorithm, PublicKey};
use crate::uri;

/// Addresses of one kind at most.
const MOST: usize = 20;

/// How a client proves who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Secret in the header `Authorization`.
    #[default]
    ClientSecretBasic,
    /// Secret in the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
    /// A public client: PKCE alone.
    None,
}

impl AuthMethod {
    /// Whether the client has a shared secret.
    #[must_use]
    pub fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// Whether all clients know a person by one subject or each by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// One subject.
    #[default]
    Public,
    /// A subject for each sector (OpenID Connect Core 8.1).
    Pairwise,
}

/// What a client says about itself, by the names of the standards. What we do not know is ignored, as RFC 7591 demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ClientMetadata {
    /// Where codes may be sent; compared as text, character by character.
    pub redirect_uris: Vec<String>,
    /// Name that people read on the consent page.
    pub client_name: String,
    /// The same in English, if it differs.
    #[serde(rename = "client_name#en", skip_serializing_if = "String::is_empty")]
    pub client_name_en: String,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// `authorization_code`, `refresh_token`, `client_credentials`.
    pub grant_types: BTreeSet<String>,
    /// `code`.
    pub response_types: Vec<String>,
    /// Scopes it may ask for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// Its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// How its ID tokens are signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// How people are named to it.
    pub subject_type: SubjectType,
    /// The sector of pairwise subjects if it is not the host of the redirect URIs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sector: String,
    /// Where a browser may be sent after signing out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where we tell that a session ended (OpenID Connect Back-Channel Logout 1.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether it must be told which session.
    pub backchannel_logout_session_required: bool,
    /// Whether its requests must be pushed (RFC 9126).
    pub require_pushed_authorization_requests: bool,
    /// Oldest sign-in it accepts, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    /// Refused: we never fetch keys or documents from where a client says.
    #[serde(skip_serializing)]
    pub jwks_uri: Option<String>,
    /// Refused for the same reason.
    #[serde(skip_serializing)]
    pub sector_identifier_uri: Option<String>,
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What it said about itself, checked.
    pub metadata: ClientMetadata,
    /// Whether the city vouches for it, so that people are not asked.
    pub trusted: bool,
    /// Whether it registered itself.
    pub dynamic: bool,
    /// Since when.
    pub created_at: Timestamp,
    pub(crate) secret: Option<String>,
    pub(crate) management: Option<String>,
    pub(crate) pos: i64,
}

impl Client {
    /// Whether it is a public client.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == AuthMethod::None
    }

    /// How its ID tokens are signed: RS256 unless it said otherwise (the default of the standard).
    #[must_use]
    pub fn id_token_algorithm(&self) -> Algorithm {
        self.metadata
            .id_token_signed_response_alg
            .unwrap_or(Algorithm::Rs256)
    }

    /// Whether it may use a grant type.
    #[must_use]
    pub fn may_use(&self, grant_type: &str) -> bool {
        self.metadata.grant_types.contains(grant_type)
    }

    /// Scopes it may ask for.
    #[must_use]
    pub fn scopes(&self) -> BTreeSet<&str> {
        self.metadata.scope.split(' ').collect()
    }

    /// The sector of its pairwise subjects.
    pub(crate) fn sector(&self) -> String {
        if !self.metadata.sector.is_empty() {
            return self.metadata.sector.clone();
        }
        let first = self.metadata.redirect_uris.first();
        first.and_then(|uri| uri::host(uri)).unwrap_or_default()
    }

    /// Its public key with this id, or its only one.
    pub(crate) fn keys(&self, kid: Option<&str>) -> Vec<PublicKey> {
        let keys = self
            .metadata
            .jwks
            .as_ref()
            .and_then(|jwks| jwks.get("keys"));
        keys.and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|key| kid.is_none() || key.get("kid").and_then(Value::as_str) == kid)
            .filter_map(PublicKey::from_jwk)
            .collect()
    }
}

impl ClientMetadata {
    /// The metadata with defaults filled in, or why it cannot be used. `own` is what a client asks for itself: it gets no
    /// scope that reads other people's facts.
    pub(crate) fn checked(mut self, own: bool) -> Result<Self, OAuthError> {
        self.fill_defaults();
        self.check_grants()?;
        self.check_addresses()?;
        self.check_keys()?;
        let known: BTreeSet<&str> = if own {
            SCOPES.into_iter().collect()
        } else {
            SCOPES.into_iter().chain(SERVICE_SCOPES).collect()
        };
        if !self.scope.split(' ').all(|word| known.contains(word)) {
            return Err(metadata("scope names a scope that is not offered"));
        }
        let name = self.client_name.chars().count();
        if name > 100 || self.client_name.chars().any(char::is_control) {
            return Err(metadata(
                "client_name must be at most 100 printable characters",
            ));
        }
        Ok(self)
    }

    fn fill_defaults(&mut self) {
        if self.grant_types.is_empty() {
            self.grant_types.insert("authorization_code".to_owned());
        }
        if self.response_types.is_empty() && self.uses_codes() {
            self.response_types.push("code".to_owned());
        }
        if self.scope.is_empty() {
            let words: Vec<&str> = SCOPES
                .into_iter()
                .filter(|word| *word != OFFLINE || self.grant_types.contains("refresh_token"))
                .collect();
            self.scope = words.join(" ");
        }
        if self.client_name.is_empty() {
            let host = self.redirect_uris.first().and_then(|uri| uri::host(uri));
            self.client_name = host.unwrap_or_default();
        }
    }

    fn uses_codes(&self) -> bool {
        self.grant_types.contains("authorization_code")
    }

    fn check_grants(&self) -> Result<(), OAuthError> {
        const OFFERED: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];
        if !self
            .grant_types
            .iter()
            .all(|word| OFFERED.contains(&word.as_str()))
        {
            return Err(metadata(
                "grant_types may be authorization_code, refresh_token and client_credentials",
            ));
        }
        if self.response_types.iter().any(|word| word != "code") {
            return Err(metadata("response_types may only be code"));
        }
        let public = self.token_endpoint_auth_method == AuthMethod::None;
        if public && self.grant_types.contains("client_credentials") {
            return Err(metadata("a public client cannot use client_credentials"));
        }
        if self.uses_codes() && self.scope.split(' ').all(|word| word != OPENID) {
            return Err(metadata("scope must contain openid"));
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), OAuthError> {
        let public = self.token_endpoint_auth_method == AuthMethod::None;
        let redirect = |reason: &str| Err(OAuthError::new(Code::InvalidRedirectUri, reason));
        if self.uses_codes() == self.redirect_uris.is_empty() {
            return redirect(
                "redirect_uris must name at least one address, for authorization_code only",
            );
        }
        let lists = [&self.redirect_uris, &self.post_logout_redirect_uris];
        if lists.iter().any(|list| list.len() > MOST) {
            return redirect("at most 20 addresses of a kind");
        }
        let acceptable = |uri: &String| uri::may_be_redirect(uri, public);
        if !lists.iter().all(|list| list.iter().all(acceptable)) {
            return redirect(
                "addresses must be https without fragment, or http on 127.0.0.1, [::1] or localhost; public clients may use a private-use scheme",
            );
        }
        let called = self.backchannel_logout_uri.iter();
        if !called.into_iter().all(|uri| uri::may_be_called(uri)) {
            return Err(metadata("backchannel_logout_uri must be https"));
        }
        if self.subject_type == SubjectType::Pairwise && self.sector.is_empty() {
            let hosts: BTreeSet<Option<String>> = self
                .redirect_uris
                .iter()
                .map(|uri| uri::host(uri))
                .collect();
            if hosts.len() > 1 {
                return Err(metadata(
                    "with pairwise subjects all redirect_uris must have one host",
                ));
            }
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), OAuthError> {
        if self.jwks_uri.is_some() || self.sector_identifier_uri.is_some() {
            return Err(metadata(
                "nothing is fetched from addresses of clients; send jwks instead of jwks_uri",
            ));
        }
        let keys = self.jwks.as_ref().and_then(|jwks| jwks.get("keys"));
        let usable = keys.and_then(Value::as_array).is_some_and(|keys| {
            (1..=10).contains(&keys.len())
                && keys.iter().any(|key| PublicKey::from_jwk(key).is_some())
        });
        if self.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt && !usable {
            return Err(metadata(
                "private_key_jwt needs jwks with an EC P-256 key or an RSA key of 2048 to 4096 bits",
            ));
        }
        if self.default_max_age.is_some_and(|age| age < 0) {
            return Err(metadata("default_max_age must not be negative"));
        }
        Ok(())
    }
}

fn metadata(description: &str) -> OAuthError {
    OAuthError::new(Code::InvalidClientMetadata, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(value: Value) -> Result<ClientMetadata, Code> {
        let metadata: ClientMetadata = serde_json::from_value(value).unwrap();
        metadata.checked(true).map_err(|error| error.code)
    }

    #[test]
    fn the_defaults_are_those_of_the_standard() {
        let made =
            checked(json!({ "redirect_uris": ["https://rp.example/cb"], "x_unknown": 1 })).unwrap();
        assert_eq!(
            made.token_endpoint_auth_method,
            AuthMethod::ClientSecretBasic
        );
        assert_eq!(made.response_types, ["code"]);
        assert!(made.grant_types.contains("authorization_code"));
        assert_eq!(made.client_name, "rp.example");
        assert!(!made.scope.contains("offline_access"));
    }

    #[test]
    fn what_could_be_misused_is_refused() {
        let bad = Code::InvalidClientMetadata;
        let with = |extra: Value| {
            let mut value = json!({ "redirect_uris": ["https://rp.example/cb"] });
            for (name, member) in extra.as_object().unwrap() {
                value[name] = member.clone();
            }
            checked(value).err()
        };
        assert_eq!(
            with(json!({ "redirect_uris": [] })),
            Some(Code::InvalidRedirectUri)
        );
        assert_eq!(
            with(json!({ "redirect_uris": ["http://rp.example/cb"] })),
            Some(Code::InvalidRedirectUri)
        );
        assert_eq!(with(json!({ "response_types": ["token"] })), Some(bad));
        assert_eq!(with(json!({ "grant_types": ["implicit"] })), Some(bad));
        assert_eq!(
            with(json!({ "jwks_uri": "https://rp.example/k" })),
            Some(bad)
        );
        assert_eq!(
            with(json!({ "token_endpoint_auth_method": "private_key_jwt" })),
            Some(bad)
        );
        assert_eq!(
            with(json!({ "scope": "openid scim" })),
            Some(bad),
            "for itself"
        );
        assert_eq!(
            with(
                json!({ "subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"] })
            ),
            Some(bad)
        );
        assert_eq!(
            with(json!({ "backchannel_logout_uri": "http://10.0.0.1/x" })),
            Some(bad)
        );
    }
}
