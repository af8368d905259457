//! `yuandu dmn`: makes the decisions of a DMN model, or runs test cases in the format of the DMN TCK against it.
//!
//! All deciding is done by `yuandu_feel`; here are only arguments, files and output.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, json};
use yuandu_base::{Clock as _, Lang, SystemClock};
use yuandu_feel::dmn::cases::{Case, CaseFile, Outcome};
use yuandu_feel::dmn::{Decided, Located, Model};
use yuandu_feel::{Context, DateTime, FeelError};

use super::check::{chosen, language};

const FINDINGS: u8 = 1;
const BAD_INPUT: u8 = 2;
/// Largest file that is read: models of thousands of rules stay far below.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// Models of the folder that may be imported.
const MAX_LIBRARY: usize = 64;

/// Makes decisions of a DMN model, or runs test cases against it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu dmn limits.dmn
  yuandu dmn limits.dmn --decision 时限 --input case.json
  yuandu dmn limits.dmn --test limits-test.xml

Without --decision and --test it lists what the model offers, and its problems. --decision takes names or ids of
decisions, decision services and business knowledge models; one prints its value, several print an object. Texts are
read as dates, times and durations where the model declares such a type. Models that the file imports are looked for
in its folder. now() and today() answer the machine's clock, or --now.

--test reads test cases in the XML format of the DMN TCK and prints one line a case. Logic that cannot be read is told
on standard error and gives null, as the TCK's runs expect.

Exit codes:
  0  decided; all cases passed; no problem
  1  a case failed; the model has problems
  2  bad input: a file that cannot be read, a decision that does not exist")]
pub(crate) struct DmnArgs {
    /// The model
    #[arg(value_name = "MODEL.dmn")]
    model: PathBuf,

    /// Makes this decision, or calls this service or knowledge model; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "test")]
    decision: Vec<String>,

    /// Inputs as a JSON object; - reads standard input
    #[arg(long, value_name = "FILE.json", requires = "decision")]
    input: Option<PathBuf>,

    /// Runs test cases; may be given several times
    #[arg(long, value_name = "FILE.xml")]
    test: Vec<PathBuf>,

    /// What now() and today() answer, as RFC 3339 [default: the machine's clock]
    #[arg(long, value_name = "INSTANT")]
    now: Option<jiff::Timestamp>,

    /// Answers for machines, with rules, steps and notes
    #[arg(long)]
    json: bool,

    /// Language of messages: zh or en [default: that of LANG, else zh]
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

/// Why there is no answer.
enum Failure {
    /// The user must change something.
    Input(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs the command.
pub(crate) fn run(args: DmnArgs) -> anyhow::Result<ExitCode> {
    match Session::open(args).and_then(|session| session.run()) {
        Ok(code) => Ok(code),
        Err(Failure::Input(message)) => {
            eprintln!("{message}");
            Ok(ExitCode::from(BAD_INPUT))
        }
        // The reader went away, as `head` does; nothing is wrong with the answer.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        Err(Failure::Output(error)) => Err(error.into()),
    }
}

/// A model that was read, and what was asked of it.
struct Session {
    args: DmnArgs,
    lang: Lang,
    model: Model,
    problems: Vec<Located>,
    now: DateTime,
}

impl Session {
    fn open(args: DmnArgs) -> Result<Self, Failure> {
        let lang = chosen(args.lang);
        let source = read_file(&args.model, lang)?;
        let library = library(&args.model, lang)?;
        let (model, problems) = Model::parse_with_library(&source, &library)
            .map_err(|problem| Failure::Input(located(&args.model, &problem, lang)))?;
        let now = args.now.unwrap_or_else(|| SystemClock.now());
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Self {
            now: DateTime::from_zoned(&now.to_zoned(zone)),
            args,
            lang,
            model,
            problems,
        })
    }

    fn run(&self) -> Result<ExitCode, Failure> {
        if !self.args.decision.is_empty() {
            self.tell_problems();
            return self.decide();
        }
        if !self.args.test.is_empty() {
            self.tell_problems();
            return self.test();
        }
        self.list()
    }

    fn tell_problems(&self) {
        for problem in &self.problems {
            eprintln!("{}", located(&self.args.model, problem, self.lang));
        }
    }

    /// What the model offers and what is wrong with it.
    fn list(&self) -> Result<ExitCode, Failure> {
        let mut out = io::stdout().lock();
        let decisions = self.model.decisions();
        if self.args.json {
            let decisions: Vec<_> = decisions
                .iter()
                .map(|it| json!({"id": it.id, "name": it.name, "line": it.line, "inputs": it.inputs, "decisions": it.decisions}))
                .collect();
            let problems: Vec<_> = self
                .problems
                .iter()
                .map(|it| json!({"line": it.line, "zh": it.zh, "en": it.en}))
                .collect();
            let report = json!({
                "id": self.model.id(), "name": self.model.name(), "decisions": decisions,
                "invocables": self.model.invocables(), "problems": problems,
            });
            writeln!(out, "{report:#}")?;
        } else {
            for decision in decisions {
                writeln!(out, "{}({})", decision.name, decision.inputs.join(", "))?;
            }
            for name in self.model.invocables() {
                writeln!(out, "{name}(..)")?;
            }
            for problem in &self.problems {
                writeln!(out, "{}", located(&self.args.model, problem, self.lang))?;
            }
        }
        Ok(if self.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FINDINGS)
        })
    }

