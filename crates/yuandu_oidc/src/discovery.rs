//! What the provider offers, as the discovery document tells it (OpenID Connect Discovery 1.0, RFC 8414).

use serde_json::{Value, json};

use crate::jose::Algorithm;

/// The scope that makes a request one of OpenID Connect.
pub(crate) const OPENID: &str = "openid";
/// The scope of refresh tokens that outlive the session.
pub(crate) const OFFLINE: &str = "offline_access";
/// Scopes about the person who signs in.
pub const SCOPES: [&str; 5] = [OPENID, "profile", "phone", "post", OFFLINE];
/// Scopes that only an administrator gives: they let a program ask about others.
pub(crate) const SERVICE_SCOPES: [&str; 3] = ["introspect", "authzen", "scim"];
/// Signed in with a password alone.
pub const ACR_PASSWORD: &str = "urn:yuandu:acr:password";
/// Signed in with two kinds of proof, one of them cryptographic (GB/T 22239-2019, 8.1.4.1 d).
pub const ACR_TWO_FACTOR: &str = "urn:yuandu:acr:two-factor";

/// The discovery document of an issuer.
pub(crate) fn document(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let algorithms = Algorithm::ALL.map(Algorithm::as_str);
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "userinfo_endpoint": at("/oauth/userinfo"),
        "jwks_uri": at("/oauth/jwks"),
        "registration_endpoint": at("/oauth/register"),
        "introspection_endpoint": at("/oauth/introspect"),
        "revocation_endpoint": at("/oauth/revoke"),
        "end_session_endpoint": at("/oauth/logout"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": false,
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": [ACR_PASSWORD, ACR_TWO_FACTOR],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
            "name", "preferred_username", "phone_number", "post", "post_title", "organisation", "organisation_name", "roles"
        ],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "ui_locales_supported": ["zh-CN", "en"],
    })
}
