//! Who can be asked or given a task: people are found in the directory, and whether they may is asked of the gate for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yuandu_base::{LocalText, Problem};
use yuandu_identity::{Actor, Directory, Officer, OpCtx, Person, PersonStatus, Post, Resource};

use crate::error::ProcessError;
use crate::store::{self, TaskRow};

use super::complete_task::no_task;
use super::{Engine, task_resource};

/// Most people offered in one list.
const MOST: usize = 300;

/// Somebody who can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// The user.
    pub user: String,
    /// The name typed at sign-in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Title of the post.
    pub post: LocalText,
    /// The organisation.
    pub org: LocalText,
}

impl Colleague {
    fn of(officer: &Officer) -> Self {
        Self {
            user: officer.user.to_string(),
            login: officer.login.clone(),
            name: officer.name.clone(),
            post: officer.post_title.clone(),
            org: officer.org_name.clone(),
        }
    }
}

impl Engine {
    /// Who else may do a task now: the same policies as when they try.
    #[must_use]
    pub fn may_do(&self, ctx: &OpCtx, directory: &Directory, task: &TaskRow) -> Vec<Colleague> {
        let of_role = |post: &&Post| {
            let org = task
                .org
                .as_ref()
                .is_none_or(|org| *org == post.org.to_string());
            org && post.roles.contains(&task.role)
        };
        let posts = directory.posts().filter(of_role);
        let holders = posts.flat_map(|post| {
            let people = directory.holders(&post.id, ctx.now());
            people.map(|person| directory.officer(person, post))
        });
        let mine = ctx.officer().map(|officer| officer.user);
        let others = holders.filter(|officer| Some(officer.user) != mine);
        others
            .filter(|officer| self.may_take(ctx, officer, task))
            .take(MOST)
            .map(|officer| Colleague::of(&officer))
            .collect()
    }

    /// Who else may do the task of an id now, asked by somebody who may do it.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`]; a refusal of the gate.
    pub fn takers(
        &self,
        ctx: &OpCtx,
        directory: &Directory,
        task: &str,
    ) -> Result<Vec<Colleague>, ProcessError> {
        let found = self
            .store
            .read(|reader| store::task_row(reader, ctx.realm, task))?;
        let row = found.ok_or_else(|| no_task(task))?;
        self.gate
            .require(ctx, "tasks.complete", &task_resource(&row))?;
        Ok(self.may_do(ctx, directory, &row))
    }

    /// People of a system, and of the asker's own organisation, who can be asked about its cases.
    #[must_use]
    pub fn colleagues(&self, ctx: &OpCtx, directory: &Directory, system: &str) -> Vec<Colleague> {
        let own = ctx.officer().map(|officer| officer.org);
        let mine = ctx.officer().map(|officer| officer.user);
        let begin = format!("{system}.");
        let near = |post: &&Post| {
            Some(post.org) == own || post.roles.iter().any(|role| role.starts_with(&begin))
        };
        let mut found: Vec<(&BTreeSet<String>, Colleague)> = Vec::new();
        let mut known = BTreeSet::new();
        for post in directory.posts().filter(near) {
            for person in directory.holders(&post.id, ctx.now()) {
                let other = Some(person.id) != mine && person.status == PersonStatus::Active;
                if other && known.insert(person.id) {
                    let officer = directory.officer(person, post);
                    found.push((&post.roles, Colleague::of(&officer)));
                }
            }
        }
        // Who is one of few comes first: a chief before the many of the street.
        let mut many: BTreeMap<&BTreeSet<String>, usize> = BTreeMap::new();
        for (roles, _) in &found {
            *many.entry(roles).or_default() += 1;
        }
        found.sort_by_key(|(roles, _)| many.get(roles).copied());
        found.truncate(MOST);
        found.into_iter().map(|(_, one)| one).collect()
    }

    /// Whether somebody could do a task that were given to them.
    fn may_take(&self, ctx: &OpCtx, officer: &Officer, task: &TaskRow) -> bool {
        let given = TaskRow {
            assignee: Some(officer.user.to_string()),
            ..task.clone()
        };
        let them = ctx.as_actor(Actor::Officer(Arc::new(officer.clone())));
        self.may(&them, &task_resource(&given))
    }

    fn may(&self, them: &OpCtx, task: &Resource) -> bool {
        self.gate.decide(them, "tasks.complete", task).allowed
    }

    /// A person by id, login or full name, if one of their posts may do the task.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] when there is nobody of this name, several, or nobody who may.
    pub(super) fn who_may(
        &self,
        ctx: &OpCtx,
        directory: &Directory,
        (name, field): (&str, &str),
        task: &TaskRow,
    ) -> Result<Person, ProcessError> {
        let person = person(directory, name, field)?;
        let posts = directory.posts_of(&person.id, ctx.now());
        let mut officers = posts.map(|post| directory.officer(person, post));
        if officers.any(|officer| self.may_take(ctx, &officer, task)) {
            return Ok(person.clone());
        }
        Err(refused(
            "cases.may_not",
            field,
            format!(
                "{} 没有可以办理这件事的岗位，请另选一人，或请管理员授予岗位",
                person.name
            ),
            format!(
                "{} has no post that may do this; choose somebody else, or ask the administrator for a post",
                person.name
            ),
        ))
    }
}

/// A person by id, login or full name.
fn person<'d>(
    directory: &'d Directory,
    name: &str,
    field: &str,
) -> Result<&'d Person, ProcessError> {
    let name = name.trim();
    let by_id = name.parse().ok().and_then(|id| directory.person(&id));
    let exact = by_id.or_else(|| directory.person_by_login(&name.to_lowercase()));
    if let Some(person) = exact.filter(|person| person.status == PersonStatus::Active) {
        return Ok(person);
    }
    let mut named = directory
        .people()
        .filter(|person| person.name == name && person.status == PersonStatus::Active);
    match (named.next(), named.next()) {
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => Err(refused(
            "cases.several",
            field,
            format!("有多人叫 `{name}`，请改填登录名"),
            format!("several people are called `{name}`; give the login"),
        )),
        (None, _) => Err(refused(
            "cases.nobody",
            field,
            format!("没有在用的账号 `{name}`，请填登录名或全名"),
            format!("there is no active account `{name}`; give a login or a full name"),
        )),
    }
}

/// One problem of one field.
pub(super) fn refused(code: &str, field: &str, zh: String, en: String) -> ProcessError {
    ProcessError::Invalid(vec![Problem::new(code, field, zh, en)])
}
