//! The authorization endpoint: who is asked what before a code is given (OpenID Connect Core 3.1.2, RFC 9126, RFC 9207).
//!
//! While a person signs in or reads the consent page, the request waits in the address of that page, sealed: nobody but
//! us can read or change it, and visitors who never come back leave nothing in the log.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuandu_identity::{Officer, OpCtx, SignedIn};
use yuandu_store::{Change, Expect, Plan};

use crate::client::Client;
use crate::discovery::ACR_TWO_FACTOR;
use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::form::Form;
use crate::grant::{CodeFacts, SignInFacts};
use crate::jose::Jws;
use crate::provider::Provider;
use crate::request::{AuthorizeRequest, Refusal, Target};
use crate::secret;
use crate::store;

/// What waiting requests are sealed for.
const WAITING: &str = "oidc waiting request";

/// The session of the browser that asks.
#[derive(Debug, Clone)]
pub struct LoginSession {
    /// Who is signed in.
    pub officer: Arc<Officer>,
    /// The session's stored name.
    pub session: String,
    /// When and how the person last proved who they are.
    pub proved_at: Timestamp,
    /// Methods by RFC 8176.
    pub methods: Vec<String>,
    /// When the session ends.
    pub expires_at: Timestamp,
}

impl From<&SignedIn> for LoginSession {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            officer: Arc::clone(&signed_in.officer),
            session: signed_in.session.as_str().to_owned(),
            proved_at: signed_in.proved_at,
            methods: signed_in.methods.clone(),
            expires_at: signed_in.expires_at,
        }
    }
}

/// What the browser does next.
#[derive(Debug)]
pub enum Answer {
    /// Goes to the client, with a code or an error.
    Redirect(String),
    /// Signs in, then comes back with the sealed request.
    SignIn {
        /// The sealed request.
        waiting: String,
        /// Whether an existing session is not enough.
        again: bool,
        /// Whom the client expects.
        login_hint: String,
        /// Whether a second factor is wanted.
        two_factor: bool,
    },
    /// Reads the consent page, then comes back with the sealed request.
    Consent {
        /// The sealed request.
        waiting: String,
    },
}

/// A request that waits for a person.
#[derive(Debug)]
pub struct Interaction {
    /// Who asks.
    pub client: Arc<Client>,
    /// What is asked for.
    pub scope: Vec<String>,
    /// Where the answer will go.
    pub redirect_uri: String,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    form: Form,
    pushed: Option<String>,
    asked_at: i64,
    /// Whether the person was already sent to sign in for this request.
    signed: bool,
}

impl Provider {
    /// Answers an authorization request.
    ///
    /// # Errors
    /// [`OidcError::OAuth`] when the browser's user must be told, because client or address cannot be trusted.
    pub fn authorize(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        form: &Form,
        session: Option<&LoginSession>,
    ) -> Result<Answer, OidcError> {
        let client = self.known_client(ctx, form)?;
        let (form, pushed) = self.unpushed(ctx, form, &client)?;
        let waiting = Waiting {
            form,
            pushed,
            asked_at: ctx.now().as_millisecond(),
            signed: false,
        };
        self.consider(ctx, issuer, &waiting, session, false)
    }

    /// Goes on with a request after its person signed in.
    ///
    /// # Errors
    /// As [`Provider::authorize`], and when the sealed request is not ours or too old.
    pub fn resume(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        waiting: &str,
        session: Option<&LoginSession>,
    ) -> Result<Answer, OidcError> {
        let mut waiting = self.unsealed(ctx, waiting)?;
        waiting.signed = true;
        self.consider(ctx, issuer, &waiting, session, false)
    }

    /// Goes on with a request after its person said yes or no on the consent page.
    ///
    /// # Errors
    /// As [`Provider::resume`].
    pub fn decide_consent(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        waiting: &str,
        session: &LoginSession,
        allowed: bool,
    ) -> Result<Answer, OidcError> {
        let waiting = self.unsealed(ctx, waiting)?;
        if allowed {
            return self.consider(ctx, issuer, &waiting, Some(session), true);
        }
        let client = self.known_client(ctx, &waiting.form)?;
        let target = Target::read(&waiting.form, &client)?;
        let error = OAuthError::new(Code::AccessDenied, "the person did not allow it");
        Ok(Answer::Redirect(target.refusal(issuer, &error)))
    }

    /// What a consent page shows.
    ///
    /// # Errors
    /// As [`Provider::resume`].
    pub fn interaction(&self, ctx: &OpCtx, waiting: &str) -> Result<Interaction, OidcError> {
        let waiting = self.unsealed(ctx, waiting)?;
        let client = self.known_client(ctx, &waiting.form)?;
        let request = read(&waiting, &client).map_err(|refusal| match refusal {
            Refusal::ToUser(error) | Refusal::ToClient(error) => OidcError::OAuth(error),
        })?;
        Ok(Interaction {
            scope: request.scope.iter().cloned().collect(),
            redirect_uri: request.redirect_uri,
            client,
        })
    }

