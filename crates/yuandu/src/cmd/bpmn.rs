//! `yuandu bpmn`: reads, checks, writes and runs BPMN 2.0 models.
//!
//! Arguments and output only; all of BPMN is in `yuandu_process`.

mod check;
mod roundtrip;
mod run;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use yuandu_process::bpmn::{self, Document, XmlFault};

const FINDINGS: u8 = 1;
const BAD_INPUT: u8 = 2;

/// Reads, checks, writes and runs BPMN 2.0 models.
#[derive(Debug, Args)]
pub(crate) struct BpmnArgs {
    #[command(subcommand)]
    command: BpmnCommand,
}

#[derive(Debug, Subcommand)]
enum BpmnCommand {
    /// Names every problem of models with file and line.
    Check(check::CheckArgs),
    /// Plays a model in memory on a simulated clock.
    Run(run::RunArgs),
    /// Imports models and exports them again; nothing may get lost on the way.
    Roundtrip(roundtrip::RoundtripArgs),
}

/// Runs the command.
pub(crate) fn run(args: BpmnArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        BpmnCommand::Check(args) => check::run(&args),
        BpmnCommand::Run(args) => run::run(&args),
        BpmnCommand::Roundtrip(args) => roundtrip::run(&args),
    }
}

/// The text of a model.
fn text_of(path: &Path) -> anyhow::Result<Result<String, XmlFault>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bpmn::decode(&bytes))
}

fn document_of(path: &Path) -> anyhow::Result<Result<Document, XmlFault>> {
    Ok(text_of(path)?.and_then(|text| bpmn::read_document(&text)))
}

/// Says on standard error why a file cannot be read.
fn unreadable(path: &Path, fault: &XmlFault) {
    let (file, line, reason) = (path.display(), fault.line, &fault.reason);
    eprintln!("{file}:{line}: [bpmn.not_xml] the file is not readable XML: {reason}");
}
