//! Acting in another of one's posts (concurrent posts): the session stays, its powers change.

use serde_json::json;
use yuandu_ids::PostId;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::secret::SessionToken;
use crate::session::SignedIn;
use crate::store::{self, SessionRow};

impl Identity {
    /// Lets the session of `token` act in `post`.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] if the session ended or the person does not hold the post now.
    pub fn switch_post(
        &self,
        ctx: &OpCtx,
        token: &SessionToken,
        post: &PostId,
    ) -> Result<SignedIn, IdentityError> {
        self.retried(|| {
            let gone = || not_found("session", "");
            let signed_in = self.authenticate(ctx, token)?.ok_or_else(gone)?;
            let officer = self.officer_in(ctx, &signed_in.officer.user, Some(post))?;
            let row = self
                .store
                .read(|reader| store::session(reader, ctx.realm, &token.id()))?
                .ok_or_else(gone)?;
            let row = SessionRow {
                post: post.to_owned(),
                ..row
            };
            let note =
                json!({ "from": signed_in.officer.post.to_string(), "to": post.to_string() });
            let entry = signed_in.context(ctx).entry(
                "identity.switch_post",
                format!("user/{}", row.user),
                note,
            );
            self.store
                .commit(Plan::new(ctx.realm, entry).change(store::put_session(&row)))?;
            Ok(SignedIn::new(token, &row, std::sync::Arc::new(officer)))
        })
    }
}
