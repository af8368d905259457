//! `yuandu manual`: prints the reference page of a package, made from its declarations, in both languages.
//!
//! Everything on the page is read off the package, so that it cannot say what the program does not do; prose about a
//! system belongs in the README of its folder. One file for each group of sections.

mod figures;
mod limits;
mod page;
mod process;
mod records;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_base::Lang;
use yuandu_package::{Package, Packages, Source, load_all};

use super::check;
use page::{Page, both};

/// Prints the reference page of a package as Markdown.
#[derive(Debug, Args)]
pub(crate) struct ManualArgs {
    /// Folder of the package
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: ManualArgs) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let packages = match load_all(&check::sources(&args.path, Lang::En)?) {
        Ok(packages) => packages,
        Err(found) => {
            check::write_problems(&mut out, &check::told_below(&args.path, found), Lang::En)?;
            bail!("`{}` has problems; mend them first", args.path.display());
        }
    };
    let id = Source::on_disk(&args.path).folder;
    let package = packages
        .get(&id)
        .with_context(|| format!("`{}` holds no package", args.path.display()))?;
    let decisions = limits::read(&args.path)?;
    write!(out, "{}", manual(&packages, package, &decisions))?;
    Ok(ExitCode::SUCCESS)
}

fn manual(packages: &Packages, package: &Package, decisions: &[limits::Table]) -> String {
    let mut page = Page::new(package.id());
    head(&mut page, package);
    people(&mut page, packages, package);
    process::stages(&mut page, package);
    process::steps(&mut page, packages, package);
    process::forms(&mut page, package);
    limits::tables(&mut page, package, decisions);
    records::registers(&mut page, package);
    records::code_lists(&mut page, package);
    figures::indicators(&mut page, package);
    figures::policies(&mut page, package);
    figures::layers(&mut page, package);
    figures::scenarios(&mut page, package);
    page.finish()
}

fn head(page: &mut Page, package: &Package) {
    let manifest = package.manifest();
    page.line(&format!("# {}", both(package.title())));
    page.line("");
    page.line(&package.summary().zh);
    page.line("");
    page.line(&package.summary().en);
    page.section("概况", "At a glance");
    let folder = format!("systems/{}", package.id());
    let mut rows = vec![
        vec![
            "系统包 · Package".to_owned(),
            format!("[`{folder}/`](../../{folder}/README.md)"),
        ],
        vec![
            "版本 · Version".to_owned(),
            format!("`{}`", package.version()),
        ],
        vec![
            "规划条款 · Clause of the plan".to_owned(),
            manifest.plan_clause.clone(),
        ],
        vec![
            "主管单位 · In charge".to_owned(),
            format!("`{}`", manifest.owner),
        ],
    ];
    for basis in &manifest.legal_basis {
        let clause = basis.clause.as_deref().map(|clause| format!(" ({clause})"));
        rows.push(vec![
            "依据 · Ground".to_owned(),
            format!("{}{}", both(&basis.title), clause.unwrap_or_default()),
        ]);
    }
    page.table(&["", ""], rows);
}

fn people(page: &mut Page, packages: &Packages, package: &Package) {
    if package.roles().is_empty() {
        return;
    }
    page.section("角色", "Roles");
    page.table(
        &["", "角色 · Role", "做什么", "What for"],
        package.roles().iter().map(|role| {
            vec![
                format!("`{}`", role.name),
                both(&role.title),
                role.summary.zh.clone(),
                role.summary.en.clone(),
            ]
        }),
    );
    page.section("岗位模板", "Templates of posts");
    page.table(
        &["", "岗位 · Post", "角色 · Roles"],
        package.posts().iter().map(|post| {
            let roles = post.roles.iter().map(|role| page::role(packages, role));
            vec![
                format!("`{}`", post.id),
                both(&post.title),
                roles.collect::<Vec<_>>().join(", "),
            ]
        }),
    );
}