    fn decide(&self) -> Result<ExitCode, Failure> {
        let inputs = self.inputs()?;
        let mut answers = Map::new();
        for name in &self.args.decision {
            let decided = self
                .model
                .decide(name, &inputs)
                .or_else(|error| self.model.invoke(name, &inputs).map_err(|_| error))
                .map_err(|error| Failure::Input(message(&error, self.lang).to_owned()))?;
            if !self.args.json {
                self.tell_notes(&decided.notes);
            }
            let answer = if self.args.json {
                full(&decided)
            } else {
                decided.value.to_json()
            };
            answers.insert(name.clone(), answer);
        }
        let single = answers.len() == 1;
        let answer = match answers.iter().next() {
            Some((_, only)) if single => only.clone(),
            _ => answers.into(),
        };
        writeln!(io::stdout().lock(), "{answer:#}")?;
        Ok(ExitCode::SUCCESS)
    }

    fn tell_notes(&self, notes: &[FeelError]) {
        let file = self.args.model.display();
        for note in notes {
            eprintln!("{file}:{}: {}", note.at.line, message(note, self.lang));
        }
    }

    /// The inputs as the model's types, with the clock.
    fn inputs(&self) -> Result<Context, Failure> {
        let given = match &self.args.input {
            None => Context::new(),
            Some(file) => {
                let text = read_file(file, self.lang)?;
                let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
                    let place = format!("{}:{}", file.display(), error.line());
                    Failure::Input(match self.lang {
                        Lang::Zh => format!("{place}: 不是 JSON：{error}"),
                        Lang::En => format!("{place}: not JSON: {error}"),
                    })
                })?;
                if !json.is_object() {
                    return Err(Failure::Input(match self.lang {
                        Lang::Zh => format!("{}: 输入应为 JSON 对象", file.display()),
                        Lang::En => format!("{}: inputs must be a JSON object", file.display()),
                    }));
                }
                Context::from_json(&json)
            }
        };
        Ok(self.model.read_inputs(&given).with_now(self.now.clone()))
    }

    fn test(&self) -> Result<ExitCode, Failure> {
        let mut out = io::stdout().lock();
        let (mut passed, mut failed) = (0_usize, 0_usize);
        let mut report = Vec::new();
        for file in &self.args.test {
            let cases = CaseFile::parse(&read_file(file, self.lang)?)
                .map_err(|problem| Failure::Input(located(file, &problem, self.lang)))?;
            for case in &cases.cases {
                let outcomes = case.run(&self.model, Some(&self.now));
                if outcomes.iter().all(|outcome| outcome.passed) {
                    passed += 1;
                } else {
                    failed += 1;
                }
                if self.args.json {
                    report.push(case_json(file, case, &outcomes));
                } else {
                    writeln!(out, "{}", self.case_line(case, &outcomes))?;
                }
            }
        }
        if self.args.json {
            let report = json!({"passed": passed, "failed": failed, "cases": report});
            writeln!(out, "{report:#}")?;
        } else {
            writeln!(out, "{passed} passed, {failed} failed")?;
        }
        Ok(if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FINDINGS)
        })
    }

    /// One line for a case; of a failed one with what was expected, what came, and why.
    fn case_line(&self, case: &Case, outcomes: &[Outcome]) -> String {
        let failed: Vec<String> = outcomes
            .iter()
            .filter(|outcome| !outcome.passed)
            .map(|outcome| self.difference(outcome))
            .collect();
        if failed.is_empty() {
            return format!("ok    {}", case.id);
        }
        format!(
            "FAIL  {} (line {})  {}",
            case.id,
            case.line,
            failed.join("; ")
        )
    }

    fn difference(&self, outcome: &Outcome) -> String {
        let mut text = format!(
            "{}: expected {} actual {}",
            outcome.name, outcome.expected, outcome.actual
        );
        if let Some(note) = outcome.notes.first() {
            let file = self.args.model.display();
            text += &format!(" ({file}:{}: {})", note.at.line, message(note, self.lang));
        }
        text.replace(['\n', '\r'], " ")
    }
}

