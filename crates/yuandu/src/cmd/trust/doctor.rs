//! `yuandu trust doctor`: what is wrong with these files, and what to do.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use yuandu_base::{Clock as _, Lang, SystemClock};
use yuandu_trust::der::Instant;
use yuandu_trust::doctor::{Severity, examine};

use super::validate::{instant, language};

/// Explains what is wrong with certificates, lists, OCSP answers, time-stamps and signed messages, and what to do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu trust doctor chain.pem root.pem list.crl
  yuandu trust doctor root.pem answer.ocsp --lang en
  yuandu trust doctor root.pem document.pdf signature.p7s

Give everything that belongs together: an answer is checked with its issuer's certificate, a detached signature with the
file that was signed. Self-signed certificates among the files count as anchors, for the sake of the examination.

Exit codes:
  0  nothing is wrong
  1  something fails; it was explained
  2  a file cannot be read")]
pub struct DoctorArgs {
    /// Files, PEM or DER
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The time asked about: RFC 3339, a date, or seconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant, allow_hyphen_values = true)]
    at: Option<Instant>,

    /// Language of words: zh or en
    #[arg(long, default_value = "zh", value_parser = language)]
    lang: Lang,

    /// Answers for machines, in both languages
    #[arg(long)]
    json: bool,
}

/// Runs the command; the exit codes are those of its help.
///
/// # Errors
/// When a file cannot be read or the answer cannot be written.
pub fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    use anyhow::Context as _;
    let mut files = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).with_context(|| match args.lang {
            Lang::Zh => format!("无法读取文件 `{name}`"),
            Lang::En => format!("the file `{name}` cannot be read"),
        })?;
        files.push((name, bytes));
    }
    let at = args.at.unwrap_or_else(|| Instant::of(SystemClock.now()));
    let remarks = examine(&files, at);
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&remarks)?)?;
    } else {
        for remark in &remarks {
            let mark = match (remark.severity, args.lang) {
                (Severity::Good, Lang::Zh) => "正常",
                (Severity::Good, Lang::En) => "good",
                (Severity::Warning, Lang::Zh) => "注意",
                (Severity::Warning, Lang::En) => "note",
                (Severity::Bad, Lang::Zh) => "有误",
                (Severity::Bad, Lang::En) => "wrong",
            };
            writeln!(
                out,
                "{mark}  {}: {}",
                remark.file,
                remark.words.get(args.lang)
            )?;
        }
    }
    let bad = remarks
        .iter()
        .any(|remark| remark.severity == Severity::Bad);
    Ok(ExitCode::from(u8::from(bad)))
}