    fn consider(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        waiting: &Waiting,
        session: Option<&LoginSession>,
        consented: bool,
    ) -> Result<Answer, OidcError> {
        let client = self.known_client(ctx, &waiting.form)?;
        let request = match read(waiting, &client) {
            Ok(request) => request,
            Err(Refusal::ToUser(error)) => return Err(error.into()),
            Err(Refusal::ToClient(error)) => {
                let target = Target::read(&waiting.form, &client)?;
                return Ok(Answer::Redirect(target.refusal(issuer, &error)));
            }
        };
        let Some(session) = session else {
            return self.ask_sign_in(issuer, waiting, &request, false);
        };
        if self.must_sign_in_again(ctx, issuer, waiting, &request, session)? {
            return self.ask_sign_in(issuer, waiting, &request, true);
        }
        let settled = consented || self.is_allowed(ctx, &request, session)?;
        if !settled && request.forbids_pages() {
            let error =
                OAuthError::new(Code::ConsentRequired, "the person has not allowed this yet");
            return Ok(Answer::Redirect(request.target().refusal(issuer, &error)));
        }
        if !settled {
            return Ok(Answer::Consent {
                waiting: self.sealed(waiting)?,
            });
        }
        self.give_code(ctx, issuer, &request, session, consented)
    }

    fn ask_sign_in(
        &self,
        issuer: &str,
        waiting: &Waiting,
        request: &AuthorizeRequest,
        again: bool,
    ) -> Result<Answer, OidcError> {
        if request.forbids_pages() {
            let error = OAuthError::new(Code::LoginRequired, "nobody suitable is signed in");
            return Ok(Answer::Redirect(request.target().refusal(issuer, &error)));
        }
        Ok(Answer::SignIn {
            waiting: self.sealed(waiting)?,
            again,
            login_hint: request.login_hint.clone(),
            two_factor: wants_two_factor(request),
        })
    }

    fn must_sign_in_again(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        waiting: &Waiting,
        request: &AuthorizeRequest,
        session: &LoginSession,
    ) -> Result<bool, OidcError> {
        let since = session.proved_at >= request.asked_at;
        let asked = request.prompt.contains("login") || request.prompt.contains("select_account");
        let age = ctx.now().duration_since(session.proved_at).as_secs();
        let too_old = request.max_age.is_some_and(|most| age > most);
        if (asked || too_old) && !since {
            return Ok(true);
        }
        // A level is asked for, not demanded (OpenID Connect Core 3.1.2.1): the person gets one chance to reach it.
        if wants_two_factor(request)
            && !waiting.signed
            && !is_two_factor(session)
            && !request.forbids_pages()
        {
            return Ok(true);
        }
        let Some(hint) = &request.id_token_hint else {
            return Ok(false);
        };
        let expected = self.subject_of_hint(ctx, issuer, hint)?;
        let present = self.subject(&request.client, &session.officer.user.to_string());
        let differs = expected.as_deref() != Some(present.as_str());
        Ok(differs && (request.forbids_pages() || !waiting.signed))
    }

    /// The subject of an ID token of ours, expired or not; `None` if it is not ours.
    pub(crate) fn subject_of_hint(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        hint: &str,
    ) -> Result<Option<String>, OidcError> {
        let Some(jws) = Jws::parse(hint) else {
            return Ok(None);
        };
        let ours = self.is_ours(ctx, &jws)? && jws.text("iss") == Some(issuer);
        Ok(jws.text("sub").filter(|_| ours).map(ToOwned::to_owned))
    }

    fn is_allowed(
        &self,
        ctx: &OpCtx,
        request: &AuthorizeRequest,
        session: &LoginSession,
    ) -> Result<bool, OidcError> {
        if request.prompt.contains("consent") {
            return Ok(false);
        }
        if request.client.trusted {
            return Ok(true);
        }
        let user = session.officer.user.to_string();
        let given = self
            .store
            .read(|reader| store::consent(reader, ctx.realm, &user, &request.client.id))?;
        let given: Vec<&str> = given.split(' ').collect();
        Ok(request
            .scope
            .iter()
            .all(|word| given.contains(&word.as_str())))
    }

