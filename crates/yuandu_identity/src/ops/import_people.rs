//! Writing people, one or many: all problems at once, or all written.

use serde_json::json;
use yuandu_store::Plan;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::Identity;
use crate::model::Person;
use crate::password::{Password, PasswordHash};
use crate::{rules, store};

/// A person to be written, with what becomes of the password.
pub struct PersonRecord {
    /// The person.
    pub person: Person,
    /// The password.
    pub password: NewPassword,
}

/// What becomes of the password of a written person.
pub enum NewPassword {
    /// A new person cannot sign in yet; an existing one keeps the password.
    Keep,
    /// This password; it must be good enough.
    Set(Password),
    /// This hash, made before with [`crate::Identity::hasher`]: for demo cities.
    Hashed(PasswordHash),
}

impl Identity {
    /// Writes people; those that exist are changed. One batch is one plan and one log entry.
    ///
    /// # Errors
    /// [`IdentityError::Denied`] without `admin.write`, [`IdentityError::Invalid`] with every problem.
    pub fn import_people(
        &self,
        ctx: &OpCtx,
        batch: &[PersonRecord],
    ) -> Result<usize, IdentityError> {
        self.require_admin(ctx, "admin.write")?;
        let directory = self.directory(ctx.realm)?;
        let login_of_other = |person: &Person| {
            directory
                .person_by_login(&person.login)
                .is_some_and(|known| known.id != person.id)
        };
        let mut problems =
            rules::check_people(batch.iter().map(|record| &record.person), login_of_other);
        let mut changes = Vec::new();
        for record in batch {
            let hash = match self.hash_of(record) {
                Err(IdentityError::Invalid(found)) => {
                    problems.extend(found);
                    continue;
                }
                other => other?,
            };
            let person = &record.person;
            match (directory.person(&person.id).is_some(), hash) {
                (false, hash) => changes.push(store::put_person(person, hash.as_ref())),
                (true, None) => changes.push(store::set_person(person)),
                (true, Some(hash)) => {
                    changes.extend([
                        store::set_person(person),
                        store::set_password(&person.id, &hash),
                    ]);
                }
            }
        }
        rules::refuse(problems)?;
        let entry = ctx.entry(
            "identity.import_people",
            "users",
            json!({ "count": batch.len() }),
        );
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(batch.len())
    }

    fn hash_of(&self, record: &PersonRecord) -> Result<Option<PasswordHash>, IdentityError> {
        match &record.password {
            NewPassword::Keep => Ok(None),
            NewPassword::Hashed(hash) => Ok(Some(hash.clone())),
            NewPassword::Set(password) => {
                password.check_new(&record.person.login)?;
                self.hasher.hash(password).map(Some)
            }
        }
    }
}
