//! The pure rules of identity: pauses after failed sign-ins, and what records may hold. Nothing is read or written here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use yuandu_base::{LocalText, Problem};
use yuandu_ids::OrgId;

use crate::context::OpCtx;
use crate::error::IdentityError;
use crate::model::{Holding, Officer, Organisation, Person, Post, Scope};

/// Failed sign-ins in a row before a pause.
const FAILURES: i64 = 5;
/// The first pause; each further five failures double it.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// Doublings at most: 15 minutes times 64 is 16 hours.
const DOUBLINGS: i64 = 6;

/// Until when sign-in pauses after the `failed`-th failure in a row at `now`; `None` if it does not.
pub(crate) fn paused_until(failed: i64, now: Timestamp) -> Option<Timestamp> {
    if failed < FAILURES || failed % FAILURES != 0 {
        return None;
    }
    let doublings = (failed / FAILURES - 1).min(DOUBLINGS);
    let factor = i32::try_from(1_i64 << doublings).unwrap_or(1);
    now.checked_add(FIRST_PAUSE.checked_mul(factor)?).ok()
}

/// The officer who acts, or a refusal.
pub(crate) fn signed_in<'a>(ctx: &'a OpCtx, action: &str) -> Result<&'a Officer, IdentityError> {
    ctx.officer().ok_or_else(|| IdentityError::Denied {
        action: action.to_owned(),
        reasons: vec![LocalText::new("需要登录", "sign in first")],
    })
}

/// A login as it is stored: trimmed, lower case. `None` if it cannot be one.
pub(crate) fn login(typed: &str) -> Option<String> {
    let login = typed.trim().to_lowercase();
    let length = login.chars().count();
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@');
    ((2..=64).contains(&length) && login.chars().all(fits)).then_some(login)
}

/// Collects problems; `Err` if there are any.
pub(crate) fn refuse(problems: Vec<Problem>) -> Result<(), IdentityError> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(IdentityError::Invalid(problems))
    }
}

/// Problems of organisations to be written over those that `exist` (id and parent).
pub(crate) fn check_organisations(
    batch: &[Organisation],
    exist: &BTreeMap<OrgId, Option<OrgId>>,
) -> Vec<Problem> {
    let mut parents = exist.clone();
    parents.extend(
        batch
            .iter()
            .map(|org| (org.id.to_owned(), org.parent.to_owned())),
    );
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for org in batch {
        let place = org.id.to_string();
        problems.extend(check_text(&place, "name.zh", &org.name.zh));
        problems.extend(check_text(&place, "name.en", &org.name.en));
        if !seen.insert(&org.id) {
            problems.push(twice("org", &place));
        }
        if let Some(parent) = &org.parent {
            if !parents.contains_key(parent) {
                problems.push(unknown(
                    "identity.parent_unknown",
                    &place,
                    "上级机构",
                    "parent organisation",
                    &parent.to_string(),
                ));
            } else if is_below(&parents, parent, &org.id) {
                problems.push(Problem::new(
                    "identity.parent_circle",
                    &place,
                    format!("机构 `{place}` 不能隶属于自己的下级 `{parent}`"),
                    format!(
                        "organisation `{place}` cannot belong to `{parent}`, which lies below it"
                    ),
                ));
            }
        }
    }
    problems
}

fn is_below(parents: &BTreeMap<OrgId, Option<OrgId>>, org: &OrgId, top: &OrgId) -> bool {
    let mut at = Some(org);
    let mut steps = 0;
    while let Some(id) = at {
        // A chain longer than the number of organisations runs in a circle.
        if id == top || steps > parents.len() {
            return true;
        }
        steps += 1;
        at = parents.get(id).and_then(Option::as_ref);
    }
    false
}

/// Problems of posts.
pub(crate) fn check_posts(batch: &[Post], org_exists: impl Fn(&OrgId) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for post in batch {
        let place = post.id.to_string();
        problems.extend(check_text(&place, "title.zh", &post.title.zh));
        problems.extend(check_text(&place, "title.en", &post.title.en));
        problems.extend(check_scope(&place, &post.scope));
        if !seen.insert(&post.id) {
            problems.push(twice("post", &place));
        }
        if !org_exists(&post.org) {
            problems.push(unknown(
                "identity.org_unknown",
                &place,
                "机构",
                "organisation",
                &post.org.to_string(),
            ));
        }
    }
    problems
}

