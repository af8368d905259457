//! Roles: each must be declared where it is used, and held by some post.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_identity::{Gate, kernel_roles};
use yuandu_schema::FormField;

use super::Around;
use crate::manifest::MANIFEST;
use crate::problems::Problems;

pub(super) fn check(around: &Around<'_>, problems: &mut Problems) {
    let manifest = &around.package().manifest;
    twice(
        manifest
            .roles
            .iter()
            .map(|role| (role.name.as_str(), role.line)),
        "package.role_twice",
        problems,
    );
    twice(
        manifest
            .posts
            .iter()
            .map(|post| (post.id.as_str(), post.line)),
        "package.post_twice",
        problems,
    );
    let known = known_roles(around);
    for post in &manifest.posts {
        for role in post.roles.iter().filter(|role| !known.contains(*role)) {
            undeclared(MANIFEST, post.roles_line, role, problems);
        }
    }
    let used = used_roles(around, problems);
    for (role, (file, line)) in &used {
        if !known.contains(role) {
            undeclared(file, *line, role, problems);
        }
    }
    let held: BTreeSet<&String> = all_posts(around).flat_map(|post| &post.roles).collect();
    for role in manifest
        .roles
        .iter()
        .filter(|role| !held.contains(&role.name))
    {
        let (place_zh, place_en) = match used.get(&role.name) {
            Some((file, line)) => (
                format!("，{file}:{line} 却要用到"),
                format!(", yet {file}:{line} needs it"),
            ),
            None => (String::new(), String::new()),
        };
        let name = &role.name;
        problems.add(
            MANIFEST,
            role.line,
            "package.role_unheld",
            format!("没有岗位持有角色 `{name}`{place_zh}；请写进某个 [[post]] 的 roles"),
            format!("no post holds the role `{name}`{place_en}; add it to the roles of a [[post]]"),
        );
    }
}

fn all_posts<'d>(around: &Around<'d>) -> impl Iterator<Item = &'d crate::PostTemplate> {
    let others = around
        .others
        .iter()
        .flat_map(|other| &other.package.manifest.posts);
    around.package().manifest.posts.iter().chain(others)
}

/// Roles of this package, those it needs and the platform.
fn known_roles(around: &Around<'_>) -> BTreeSet<String> {
    let own = around.package().manifest.roles.iter();
    let needed = around
        .needed()
        .flat_map(|other| &other.package.manifest.roles);
    let kernel = kernel_roles().into_iter().map(|(name, _)| name.to_owned());
    own.chain(needed)
        .map(|role| role.name.clone())
        .chain(kernel)
        .collect()
}

/// Roles that processes and policies name, with the first place that does. Policies are read here, so their own
/// problems are told here too.
fn used_roles(around: &Around<'_>, problems: &mut Problems) -> BTreeMap<String, (String, usize)> {
    let package = around.package();
    let mut used = BTreeMap::new();
    for process in &package.processes {
        for role in process.uses().roles {
            let line = usize::try_from(role.line).unwrap_or(0);
            used.entry(role.name)
                .or_insert((process.file.clone(), line));
        }
    }
    for (id, form) in &package.forms {
        for field in &form.fields {
            if let FormField::Own { field, line } = field
                && let Some(role) = &field.holding
            {
                used.entry(role.clone())
                    .or_insert((format!("forms/{id}.toml"), *line));
            }
        }
    }
    if package.policies.is_empty() {
        return used;
    }
    match Gate::new(&package.policies) {
        Ok(gate) => {
            for (role, place) in gate.roles_named() {
                // The platform's own policies stand in a file of that name and are not the package's to mend.
                if let Some((file, line)) = place
                    .rsplit_once(':')
                    .filter(|(file, _)| file.starts_with("policies/"))
                {
                    used.entry(role)
                        .or_insert((file.to_owned(), line.parse().unwrap_or(0)));
                }
            }
        }
        Err(found) => problems.placed(found, MANIFEST, 0),
    }
    used
}

fn undeclared(file: &str, line: usize, role: &str, problems: &mut Problems) {
    problems.add(
        file,
        line,
        "package.role_unknown",
        format!("角色 `{role}` 没有声明，没有人能持有；请在 package.toml 写 [[role]] 并写进某个 [[post]]"),
        format!("the role `{role}` is not declared, so nobody can hold it; declare it as [[role]] in package.toml and give it to a [[post]]"),
    );
}

fn twice<'m>(names: impl Iterator<Item = (&'m str, usize)>, code: &str, problems: &mut Problems) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, line) in names {
        if let Some(first) = seen.insert(name, line) {
            problems.add(
                MANIFEST,
                line,
                code,
                format!("`{name}` 与第 {first} 行重复"),
                format!("`{name}` already stands on line {first}"),
            );
        }
    }
}
