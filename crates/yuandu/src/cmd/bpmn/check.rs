//! `yuandu bpmn check`: every problem of a model at once.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};
use yuandu_base::{Lang, Problem};
use yuandu_process::bpmn::{self, Model};

use super::{BAD_INPUT, FINDINGS, text_of, unreadable};
use crate::cmd::check::{chosen, language};

/// Names every problem of models with file and line: what is broken, and what would not be executed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu bpmn check model.bpmn
  yuandu bpmn check models/*.bpmn --json --notices

A problem is a broken reference, an id used twice, a node nothing leads to, an expression that is no FEEL, or anything
that would not be executed: it is refused by name, never ignored. A notice is what is kept and hinders nothing, such as
the marks of a drawing tool.

Exit codes:
  0  no problem
  1  problems were found and printed, one a line: file:line: [code] message
  2  bad input: a file that cannot be read or is not well-formed XML, a document type, nesting or size beyond the limits")]
pub(crate) struct CheckArgs {
    /// BPMN files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Answers for machines
    #[arg(long)]
    json: bool,

    /// Prints notices too
    #[arg(long)]
    notices: bool,

    /// Language of messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let (mut worst, mut reports, mut count) = (0, Vec::new(), 0);
    for file in &args.files {
        let text = match text_of(file)? {
            Ok(text) => text,
            Err(fault) => {
                unreadable(file, &fault);
                worst = BAD_INPUT;
                continue;
            }
        };
        let model = bpmn::read_model(&file.display().to_string(), &text);
        worst = worst.max(code(&model));
        count += model.problems.len();
        if args.json {
            reports.push(report(file, &model));
        } else {
            print(&model, args)?;
        }
    }
    let mut out = std::io::stdout().lock();
    match (args.json, count) {
        (true, _) => writeln!(out, "{:#}", json!({ "ok": worst == 0, "files": reports }))?,
        (false, 0) if worst == 0 => writeln!(out, "ok")?,
        (false, 1) => writeln!(out, "1 problem")?,
        (false, count) => writeln!(out, "{count} problems")?,
    }
    Ok(ExitCode::from(worst))
}

fn code(model: &Model) -> u8 {
    if model.problems.iter().any(|p| p.code == "bpmn.not_xml") {
        BAD_INPUT
    } else if model.problems.is_empty() {
        0
    } else {
        FINDINGS
    }
}

fn print(model: &Model, args: &CheckArgs) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let lang = chosen(args.lang);
    let line = |mark: &str, p: &Problem| {
        format!("{}: {mark}[{}] {}", p.place, p.code, p.message.get(lang))
    };
    for problem in &model.problems {
        writeln!(out, "{}", line("", problem))?;
    }
    for notice in model.notices.iter().filter(|_| args.notices) {
        writeln!(out, "{}", line("notice ", notice))?;
    }
    Ok(())
}

fn report(file: &Path, model: &Model) -> Json {
    let list = |problems: &[Problem]| -> Vec<Json> {
        let told = problems.iter().map(|p| {
            let line = p
                .place
                .rsplit(':')
                .next()
                .and_then(|l| l.parse::<u32>().ok());
            json!({ "line": line, "code": p.code, "zh": p.message.zh, "en": p.message.en })
        });
        told.collect()
    };
    let processes: Vec<Json> = model
        .processes
        .iter()
        .map(|p| json!({ "id": p.id, "name": p.name.zh, "executable": p.executable }))
        .collect();
    json!({
        "file": file.display().to_string(), "ok": model.problems.is_empty(), "processes": processes,
        "problems": list(&model.problems), "notices": list(&model.notices),
    })
}
