//! `yuandu check`: reads packages and names every problem with file and line, all at once.
//!
//! All checks are in `yuandu_package`; here are only arguments and output.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::json;
use yuandu_base::Lang;
use yuandu_base::reasons::in_chinese;
use yuandu_package::{Located, Source, load_all};

const PROBLEMS: u8 = 1;

/// Checks packages and names every problem with file and line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu check systems/city-care
  yuandu check systems --json

A package is checked with all those beside it, because one city runs them together: a fact that another package owns is
refused, whether that package is needed or not. What each code means is told in the README of the crate yuandu_package.

Exit codes:
  0  no problem
  1  problems were found and printed, one a line: file:line: [code] message
  2  bad input: a path that holds no package")]
pub(crate) struct CheckArgs {
    /// Folders of packages, or folders that hold such folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Answers for machines
    #[arg(long)]
    json: bool,

    /// Language of messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

/// Runs the command.
pub(crate) fn run(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let lang = chosen(args.lang);
    let mut problems = Vec::new();
    for (root, paths) in by_root(package_folders(&args.paths, lang)?, lang)? {
        let beside = Source::all_on_disk(&root).map_err(|error| unreadable(&root, &error, lang))?;
        if let Err(found) = load_all(&beside) {
            for path in &paths {
                problems.extend(told_below(path, found.clone()));
            }
        }
    }
    print(&problems, &args)?;
    Ok(match problems.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(PROBLEMS),
    })
}

/// The folders by the folder they stand in.
fn by_root(paths: Vec<PathBuf>, lang: Lang) -> anyhow::Result<BTreeMap<PathBuf, Vec<PathBuf>>> {
    let mut roots: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let full = path
            .canonicalize()
            .map_err(|error| unreadable(&path, &error, lang))?;
        let root = full.parent().unwrap_or(&full).to_owned();
        roots.entry(root).or_default().push(path);
    }
    Ok(roots)
}

fn print(problems: &[Located], args: &CheckArgs) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let list: Vec<_> = problems
            .iter()
            .map(|found| {
                let problem = &found.problem;
                json!({
                    "file": found.file, "line": found.line.max(1), "code": problem.code,
                    "zh": problem.message.zh, "en": problem.message.en,
                })
            })
            .collect();
        let report = json!({ "ok": list.is_empty(), "problems": list });
        return writeln!(out, "{report:#}");
    }
    let lang = chosen(args.lang);
    write_problems(&mut out, problems, lang)?;
    match (problems.len(), lang) {
        (0, _) => writeln!(out, "ok"),
        (count, Lang::Zh) => writeln!(out, "{count} 个问题"),
        (1, Lang::En) => writeln!(out, "1 problem"),
        (count, Lang::En) => writeln!(out, "{count} problems"),
    }
}

/// A path that cannot be read, in the asker's language.
fn unreadable(path: &Path, error: &std::io::Error, lang: Lang) -> anyhow::Error {
    let path = path.display();
    match lang {
        Lang::Zh => anyhow!("无法读取 `{path}`：{}", in_chinese(&error.to_string())),
        Lang::En => anyhow!("cannot read `{path}`: {error}"),
    }
}

/// One line a problem; what concerns a whole file stands on its first line.
pub(crate) fn write_problems(
    out: &mut impl std::io::Write,
    problems: &[Located],
    lang: Lang,
) -> std::io::Result<()> {
    for found in problems {
        let (line, problem) = (found.line.max(1), &found.problem);
        let message = problem.message.get(lang);
        writeln!(out, "{}:{line}: [{}] {message}", found.file, problem.code)?;
    }
    Ok(())
}

/// The folders of packages that paths mean.
pub(crate) fn package_folders(paths: &[PathBuf], lang: Lang) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for path in paths {
        if Source::is_at(path) {
            folders.push(path.clone());
            continue;
        }
        let failed = |error: std::io::Error| unreadable(path, &error, lang);
        let mut below = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let folder = entry.map_err(failed)?.path();
            if Source::is_at(&folder) {
                below.push(folder);
            }
        }
        if below.is_empty() {
            let shown = path.display();
            match lang {
                Lang::Zh => bail!("`{shown}` 里没有 package.toml，其下的文件夹里也没有"),
                Lang::En => bail!("`{shown}` holds no package.toml, nor does any folder in it"),
            }
        }
        below.sort();
        folders.extend(below);
    }
    Ok(folders)
}

/// A package and those it needs; the package itself comes first.
pub(crate) fn sources(path: &Path, lang: Lang) -> anyhow::Result<Vec<Source>> {
    Source::with_needs(path).map_err(|error| unreadable(path, &error, lang))
}

/// The problems of the package at `path`, their files named as the path was given.
pub(crate) fn told_below(path: &Path, found: Vec<Located>) -> Vec<Located> {
    let folder = Source::on_disk(path).folder;
    let own = found.into_iter().filter_map(|mut located| {
        let rest = located.file.strip_prefix(&folder)?.strip_prefix('/')?;
        located.file = path.join(rest).to_string_lossy().into_owned();
        located.problem.place = format!("{}:{}", located.file, located.line.max(1));
        Some(located)
    });
    own.collect()
}

/// Reads a language tag.
pub(crate) fn language(text: &str) -> Result<Lang, String> {
    text.parse()
        .map_err(|()| format!("`{text}` is not a language of this program; write zh or en"))
}

/// The language asked for, else that of the environment, else Chinese.
pub(crate) fn chosen(asked: Option<Lang>) -> Lang {
    let environment = || std::env::var("LANG").ok()?.parse().ok();
    asked.or_else(environment).unwrap_or_default()
}
