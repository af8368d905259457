//! 代理: somebody stands in for a post of one's own, for a time and for some matters.
//!
//! The substitute gets a post made for it, with the powers of the absent officer's post narrowed to the matters, and holds it for the
//! time. So every policy, list and log entry means what it means for posts, and nothing is left to take away afterwards.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use yuandu_base::{LocalText, Problem};
use yuandu_ids::{PostId, UserId};
use yuandu_store::{Change, Expect, Plan};

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::identity::{Identity, not_found};
use crate::model::{Holding, Officer, Person, PersonStatus, Post, Scope};
use crate::rules;
use crate::store::{self, SubstitutionRow};

/// The longest time somebody may stand in: a leave of half a year; longer absences need a holder.
const LONGEST_DAYS: i64 = 183;

/// Somebody is to stand in.
#[derive(Debug, Clone)]
pub struct AppointSubstitute {
    /// Who.
    pub user: UserId,
    /// From when.
    pub from: Timestamp,
    /// Until when (not included).
    pub to: Timestamp,
    /// Systems (packages) it is limited to; empty for all of the post's.
    pub systems: BTreeSet<String>,
    /// Categories or classes it is limited to; empty for all of the post's.
    pub categories: BTreeSet<String>,
    /// Why.
    pub reason: String,
}

impl Identity {
    /// Lets somebody stand in for the caller's present post.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with every problem; [`IdentityError::Denied`] for who is no officer.
    pub fn appoint_substitute(
        &self,
        ctx: &OpCtx,
        request: &AppointSubstitute,
    ) -> Result<PostId, IdentityError> {
        let officer = own(ctx)?;
        let directory = self.directory(ctx.realm)?;
        let held = directory.post(&officer.post);
        let held = held.ok_or_else(|| not_found("post", &officer.post.to_string()))?;
        let stands_in = self
            .store
            .read(|reader| store::substitution(reader, ctx.realm, &held.id.to_string()))?;
        let roles: BTreeSet<String> = held
            .roles
            .iter()
            .filter(|role| covers(&request.systems, role))
            .cloned()
            .collect();
        let mut problems = check(ctx, officer, request);
        problems.extend(who(directory.person(&request.user), stands_in.is_some()));
        problems.extend(powers(held, &roles, &request.categories));
        rules::refuse(problems)?;
        let post = made(ctx, held, roles, &request.categories);
        let holding = Holding {
            user: request.user,
            post: post.id,
            from: request.from,
            to: Some(request.to),
        };
        let note = json!({
            "post": held.id.to_string(), "substitute": request.user.to_string(), "made": post.id.to_string(),
            "from": request.from.to_string(), "to": request.to.to_string(), "systems": request.systems,
            "categories": request.categories, "reason": request.reason.trim(),
        });
        let row = SubstitutionRow {
            post: post.id.to_string(),
            of_post: held.id.to_string(),
            user: request.user.to_string(),
            by_user: officer.user.to_string(),
            from_at: request.from,
            to_at: request.to,
            reason: request.reason.trim().to_owned(),
            status: "open".to_owned(),
            pos: -1,
        };
        let subject = format!("post/{}", held.id);
        let entry = ctx.entry("identity.appoint_substitute", subject, note);
        let plan = Plan::new(ctx.realm, entry)
            .change(store::put_post(&post)?)
            .change(store::put_holding(&holding))
            .change(row.put());
        self.store.commit(plan)?;
        Ok(post.id)
    }

    /// Ends it now, before its time.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] when the caller appointed no such substitute.
    pub fn end_substitute(&self, ctx: &OpCtx, post: &str) -> Result<(), IdentityError> {
        let officer = own(ctx)?;
        let gone = || not_found("post", post);
        let row = self
            .store
            .read(|reader| store::substitution(reader, ctx.realm, post))?
            .filter(|row| row.by_user == officer.user.to_string() && row.status == "open")
            .ok_or_else(gone)?;
        let user: UserId = row.user.parse().map_err(|_| gone())?;
        let holding = Holding {
            user,
            post: post.parse().map_err(|_| gone())?,
            from: row.from_at,
            to: Some(ctx.now().max(row.from_at)),
        };
        let note = json!({ "made": post, "substitute": row.user });
        let subject = format!("post/{}", row.of_post);
        let entry = ctx.entry("identity.end_substitute", subject, note);
        let ended = Change::set("substitutions").key("post_id", post.to_owned());
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "substitutions",
                [("post_id", post.into())],
                row.pos,
            ))
            .change(store::put_holding(&holding))
            .change(ended.with("status", "ended").with("to_at", ctx.now()));
        self.store.commit(plan)?;
        Ok(())
    }

    /// Whom the caller lets stand in, the newest first, past ones too.
    ///
    /// # Errors
    /// If the store cannot be read, or nobody acts.
    pub fn substitutes(&self, ctx: &OpCtx) -> Result<Vec<SubstitutionRow>, IdentityError> {
        let user = own(ctx)?.user.to_string();
        self.store
            .read(|reader| store::substitutions_by(reader, ctx.realm, &user))
    }
}