fn case_json(file: &Path, case: &Case, outcomes: &[Outcome]) -> serde_json::Value {
    let results: Vec<_> = outcomes
        .iter()
        .map(|it| {
            json!({
                "name": it.name, "passed": it.passed, "expected": it.expected, "actual": it.actual,
                "notes": notes_json(&it.notes),
            })
        })
        .collect();
    json!({
        "file": file.display().to_string(), "id": case.id, "line": case.line, "description": case.description,
        "passed": outcomes.iter().all(|it| it.passed), "results": results,
    })
}

fn full(decided: &Decided) -> serde_json::Value {
    let steps: Vec<_> = decided
        .steps
        .iter()
        .map(|it| json!({"decision": it.decision, "value": it.value.to_json(), "rules": it.matched_rules}))
        .collect();
    json!({
        "value": decided.value.to_json(), "rules": decided.matched_rules, "steps": steps,
        "notes": notes_json(&decided.notes),
    })
}

fn notes_json(notes: &[FeelError]) -> Vec<serde_json::Value> {
    notes
        .iter()
        .map(|it| json!({"line": it.at.line, "column": it.at.column, "zh": it.zh, "en": it.en}))
        .collect()
}

fn message(error: &FeelError, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &error.zh,
        Lang::En => &error.en,
    }
}

fn located(file: &Path, problem: &Located, lang: Lang) -> String {
    let text = match lang {
        Lang::Zh => &problem.zh,
        Lang::En => &problem.en,
    };
    format!("{}:{}: {text}", file.display(), problem.line.max(1))
}

/// The whole text of a file of bounded size.
fn read_file(path: &Path, lang: Lang) -> Result<String, Failure> {
    let fail = |error: io::Error| {
        let file = path.display();
        Failure::Input(match lang {
            Lang::Zh => format!("{file}: 无法读取：{error}"),
            Lang::En => format!("{file}: cannot be read: {error}"),
        })
    };
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin()
            .lock()
            .take(MAX_FILE + 1)
            .read_to_string(&mut text)
    } else {
        let file = fs::File::open(path).map_err(fail)?;
        file.take(MAX_FILE + 1).read_to_string(&mut text)
    };
    read.map_err(fail)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(fail(io::Error::other(match lang {
            Lang::Zh => "文件超过 32 MiB",
            Lang::En => "the file is larger than 32 MiB",
        })));
    }
    Ok(text)
}

/// The other models of the folder, which the model may import.
fn library(model: &Path, lang: Lang) -> Result<Vec<(String, String)>, Failure> {
    let folder = match model.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "dmn"))
        .filter(|path| path.file_name() != model.file_name())
        .collect();
    paths.sort();
    paths.truncate(MAX_LIBRARY);
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), read_file(&path, lang)?))
        })
        .collect()
}
