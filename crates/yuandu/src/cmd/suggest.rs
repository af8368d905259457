//! `yuandu suggest`: learns labels from past orders and suggests them for new ones, so that a city can test it on its own.
//!
//! All learning is in `yuandu_suggest`; here are only arguments, files and output.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use yuandu_base::Lang;
use yuandu_suggest::{
    Asked, Model, Report, Settings, SuggestError, Suggestion, learn, measure, read_asked,
    read_examples,
};

const BAD_INPUT: u8 = 2;

/// What is a new order about? Learns from past orders with labels, in this process and without an outside model.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu suggest --learn past.csv --ask new.csv
  yuandu suggest --learn past.csv --save orders.model
  yuandu suggest --model orders.model --ask new.csv --json

Files are CSV in UTF-8 or GB 18030 whose first line names the columns `text` and `label`; other columns are passed over. The label may be
missing or empty in the file of --ask. The answer has the columns text,label,label_1,score_1,label_2,score_2,label_3,score_3; scores are
probabilities. With --json it is one object a line, and a last one with the shares. Where labels are given, closing lines on standard error
say how often the first suggestion is right, how often one of the first three is, and how often the label most frequent in the past would be.

Exit codes:
  0  everything was answered
  2  bad input: an argument or a file")]
pub struct SuggestArgs {
    /// Past orders to learn from
    #[arg(
        long,
        value_name = "PAST.csv",
        required_unless_present = "model",
        conflicts_with = "model"
    )]
    pub learn: Option<PathBuf>,

    /// New orders to suggest labels for; - reads standard input
    #[arg(long, value_name = "NEW.csv", required_unless_present = "save")]
    pub ask: Option<PathBuf>,

    /// Keeps what was learned in a file
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// Asks what was kept earlier instead of learning
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// Language of words and errors: zh or en
    #[arg(long, default_value = "zh", value_parser = super::clock::language)]
    pub lang: Lang,

    /// Answers for machines
    #[arg(long)]
    pub json: bool,
}

/// Suggestions for each order.
const SUGGESTIONS: usize = 3;

/// Runs the command; the exit codes are those of its help.
///
/// # Errors
/// A file that cannot be read or written.
pub fn run(args: SuggestArgs) -> anyhow::Result<ExitCode> {
    match answer(&args) {
        Err(error) => {
            if let Some(bad) = error.downcast_ref::<SuggestError>() {
                eprintln!("{}", bad.message().get(args.lang));
                return Ok(ExitCode::from(BAD_INPUT));
            }
            // The reader went away, as `head` does; nothing is wrong with the answer.
            match error.downcast_ref::<io::Error>() {
                Some(gone) if gone.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
                _ => Err(error),
            }
        }
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

fn answer(args: &SuggestArgs) -> anyhow::Result<()> {
    let model = model(args)?;
    if let Some(file) = &args.save {
        std::fs::write(file, model.to_bytes())
            .with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    let Some(file) = &args.ask else {
        return Ok(());
    };
    let asked = read_asked(&bytes_of(file)?)?;
    let found = model.suggest_all(asked.iter().map(|one| one.text.as_str()), SUGGESTIONS);
    let report = measure(&asked, &found, model.majority());
    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        write_json(&mut out, &asked, &found, report)?;
    } else {
        write_csv(&mut out, &asked, &found)?;
    }
    out.flush()?;
    if report.labelled > 0 {
        eprintln!("{}", closing(report, model.majority(), args.lang));
    }
    Ok(())
}

fn model(args: &SuggestArgs) -> anyhow::Result<Model> {
    if let Some(file) = &args.model {
        return Ok(Model::from_bytes(&bytes_of(file)?)?);
    }
    let file = args.learn.as_deref().unwrap_or(Path::new("-"));
    let examples = read_examples(&bytes_of(file)?)?;
    let began = Instant::now();
    let model = learn(&examples, Settings::default())?;
    let (many, labels) = (examples.len(), model.labels().len());
    let seconds = began.elapsed().as_secs_f64();
    match args.lang {
        Lang::Zh => eprintln!("已从 {many} 条学习，共 {labels} 种标签，用时 {seconds:.1} 秒"),
        Lang::En => eprintln!("learned from {many} orders with {labels} labels in {seconds:.1} s"),
    }
    Ok(model)
}

fn bytes_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))
}

fn write_csv(
    out: impl Write,
    asked: &[Asked],
    found: &[Vec<Suggestion<'_>>],
) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "text", "label", "label_1", "score_1", "label_2", "score_2", "label_3", "score_3",
    ])
    .map_err(io::Error::from)?;
    for (one, suggested) in asked.iter().zip(found) {
        let mut record = vec![one.text.clone(), one.label.clone().unwrap_or_default()];
        for place in 0..SUGGESTIONS {
            match suggested.get(place) {
                Some(found) => {
                    record.extend([found.label.to_owned(), format!("{:.4}", found.score)])
                }
                None => record.extend([String::new(), String::new()]),
            }
        }
        csv.write_record(record).map_err(io::Error::from)?;
    }
    csv.flush()?;
    Ok(())
}

fn write_json(
    mut out: impl Write,
    asked: &[Asked],
    found: &[Vec<Suggestion<'_>>],
    report: Report,
) -> anyhow::Result<()> {
    for (one, suggested) in asked.iter().zip(found) {
        let suggestions: Vec<_> = suggested
            .iter()
            .map(|found| json!({ "label": found.label, "score": found.score }))
            .collect();
        let line = json!({ "text": one.text, "label": one.label, "suggestions": suggestions });
        writeln!(out, "{line}")?;
    }
    if report.labelled > 0 {
        let line = json!({
            "labelled": report.labelled,
            "top_1": report.share(report.first),
            "top_3": report.share(report.three),
            "majority": report.share(report.majority),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn closing(report: Report, majority: &str, lang: Lang) -> String {
    let all = report.labelled;
    let share = |count| report.share(count);
    match lang {
        Lang::Zh => format!(
            "已知标签 {all} 条\n首选正确率 top-1：{:.4}（{} 条）\n前三命中率 top-3：{:.4}（{} 条）\n基线（总猜最常见的“{majority}”）majority：{:.4}（{} 条）",
            share(report.first),
            report.first,
            share(report.three),
            report.three,
            share(report.majority),
            report.majority
        ),
        Lang::En => format!(
            "{all} orders with a label\ntop-1 accuracy: {:.4} ({})\ntop-3 accuracy: {:.4} ({})\nmajority baseline (always `{majority}`): {:.4} ({})",
            share(report.first),
            report.first,
            share(report.three),
            report.three,
            share(report.majority),
            report.majority
        ),
    }
}
