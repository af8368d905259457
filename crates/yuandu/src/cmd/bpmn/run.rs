//! `yuandu bpmn run`: plays a model in memory on a simulated clock.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value as Json;
use yuandu_base::{Lang, Problem};
use yuandu_process::bpmn::{self, Process};
use yuandu_process::play::{Script, play, read_script};

use super::{BAD_INPUT, FINDINGS, text_of, unreadable};
use crate::cmd::check::{chosen, language};

/// Problems that only say whose code a task would run: the script may speak for it.
const OF_SERVICES: [&str; 2] = ["bpmn.foreign_not_executed", "bpmn.script_language"];

/// Plays a model in memory on a simulated clock: the same engine as the server's.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu bpmn run order.bpmn --script steps.json
  yuandu bpmn run order.bpmn --process main --also called.bpmn --script - < steps.json

steps.json is an array of steps, or {\"variables\": {..}, \"now\": \"2026-01-05T09:00\", \"services\": {..}, \"steps\": [..]}:
  {\"complete\": \"task\", \"variables\": {..}, \"outcome\": \"ok\"}   a task by id or name; \"turn\": 2 picks one of several
  {\"advance\": \"PT1H\"} or {\"to\": \"2026-02-01T09:00\"}          the clock; timers fire at their instants on the way
  {\"message\": \"name\", \"correlation\": {..}, \"variables\": {..}}  {\"signal\": \"name\"}
  {\"error\": \"CODE\", \"at\": \"task\"}                           a job or task fails with an error of the model
  {\"set\": {..}}   {\"trigger\": \"event\"}   {\"perform\": \"ad-hoc activity\"}   {\"close\": \"ad-hoc sub-process\"}   {\"abandon\": true}
A service task waits for a step that speaks of it; one that no step speaks of is done at once and listed under
`simulated`. \"services\": {\"task\": {\"variables\": {..}}} or {\"task\": {\"error\": \"CODE\"}} says what it gives.

Printed is JSON: state (waiting, active, completed, terminated), path, flows, tokens, timers, variables, thrown,
simulated, incidents, and under `steps` the same after each step. docs/bpmn-scripts.md tells all of it.

Exit codes:
  0  played to the end of the script
  1  played, but with incidents: a step was not possible and changed nothing, an error was caught by nothing
  2  bad input: the model is refused (see `yuandu bpmn check`), the script cannot be read")]
pub(crate) struct RunArgs {
    /// BPMN file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Steps in JSON; - reads standard input; without it the instance only starts
    #[arg(long, value_name = "STEPS.json")]
    script: Option<PathBuf>,

    /// The process that begins [default: the first one nobody else in the file calls]
    #[arg(long, value_name = "ID")]
    process: Option<String>,

    /// Further BPMN files with processes that are called; those in the same folder are found by themselves
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,

    /// Tasks with code of another engine become jobs the script speaks for, instead of refusing the model
    #[arg(long)]
    simulate: bool,

    /// Language of messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

/// Runs the command.
pub(super) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let script = match script_of(args)? {
        Ok(script) => script,
        Err(faults) => {
            faults.iter().for_each(|fault| eprintln!("script: {fault}"));
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    let (mut processes, mut problems) = (Vec::new(), Vec::new());
    for file in std::iter::once(&args.file).chain(&args.also) {
        match text_of(file)? {
            Ok(text) => {
                let model = bpmn::read_model(&file.display().to_string(), &text);
                processes.extend(model.processes);
                problems.extend(model.problems);
            }
            Err(fault) => {
                unreadable(file, &fault);
                return Ok(ExitCode::from(BAD_INPUT));
            }
        }
    }
    if args.simulate {
        problems.retain(|p| !OF_SERVICES.contains(&p.code.as_str()));
    }
    problems.retain(|p| p.code != "bpmn.drawing_missing");
    neighbours(&args.file, &mut processes, &mut problems);
    let main = chosen_process(args, &script, &processes)?;
    problems.extend(missing_calls(&processes));
    if !problems.is_empty() {
        let lang = chosen(args.lang);
        for p in &problems {
            eprintln!("{}: [{}] {}", p.place, p.code, p.message.get(lang));
        }
        return Ok(ExitCode::from(BAD_INPUT));
    }
    let played = play(processes, &main, &script);
    writeln!(std::io::stdout().lock(), "{:#}", played.report)?;
    Ok(ExitCode::from(if played.incidents { FINDINGS } else { 0 }))
}

fn script_of(args: &RunArgs) -> anyhow::Result<Result<Script, Vec<String>>> {
    let text = match &args.script {
        None => "[]".to_owned(),
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    Ok(match serde_json::from_str::<Json>(&text) {
        Ok(json) => read_script(&json),
        Err(error) => Err(vec![format!("not JSON: {error}")]),
    })
}

/// The process asked for, else the first executable one nobody else in the file calls.
fn chosen_process(args: &RunArgs, script: &Script, all: &[Process]) -> anyhow::Result<String> {
    let known = || {
        all.iter()
            .map(|p| p.id.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if let Some(asked) = args.process.as_ref().or(script.process.as_ref()) {
        let found = all.iter().find(|p| p.id == *asked || p.name.zh == *asked);
        return match found {
            Some(process) => Ok(process.id.clone()),
            None => bail!("there is no process `{asked}`; there are: {}", known()),
        };
    }
    let called: BTreeSet<String> = all
        .iter()
        .flat_map(|p| p.uses().calls)
        .map(|mention| mention.name)
        .collect();
    let file = args.file.display().to_string();
    let own = || all.iter().filter(|p| p.file == file);
    let free = own().filter(|p| !called.contains(&p.id));
    let chosen = free.clone().find(|p| p.executable && !p.nodes().is_empty());
    let chosen = chosen
        .or_else(|| free.clone().find(|p| !p.nodes().is_empty()))
        .or_else(|| own().next());
    match chosen {
        Some(process) => Ok(process.id.clone()),
        None => Ok(String::new()),
    }
}

/// How many files beside the model are looked at for processes it calls.
const NEIGHBOURS: usize = 1_000;

/// Takes in the files of the same folder that hold processes which are called and in no file yet.
fn neighbours(file: &Path, processes: &mut Vec<Process>, problems: &mut Vec<Problem>) {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).take(NEIGHBOURS).collect();
    paths.sort();
    for path in paths {
        let missing: Vec<String> = missing_names(processes).collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let model = name.ends_with(".bpmn") || name.ends_with(".xml");
        if missing.is_empty() || !model || path == *file {
            continue;
        }
        let Ok(Ok(text)) = text_of(&path) else {
            continue;
        };
        if !missing
            .iter()
            .any(|id| text.contains(&format!("id=\"{id}\"")))
        {
            continue;
        }
        let model = bpmn::read_model(&path.display().to_string(), &text);
        let wanted = |p: &&Process| missing.contains(&p.id);
        let found: Vec<Process> = model.processes.iter().filter(wanted).cloned().collect();
        if !found.is_empty() {
            processes.extend(found);
            problems.extend(model.problems);
        }
    }
}

fn missing_names(processes: &[Process]) -> impl Iterator<Item = String> {
    let calls = processes.iter().flat_map(|p| p.uses().calls);
    calls
        .map(|call| call.name)
        .filter(|name| !name.is_empty() && !processes.iter().any(|p| p.id == *name))
}

/// Calls of processes no file holds.
fn missing_calls(processes: &[Process]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for process in processes {
        for call in process.uses().calls {
            let name = &call.name;
            if !name.is_empty() && !processes.iter().any(|p| p.id == *name) {
                problems.push(Problem::new(
                    "process.call_missing",
                    &format!("{}:{}", process.file, call.line),
                    format!("被调用的流程 `{name}` 不在文件里：用 --also 指明它的文件"),
                    format!("the called process `{name}` is in no file: name its file with --also"),
                ));
            }
        }
    }
    problems
}
