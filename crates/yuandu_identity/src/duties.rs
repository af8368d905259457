//! Separation of duties: system, security and audit administration never lie in one hand (GB/T 22239-2019, 8.1.5; 三员分立).
//!
//! Pure: asked when a post is given roles and when a person is given a post.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_base::Problem;
use yuandu_ids::UserId;

use crate::directory::Directory;
use crate::model::{Holding, Post};

/// The duties that exclude each other.
const DUTIES: [(&str, &str, &str); 3] = [
    ("kernel.admin", "系统管理员", "system administrator"),
    ("kernel.security", "安全管理员", "security administrator"),
    ("kernel.auditor", "审计管理员", "auditor"),
];

/// Problems of posts that join duties.
pub(crate) fn of_posts(batch: &[Post]) -> Vec<Problem> {
    let conflicts = batch.iter().filter_map(|post| {
        let roles = post.roles.iter().map(String::as_str).collect();
        conflict(&post.id.to_string(), &roles)
    });
    conflicts.collect()
}

/// Problems of people who would hold posts of two duties at one time, by this batch and what they hold already.
pub(crate) fn of_holdings(batch: &[Holding], directory: &Directory) -> Vec<Problem> {
    let mut people: BTreeMap<UserId, Vec<&Holding>> = BTreeMap::new();
    for holding in batch {
        people.entry(holding.user).or_default().push(holding);
    }
    let mut problems = Vec::new();
    for (user, new) in people {
        let replaced = |old: &Holding| {
            new.iter()
                .any(|new| new.post == old.post && new.from == old.from)
        };
        let old = directory.holdings_of(&user).filter(|old| !replaced(old));
        let all: Vec<&Holding> = old.chain(new.iter().copied()).collect();
        let found = new.iter().find_map(|one| {
            let at_once = all.iter().filter(|other| overlap(one, other));
            let roles = at_once
                .filter_map(|holding| directory.post(&holding.post))
                .flat_map(|post| post.roles.iter().map(String::as_str))
                .collect();
            conflict(&user.to_string(), &roles)
        });
        problems.extend(found);
    }
    problems
}

fn overlap(left: &Holding, right: &Holding) -> bool {
    let begins_before = |one: &Holding, other: &Holding| other.to.is_none_or(|to| one.from < to);
    begins_before(left, right) && begins_before(right, left)
}

fn conflict(place: &str, roles: &BTreeSet<&str>) -> Option<Problem> {
    let held: Vec<_> = DUTIES
        .iter()
        .filter(|(role, ..)| roles.contains(role))
        .collect();
    let [(_, zh, en), (_, other_zh, other_en), ..] = held.as_slice() else {
        return None;
    };
    Some(Problem::new(
        "identity.duties",
        place,
        format!("{zh}和{other_zh}不能由同一个岗位或同一个人担任（三员分立），请交给另一个人"),
        format!(
            "{en} and {other_en} cannot lie in one post or with one person; give one to somebody else"
        ),
    ))
}