fn own(ctx: &OpCtx) -> Result<&Officer, IdentityError> {
    ctx.officer().ok_or_else(|| IdentityError::Denied {
        action: "substitute".to_owned(),
        reasons: vec![LocalText::new(
            "只有工作人员可以请人代理",
            "only an officer lets somebody stand in",
        )],
    })
}

/// The post that is made for it.
fn made(ctx: &OpCtx, held: &Post, roles: BTreeSet<String>, categories: &BTreeSet<String>) -> Post {
    Post {
        id: PostId::from_parts(ctx.now(), rand::random()),
        org: held.org,
        title: LocalText::new(
            format!("{}（代理）", held.title.zh),
            format!("{} (substitute)", held.title.en),
        ),
        roles,
        scope: narrowed(held, categories),
    }
}

/// Whether a role may be stood in for: administration of the platform never is.
fn covers(systems: &BTreeSet<String>, role: &str) -> bool {
    let system = role.split_once('.').map_or("", |(system, _)| system);
    system != "kernel" && (systems.is_empty() || systems.contains(system))
}

/// The post's bounds, narrowed to some categories.
fn narrowed(held: &Post, categories: &BTreeSet<String>) -> Scope {
    let mut scope = held.scope.clone();
    if !categories.is_empty() {
        scope.categories = Some(categories.clone());
    }
    scope
}

/// The categories that the post itself is not for: nobody lends what they have not.
fn outside<'c>(held: &Post, categories: &'c BTreeSet<String>) -> Vec<&'c str> {
    let Some(own) = &held.scope.categories else {
        return Vec::new();
    };
    let lent = |code: &&String| {
        own.contains(*code) || own.iter().any(|class| code.starts_with(class.as_str()))
    };
    let refused = categories.iter().filter(|code| !lent(code));
    refused.map(String::as_str).collect()
}

/// What is wrong with who is to stand in, or with a post that stands in itself.
fn who(person: Option<&Person>, stands_in: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    if person.is_none_or(|person| person.status != PersonStatus::Active) {
        problems.push(problem(
            "login",
            "没有这个在用的账号，请核对登录名",
            "there is no such active account; check the login",
        ));
    }
    if stands_in {
        problems.push(problem(
            "login",
            "代理岗位不能再请人代理，请原岗位的人另行安排",
            "who stands in cannot appoint another; the holder of the post does",
        ));
    }
    problems
}

/// What is wrong with what the substitute would be able to do.
fn powers(held: &Post, roles: &BTreeSet<String>, categories: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if roles.is_empty() {
        problems.push(problem(
            "systems",
            "这个岗位在所选的系统里没有可代理的权限",
            "the post has no powers in these systems that somebody could stand in for",
        ));
    }
    let outside = outside(held, categories).join(", ");
    if !outside.is_empty() {
        problems.push(problem(
            "categories",
            &format!("{outside} 不在这个岗位的类别之内，请去掉"),
            &format!("{outside}: not among the categories of this post; leave them out"),
        ));
    }
    problems
}

fn check(ctx: &OpCtx, officer: &Officer, request: &AppointSubstitute) -> Vec<Problem> {
    let mut problems = Vec::new();
    if request.user == officer.user {
        problems.push(problem(
            "login",
            "不能请自己代理",
            "you cannot stand in for yourself",
        ));
    }
    if request.to <= request.from || request.to <= ctx.now() {
        problems.push(problem(
            "to",
            "结束要晚于开始，也要晚于现在",
            "the end must be after the beginning and after now",
        ));
    }
    let longest = jiff::SignedDuration::from_hours(24 * LONGEST_DAYS);
    if request.to.duration_since(request.from) > longest {
        problems.push(problem(
            "to",
            "代理最长 183 天，更久请管理员另行任职",
            "somebody stands in for 183 days at most; for longer, ask the administrator for a holder",
        ));
    }
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        problems.push(problem(
            "reason",
            "请写明理由，不超过 500 字",
            "say why, in at most 500 characters",
        ));
    }
    problems
}

fn problem(field: &str, zh: &str, en: &str) -> Problem {
    Problem::new("identity.substitute", field, zh, en)
}
