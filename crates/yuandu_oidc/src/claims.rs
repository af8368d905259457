//! What is told about a person: subject, ID token, and the claims of each scope.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use yuandu_identity::{Officer, OpCtx};

use crate::client::{Client, SubjectType};
use crate::error::OidcError;
use crate::grant::{self, SignInFacts};
use crate::provider::Provider;
use crate::secret;

/// What an ID token is made of.
pub(crate) struct IdToken<'a> {
    pub(crate) user: &'a str,
    pub(crate) session: &'a str,
    pub(crate) facts: &'a SignInFacts,
    pub(crate) access_token: &'a str,
}

impl Provider {
    /// How a client knows a person.
    pub(crate) fn subject(&self, client: &Client, user: &str) -> String {
        match client.metadata.subject_type {
            SubjectType::Public => user.to_owned(),
            SubjectType::Pairwise => {
                let input = format!("{}\0{user}", client.sector());
                URL_SAFE_NO_PAD.encode(self.vault.keyed_hash("oidc pairwise", input.as_bytes()))
            }
        }
    }

    pub(crate) fn id_token(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        client: &Client,
        made_of: &IdToken<'_>,
    ) -> Result<String, OidcError> {
        let now = ctx.now().as_second();
        let mut claims = json!({
            "iss": issuer,
            "sub": self.subject(client, made_of.user),
            "aud": client.id,
            "iat": now,
            "exp": now + self.options.access.as_secs(),
            "auth_time": made_of.facts.auth_time,
            "acr": made_of.facts.acr(),
            "amr": made_of.facts.amr,
            "sid": grant::sid(made_of.session),
            "at_hash": secret::half_hash(made_of.access_token),
        });
        if let (Value::Object(claims), Some(nonce)) = (&mut claims, &made_of.facts.nonce) {
            claims.insert("nonce".to_owned(), nonce.as_str().into());
        }
        self.sign(ctx, client.id_token_algorithm(), "JWT", &claims)
    }
}

/// The claims of the granted scopes.
pub(crate) fn of_scope(officer: &Officer, phone: &str, scope: &str) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    for word in scope.split(' ') {
        match word {
            "profile" => {
                put("name", officer.name.as_str().into());
                put("preferred_username", officer.login.as_str().into());
            }
            "phone" if !phone.is_empty() => put("phone_number", phone.into()),
            "post" => {
                put("post", officer.post.to_string().into());
                put("post_title", officer.post_title.zh.as_str().into());
                put("organisation", officer.org.to_string().into());
                put("organisation_name", officer.org_name.zh.as_str().into());
                put("roles", officer.roles.iter().cloned().collect());
            }
            _ => {}
        }
    }
    claims
}
