//! Pushing an authorization request ahead of the browser (RFC 9126).

use serde_json::{Map, Value, json};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::{Change, Plan};

use crate::client_auth::Proof;
use crate::error::{Code, OidcError, refuse};
use crate::form::Form;
use crate::provider::Provider;
use crate::request::{AuthorizeRequest, Target};
use crate::secret;

/// How a pushed request is named.
pub(crate) const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// What only proves the client and is not part of the request.
const PROOF: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

impl Provider {
    /// Keeps a request for a short while and names it.
    ///
    /// # Errors
    /// [`OidcError::OAuth`] for everything the authorization endpoint would refuse.
    pub fn push_request(
        &self,
        ctx: &OpCtx,
        proof: &Proof,
        form: &Form,
    ) -> Result<Map<String, Value>, OidcError> {
        if form.get("request_uri").is_some() {
            return refuse(Code::InvalidRequest, "request_uri cannot be pushed");
        }
        let client = &proof.client;
        if form.get("client_id").is_some_and(|id| id != client.id) {
            return refuse(
                Code::InvalidRequest,
                "client_id is not the client that proved itself",
            );
        }
        // A client that proved itself otherwise need not name itself in the form.
        let form = form.without(&PROOF).with("client_id", &client.id);
        let target = Target::read(&form, client)?;
        AuthorizeRequest::read(&form, client, &target, ctx.now())?;
        let name = secret::fresh("");
        let life = self.options.request;
        let ctx = &ctx.as_actor(Actor::Service(client.id.clone()));
        let parameters = serde_json::to_string(&form)
            .map_err(|error| OidcError::stored("pushed request", error))?;
        let entry = ctx.entry(
            "oidc.push_request",
            format!("client/{}", client.id),
            json!({}),
        );
        let plan = Plan::new(ctx.realm, entry).change(
            Change::put("oidc_pushed")
                .with("id", secret::hash(&name))
                .with("client", client.id.as_str())
                .with("parameters", parameters)
                .with("expires_at", ctx.now() + life),
        );
        self.store.commit(proof.bind(plan))?;
        let mut answer = Map::new();
        answer.insert("request_uri".to_owned(), format!("{PREFIX}{name}").into());
        answer.insert("expires_in".to_owned(), life.as_secs().into());
        Ok(answer)
    }
}
