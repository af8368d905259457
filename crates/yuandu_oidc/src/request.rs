//! An authorization request (OpenID Connect Core 3.1.2.1), read in the order that keeps a stranger's address from ever
//! being redirected to: client and redirect URI first, everything else after.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::Client;
use crate::discovery::{OFFLINE, OPENID};
use crate::error::{Code, OAuthError};
use crate::form::Form;
use crate::uri;

/// What a client asks for, checked against its registration.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// The client.
    pub client: Arc<Client>,
    /// Where the answer goes; one of its registered addresses.
    pub redirect_uri: String,
    /// Returned as it came.
    pub state: Option<String>,
    /// What is asked for and may be: unknown scopes are ignored (OpenID Connect Core 3.1.2.1).
    pub scope: BTreeSet<String>,
    /// Bound into the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge, S256.
    pub challenge: Option<String>,
    /// `none`, `login`, `consent`, `select_account`.
    pub prompt: BTreeSet<String>,
    /// Oldest sign-in accepted, in seconds.
    pub max_age: Option<i64>,
    /// Levels of sign-in wanted, the best first.
    pub acr_values: Vec<String>,
    /// Whom the client expects.
    pub login_hint: String,
    /// An ID token of whom the client expects.
    pub id_token_hint: Option<String>,
    /// The pushed request this came from.
    pub pushed: Option<String>,
    /// When it was first asked.
    pub asked_at: Timestamp,
}

/// Why a request cannot be answered: to the browser's user if the address is not trusted, else to the client.
pub(crate) enum Refusal {
    ToUser(OAuthError),
    ToClient(OAuthError),
}

/// The address and state to answer to, once they are trusted.
pub(crate) struct Target {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
}

impl Target {
    /// Reads client address and state.
    pub(crate) fn read(form: &Form, client: &Client) -> Result<Self, OAuthError> {
        let redirect_uri = form.required("redirect_uri")?;
        // Compared as text: nothing is decoded, completed or ignored (RFC 9700, 2.1).
        let registered = &client.metadata.redirect_uris;
        if !registered.iter().any(|known| known == redirect_uri) {
            return Err(OAuthError::new(
                Code::InvalidRequest,
                "redirect_uri is not one that the client registered",
            ));
        }
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            state: form.get("state").map(ToOwned::to_owned),
        })
    }

    /// The address with an answer in its query, naming us (RFC 9207).
    pub(crate) fn answer(&self, issuer: &str, pairs: &[(&str, &str)]) -> String {
        let mut all = pairs.to_vec();
        if let Some(state) = &self.state {
            all.push(("state", state));
        }
        all.push(("iss", issuer));
        uri::with_query(&self.redirect_uri, &all)
    }

    pub(crate) fn refusal(&self, issuer: &str, error: &OAuthError) -> String {
        self.answer(
            issuer,
            &[
                ("error", error.code.as_str()),
                ("error_description", &error.description),
            ],
        )
    }
}

impl AuthorizeRequest {
    /// Reads everything but client and address.
    pub(crate) fn read(
        form: &Form,
        client: &Arc<Client>,
        target: &Target,
        asked_at: Timestamp,
    ) -> Result<Self, OAuthError> {
        let invalid = |text: &str| Err(OAuthError::new(Code::InvalidRequest, text));
        if form.get("request").is_some() {
            return Err(OAuthError::new(
                Code::RequestNotSupported,
                "request objects are not offered; push the request instead (RFC 9126)",
            ));
        }
        match form.get("response_type") {
            Some("code") => {}
            None => return invalid("response_type is missing"),
            Some(_) => {
                return Err(OAuthError::new(
                    Code::UnsupportedResponseType,
                    "response_type may only be code",
                ));
            }
        }
        if form
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return invalid("response_mode may only be query");
        }
        if !client.may_use("authorization_code") {
            return Err(OAuthError::new(
                Code::UnauthorizedClient,
                "the client is not registered for authorization_code",
            ));
        }
        let prompt: BTreeSet<String> = owned(form.words("prompt")).collect();
        let known = ["none", "login", "consent", "select_account"];
        if prompt.iter().any(|word| !known.contains(&word.as_str())) {
            return invalid("prompt holds an unknown word");
        }
        if prompt.contains("none") && prompt.len() > 1 {
            return invalid("prompt=none cannot be combined");
        }
        let max_age = match form.get("max_age").map(str::parse::<i64>) {
            None => client.metadata.default_max_age,
            Some(Ok(age)) if age >= 0 => Some(age),
            Some(_) => return invalid("max_age must be a number of seconds"),
        };
        Ok(Self {
            scope: scope(form, client)?,
            challenge: challenge(form, client)?,
            nonce: form.get("nonce").map(ToOwned::to_owned),
            acr_values: owned(form.words("acr_values")).take(10).collect(),
            login_hint: form.get("login_hint").unwrap_or_default().to_owned(),
            id_token_hint: form.get("id_token_hint").map(ToOwned::to_owned),
            pushed: None,
            client: Arc::clone(client),
            redirect_uri: target.redirect_uri.clone(),
            state: target.state.clone(),
            prompt,
            max_age,
            asked_at,
        })
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
        }
    }

    pub(crate) fn forbids_pages(&self) -> bool {
        self.prompt.contains("none")
    }

    /// The scope as one text.
    pub(crate) fn scope_text(&self) -> String {
        self.scope
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn scope(form: &Form, client: &Client) -> Result<BTreeSet<String>, OAuthError> {
    let allowed = client.scopes();
    let asked: BTreeSet<String> = owned(form.words("scope"))
        .filter(|word| allowed.contains(word.as_str()))
        .filter(|word| word != OFFLINE || client.may_use("refresh_token"))
        .collect();
    if asked.contains(OPENID) {
        Ok(asked)
    } else {
        Err(OAuthError::new(
            Code::InvalidScope,
            "scope must contain openid",
        ))
    }
}

fn challenge(form: &Form, client: &Client) -> Result<Option<String>, OAuthError> {
    let invalid = |text: &str| Err(OAuthError::new(Code::InvalidRequest, text));
    let Some(challenge) = form.get("code_challenge") else {
        return match (client.is_public(), form.get("code_challenge_method")) {
            (true, _) => invalid("code_challenge is missing (PKCE, RFC 7636)"),
            (false, Some(_)) => invalid("code_challenge_method without code_challenge"),
            (false, None) => Ok(None),
        };
    };
    if form.get("code_challenge_method") != Some("S256") {
        return invalid("code_challenge_method must be S256");
    }
    let is_hash = challenge.len() == 43
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_hash {
        Ok(Some(challenge.to_owned()))
    } else {
        invalid("code_challenge must be the base64url of a SHA-256")
    }
}

fn owned(words: Vec<&str>) -> impl Iterator<Item = String> {
    words.into_iter().map(ToOwned::to_owned)
}
