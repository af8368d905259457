//! People that another system (a personnel system, by SCIM) provisions and takes away again.
//!
//! Nobody is deleted: the log and every record name people. Who is taken away is suspended, holds no post and has no session.

use serde_json::json;
use yuandu_ids::UserId;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::model::{Holding, Person, PersonStatus, Provisioned};
use crate::{rules, store};

impl Identity {
    /// Writes a person as another system knows them; who is suspended by it is out at once. A person it took away comes
    /// back.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::Invalid`] with every problem.
    pub fn provision(
        &self,
        ctx: &OpCtx,
        person: &Person,
        external_id: &str,
    ) -> Result<(), IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let login_of_other = |person: &Person| {
            directory
                .person_by_login(&person.login)
                .is_some_and(|known| known.id != person.id)
        };
        rules::refuse(rules::check_people([person].into_iter(), login_of_other))?;
        let exists = directory.person(&person.id).is_some();
        let ended = if person.status == PersonStatus::Suspended {
            self.store
                .read(|reader| store::sessions_of(reader, ctx.realm, &person.id))?
        } else {
            Vec::new()
        };
        let known = Provisioned {
            external_id: external_id.to_owned(),
            removed: false,
        };
        let entry = ctx.entry(
            "identity.provision",
            format!("user/{}", person.id),
            json!({ "new": !exists, "status": person.status.as_str() }),
        );
        let written = if exists {
            store::set_person(person)
        } else {
            store::put_person(person, None)
        };
        let plan = Plan::new(ctx.realm, entry)
            .change(written)
            .change(store::put_provisioned(&person.id, &known, ctx.now()))
            .changes(
                ended
                    .iter()
                    .map(|session| store::delete_session(&session.id)),
            );
        self.store.commit(plan)?;
        Ok(())
    }

    /// Takes a person away: suspended, without posts and sessions.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] if there is no such person.
    pub fn deprovision(&self, ctx: &OpCtx, user: &UserId) -> Result<(), IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let person = directory
            .person(user)
            .filter(|_| !directory.is_removed(user))
            .ok_or_else(|| not_found("person", &user.to_string()))?;
        let person = Person {
            status: PersonStatus::Suspended,
            ..person.clone()
        };
        let now = ctx.now();
        let posts: Vec<_> = directory.posts_of(user, now).map(|post| &post.id).collect();
        let ended: Vec<Holding> = posts
            .into_iter()
            .filter_map(|post| directory.holding(user, post, now))
            .map(|holding| Holding {
                to: Some(now),
                ..holding.clone()
            })
            .collect();
        let sessions = self
            .store
            .read(|reader| store::sessions_of(reader, ctx.realm, user))?;
        let known = Provisioned {
            external_id: directory.external_id(user).to_owned(),
            removed: true,
        };
        let entry = ctx.entry(
            "identity.deprovision",
            format!("user/{user}"),
            json!({ "posts": ended.len() }),
        );
        let plan = Plan::new(ctx.realm, entry)
            .change(store::set_person(&person))
            .change(store::put_provisioned(user, &known, now))
            .changes(ended.iter().map(store::put_holding))
            .changes(
                sessions
                    .iter()
                    .map(|session| store::delete_session(&session.id)),
            );
        self.store.commit(plan)?;
        Ok(())
    }
}
