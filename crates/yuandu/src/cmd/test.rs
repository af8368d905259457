//! `yuandu test`: lives through the scenarios of packages on a simulated clock.
//!
//! The runner is in `yuandu_package`; here are only arguments and output.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use yuandu_base::Lang;
use yuandu_package::{Report, Source, load_all, run_scenarios};

use super::check;

const FAILED: u8 = 1;
const BAD_INPUT: u8 = 2;

/// Runs the scenarios of packages on a simulated clock.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu test systems/city-care
  yuandu test systems/city-care --filter duplicate

How a scenario is written is told in docs/scenarios.md.

Exit codes:
  0  every scenario came true
  1  some did not; each difference is printed: file:line: what: expected .., got ..
  2  bad input: no package, a package with problems, or a filter that fits no scenario")]
pub(crate) struct TestArgs {
    /// Folders of packages, or folders that hold such folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Only scenarios whose file or heading holds this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Answers for machines
    #[arg(long)]
    json: bool,

    /// Language of headings and messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = check::language)]
    lang: Option<Lang>,
}

/// Runs the command.
pub(crate) fn run(args: TestArgs) -> anyhow::Result<ExitCode> {
    let lang = check::chosen(args.lang);
    let mut out = std::io::stdout().lock();
    let mut reports: Vec<(PathBuf, Report)> = Vec::new();
    for path in check::package_folders(&args.paths, lang)? {
        let packages = match load_all(&check::sources(&path, lang)?) {
            Ok(packages) => packages,
            Err(found) => {
                check::write_problems(&mut out, &check::told_below(&path, found), lang)?;
                let path = path.display();
                match lang {
                    Lang::Zh => bail!("`{path}` 有问题，请先改正，再运行情景"),
                    Lang::En => {
                        bail!("`{path}` has problems; mend them before its scenarios can run")
                    }
                }
            }
        };
        let id = Source::on_disk(&path).folder;
        let report = run_scenarios(&packages, &id, args.filter.as_deref());
        if !args.json {
            tell(&mut out, &path, &report, lang)?;
        }
        reports.push((path, report));
    }
    let passed: usize = reports.iter().map(|(_, report)| report.passed()).sum();
    let failed: usize = reports.iter().map(|(_, report)| report.failed()).sum();
    if args.json {
        let packages: Vec<&Report> = reports.iter().map(|(_, report)| report).collect();
        let answer =
            serde_json::json!({ "passed": passed, "failed": failed, "packages": packages });
        writeln!(out, "{answer:#}")?;
    } else {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    Ok(match (args.filter, failed) {
        (Some(filter), 0) if passed == 0 => {
            match lang {
                Lang::Zh => eprintln!("没有情景的文件名或标题含有 `{filter}`"),
                Lang::En => eprintln!("no scenario holds `{filter}` in its file name or heading"),
            }
            ExitCode::from(BAD_INPUT)
        }
        (_, 0) => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

/// One line a scenario, and one for each difference.
fn tell(
    out: &mut impl std::io::Write,
    path: &Path,
    report: &Report,
    lang: Lang,
) -> std::io::Result<()> {
    for scenario in &report.scenarios {
        let word = if scenario.passed() { "ok  " } else { "FAIL" };
        let file = path.join(&scenario.file);
        let (title, steps) = (scenario.title.get(lang), scenario.steps);
        writeln!(out, "{word} {} ({steps}) {title}", file.display())?;
        for unmet in &scenario.failures {
            let at = path.join(&unmet.file);
            let (what, expected, got) = (&unmet.what, &unmet.expected, &unmet.got);
            writeln!(
                out,
                "     {}:{}: {what}: expected {expected}, got {got}",
                at.display(),
                unmet.line
            )?;
        }
    }
    Ok(())
}