fn check_scope(place: &str, scope: &Scope) -> Vec<Problem> {
    let digits = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
    };
    let bad = |set: &Option<BTreeSet<String>>, fits: &dyn Fn(&str) -> bool| -> Vec<String> {
        set.iter()
            .flatten()
            .filter(|code| !fits(code))
            .cloned()
            .collect()
    };
    let categories = bad(&scope.categories, &|code| digits(code, &[2, 5]))
        .into_iter()
        .map(|code| {
            Problem::new(
                "identity.scope_category",
                place,
                format!("范围中的类别 `{code}` 应为 5 位小类代码或 2 位大类代码"),
                format!(
                    "category `{code}` of the scope must be a code of 5 digits or a class of 2"
                ),
            )
        });
    let divisions = bad(&scope.divisions, &|code| digits(code, &[4, 6, 9, 12]))
        .into_iter()
        .map(|code| {
            Problem::new(
                "identity.scope_division",
                place,
                format!("范围中的区划 `{code}` 应为 4、6、9 或 12 位代码"),
                format!("division `{code}` of the scope must have 4, 6, 9 or 12 digits"),
            )
        });
    categories.chain(divisions).collect()
}

/// Problems of people; `login_of_other` tells whether the login belongs to someone else already.
pub(crate) fn check_people<'a>(
    batch: impl Iterator<Item = &'a Person>,
    login_of_other: impl Fn(&Person) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut ids, mut logins) = (BTreeSet::new(), BTreeSet::new());
    for person in batch {
        let place = person.login.as_str();
        problems.extend(check_text(place, "name", &person.name));
        if login(place).as_deref() != Some(place) {
            problems.push(Problem::new(
                "identity.login_form",
                place,
                format!("登录名 `{place}` 应为 2 至 64 个小写字母、数字、汉字或 . - _ @"),
                format!("login `{place}` must be 2 to 64 lower-case letters, digits or . - _ @"),
            ));
        }
        if !ids.insert(&person.id) || !logins.insert(place) || login_of_other(person) {
            problems.push(twice("login", place));
        }
    }
    problems
}

/// Problems of holdings.
pub(crate) fn check_holdings(
    batch: &[Holding],
    person_exists: impl Fn(&Holding) -> bool,
    post_exists: impl Fn(&Holding) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for holding in batch {
        let place = format!("{}/{}", holding.user, holding.post);
        if !person_exists(holding) {
            problems.push(unknown(
                "identity.person_unknown",
                &place,
                "人员",
                "person",
                &holding.user.to_string(),
            ));
        }
        if !post_exists(holding) {
            problems.push(unknown(
                "identity.post_unknown",
                &place,
                "岗位",
                "post",
                &holding.post.to_string(),
            ));
        }
        if holding.to.is_some_and(|to| to <= holding.from) {
            problems.push(Problem::new(
                "identity.holding_ends_first",
                &place,
                "任职的结束时间早于开始时间",
                "the holding ends before it begins",
            ));
        }
    }
    problems
}

fn check_text(place: &str, field: &str, text: &str) -> Option<Problem> {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= 100
        && !text.chars().any(char::is_control);
    (!fits).then(|| {
        Problem::new(
            "identity.text_form",
            place,
            format!("`{place}` 的 {field} 应为 1 至 100 个字，不含控制字符"),
            format!("{field} of `{place}` must have 1 to 100 characters and no control characters"),
        )
    })
}

fn twice(what: &str, id: &str) -> Problem {
    Problem::new(
        "identity.taken",
        id,
        format!("`{id}` 已存在或重复"),
        format!("the {what} `{id}` exists already or is given twice"),
    )
}

fn unknown(code: &str, place: &str, zh: &str, en: &str, id: &str) -> Problem {
    Problem::new(
        code,
        place,
        format!("没有{zh} `{id}`"),
        format!("there is no {en} `{id}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_begin_at_the_fifth_failure_and_double_up_to_sixteen_hours() {
        let now = Timestamp::UNIX_EPOCH;
        let minutes =
            |failed| paused_until(failed, now).map(|until| until.duration_since(now).as_mins());
        assert_eq!(minutes(4), None);
        assert_eq!(minutes(5), Some(15));
        assert_eq!(minutes(6), None);
        assert_eq!(minutes(10), Some(30));
        assert_eq!(minutes(35), Some(960));
        assert_eq!(minutes(1_000_000), Some(960));
    }

    #[test]
    fn a_login_is_taken_without_regard_to_case_and_blanks() {
        assert_eq!(login(" Wang.Wei "), Some("wang.wei".to_owned()));
        assert_eq!(login("王伟"), Some("王伟".to_owned()));
        for bad in ["", "a", "a b", "a\0b", &"a".repeat(65)] {
            assert_eq!(login(bad), None, "{bad:?}");
        }
    }
}