    fn give_code(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        request: &AuthorizeRequest,
        session: &LoginSession,
        consented: bool,
    ) -> Result<Answer, OidcError> {
        let code = secret::fresh("yc_");
        let user = session.officer.user.to_string();
        let facts = CodeFacts {
            redirect_uri: request.redirect_uri.clone(),
            scope: request.scope_text(),
            challenge: request.challenge.clone(),
            user: user.clone(),
            post: session.officer.post.to_string(),
            session: session.session.clone(),
            session_ends: session.expires_at.as_millisecond(),
            facts: SignInFacts {
                auth_time: session.proved_at.as_second(),
                amr: session.methods.clone(),
                nonce: request.nonce.clone(),
            },
        };
        let ctx = &ctx.as_actor(yuandu_identity::Actor::Officer(Arc::clone(
            &session.officer,
        )));
        let note =
            json!({ "client": request.client.id, "scope": facts.scope, "consented": consented });
        let expires = ctx.now() + self.options.code;
        let parameters =
            serde_json::to_string(&facts).map_err(|error| OidcError::stored("code", error))?;
        let mut plan = Plan::new(
            ctx.realm,
            ctx.entry("oidc.authorize", format!("user/{user}"), note),
        )
        .change(
            Change::put("oidc_codes")
                .with("id", secret::hash(&code))
                .with("client", request.client.id.as_str())
                .with("grant_id", secret::fresh_id())
                .with("parameters", parameters)
                .with("expires_at", expires)
                .with("used", false),
        );
        if consented {
            plan = plan.change(
                Change::put("oidc_consents")
                    .with("user_id", user.as_str())
                    .with("client", request.client.id.as_str())
                    .with("scope", request.scope_text())
                    .with("given_at", ctx.now()),
            );
        }
        if let Some(pushed) = &request.pushed {
            plan = self.used_up(ctx, plan, pushed)?;
        }
        match self.store.commit(plan) {
            Ok(_) => {}
            Err(yuandu_store::StoreError::Changed { .. }) => {
                return refuse(Code::InvalidRequestUri, "the request_uri was used already");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Answer::Redirect(
            request.target().answer(issuer, &[("code", &code)]),
        ))
    }

    /// A pushed request leads to one code.
    fn used_up(&self, ctx: &OpCtx, plan: Plan, pushed: &str) -> Result<Plan, OidcError> {
        let row = self
            .store
            .read(|reader| store::pushed(reader, ctx.realm, pushed))?;
        let Some(row) = row else {
            return refuse(Code::InvalidRequestUri, "the request_uri was used already");
        };
        Ok(plan
            .expect(Expect::unchanged(
                "oidc_pushed",
                [("id", pushed.into())],
                row.pos,
            ))
            .change(Change::delete("oidc_pushed").key("id", pushed)))
    }

    fn known_client(&self, ctx: &OpCtx, form: &Form) -> Result<Arc<Client>, OidcError> {
        let id = form.required("client_id")?;
        match self.clients(ctx)?.get(id) {
            Some(client) => Ok(Arc::clone(client)),
            None => refuse(Code::InvalidRequest, "client_id is not known here"),
        }
    }

    /// The parameters themselves, or those that were pushed.
    fn unpushed(
        &self,
        ctx: &OpCtx,
        form: &Form,
        client: &Client,
    ) -> Result<(Form, Option<String>), OidcError> {
        let Some(uri) = form.get("request_uri") else {
            if client.metadata.require_pushed_authorization_requests {
                return refuse(
                    Code::InvalidRequest,
                    "this client must push its requests (RFC 9126)",
                );
            }
            return Ok((form.clone(), None));
        };
        let unknown = || {
            OidcError::OAuth(OAuthError::new(
                Code::InvalidRequestUri,
                "the request_uri is unknown, was used or is too old",
            ))
        };
        let secret = uri
            .strip_prefix(crate::ops::push_request::PREFIX)
            .ok_or_else(unknown)?;
        let id = secret::hash(secret);
        let row = self
            .store
            .read(|reader| store::pushed(reader, ctx.realm, &id))?
            .filter(|row| row.client == client.id && ctx.now() < row.expires_at)
            .ok_or_else(unknown)?;
        Ok((row.form, Some(id)))
    }

    fn sealed(&self, waiting: &Waiting) -> Result<String, OidcError> {
        let text = serde_json::to_vec(waiting)
            .map_err(|error| OidcError::stored("waiting request", error))?;
        Ok(self.vault.seal(WAITING, &text)?)
    }

    fn unsealed(&self, ctx: &OpCtx, sealed: &str) -> Result<Waiting, OidcError> {
        let waiting: Option<Waiting> = self
            .vault
            .open_sealed(WAITING, sealed)
            .and_then(|text| serde_json::from_slice(&text).ok());
        let age = |waiting: &Waiting| {
            let asked = Timestamp::from_millisecond(waiting.asked_at).ok()?;
            Some(ctx.now().duration_since(asked))
        };
        match waiting {
            Some(waiting) if age(&waiting).is_some_and(|age| age <= self.options.request) => {
                Ok(waiting)
            }
            _ => refuse(
                Code::InvalidRequest,
                "this page was open too long; go back to the system you came from and sign in again",
            ),
        }
    }
}

fn read(waiting: &Waiting, client: &Arc<Client>) -> Result<AuthorizeRequest, Refusal> {
    let target = Target::read(&waiting.form, client).map_err(Refusal::ToUser)?;
    let asked_at = Timestamp::from_millisecond(waiting.asked_at).unwrap_or_default();
    let mut request = AuthorizeRequest::read(&waiting.form, client, &target, asked_at)
        .map_err(Refusal::ToClient)?;
    request.pushed.clone_from(&waiting.pushed);
    Ok(request)
}

fn wants_two_factor(request: &AuthorizeRequest) -> bool {
    request
        .acr_values
        .first()
        .is_some_and(|acr| acr == ACR_TWO_FACTOR)
}

fn is_two_factor(session: &LoginSession) -> bool {
    session.methods.iter().any(|method| method == "mfa")
}
