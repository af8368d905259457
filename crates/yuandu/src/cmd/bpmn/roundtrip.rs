//! `yuandu bpmn roundtrip`: import, export, and compare.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use yuandu_base::Lang;
use yuandu_process::bpmn;

use super::{BAD_INPUT, FINDINGS, document_of, unreadable};
use crate::cmd::check::{chosen, language};

/// Imports models and exports them again; nothing may get lost on the way.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu bpmn roundtrip model.bpmn > again.bpmn
  yuandu bpmn roundtrip --quiet models/*.bpmn

The export holds every element, attribute, foreign namespace, extension element, drawing, comment and text in its place:
its canonical XML (C14N) is that of the input. One file is printed on standard output; of several only a line each.

Exit codes:
  0  every export equals its input
  1  an export differs; file:line says where
  2  bad input: a file that cannot be read or is not well-formed XML, a document type, nesting or size beyond the limits")]
pub(crate) struct RoundtripArgs {
    /// BPMN files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Writes the export to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Prints no export, only whether it equals the input
    #[arg(long)]
    quiet: bool,

    /// Language of messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

/// Runs the command.
pub(super) fn run(args: &RoundtripArgs) -> anyhow::Result<ExitCode> {
    let mut worst = 0;
    for file in &args.files {
        worst = worst.max(one(file, args)?);
    }
    Ok(ExitCode::from(worst))
}

fn one(path: &Path, args: &RoundtripArgs) -> anyhow::Result<u8> {
    let document = match document_of(path)? {
        Ok(document) => document,
        Err(fault) => {
            unreadable(path, &fault);
            return Ok(BAD_INPUT);
        }
    };
    let export = document.write();
    let again = bpmn::read_document(&export);
    let mut out = std::io::stdout().lock();
    let found = match &again {
        Ok(again) => bpmn::difference(&document, again),
        Err(fault) => {
            unreadable(path, fault);
            return Ok(FINDINGS);
        }
    };
    match (&args.out, args.files.len()) {
        (Some(target), 1) => std::fs::write(target, &export)
            .with_context(|| format!("cannot write `{}`", target.display()))?,
        (_, 1) if !args.quiet => out.write_all(export.as_bytes())?,
        _ if found.is_none() => writeln!(out, "{}: ok", path.display())?,
        _ => {}
    }
    let Some(difference) = found else {
        return Ok(0);
    };
    let what = difference.what.get(chosen(args.lang));
    let (file, line) = (path.display(), difference.line);
    eprintln!("{file}:{line}: [bpmn.not_equal] {what}");
    Ok(FINDINGS)
}
