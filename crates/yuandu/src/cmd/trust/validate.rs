//! `yuandu trust validate`: is a certificate valid at a time for a purpose, and if not, which rule does which certificate break.
//!
//! The rules are those of `yuandu_trust`; here are only arguments, files and output.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use yuandu_base::{Clock as _, Lang, SystemClock};
use yuandu_trust::der::{Instant, Oid};
use yuandu_trust::path::Purpose;
use yuandu_trust::question::{Question, Verdict, ask};

const INVALID: u8 = 1;
const UNREADABLE: u8 = 2;

/// Is a certificate valid (RFC 5280), and why not?
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu trust validate --roots roots.pem --chain chain.pem --at 2026-11-27T09:00:00Z --purpose server --name www.example.cn
  yuandu trust validate --roots roots.pem --chain signer.pem --crls lists.pem --purpose sign --json

Rules:
  The first certificate of the chain is the one in question; the others may stand in any order and are not trusted.
  --purpose server asks for RFC 5280 and the rules of the CA/Browser Forum; client and sign for RFC 5280 alone.
  Without --crls nothing is said about revocation. With it, every certificate below the anchor must be covered by a
  list that is current and properly signed; lists that cannot be read are passed over with a note.
  SHA-1 and short DSA keys count only outside of servers, and only in certificates from before 2016 and 2014.

Exit codes:
  0  valid
  1  not valid; the reasons were printed
  2  bad input: an argument, or a file that cannot be read or holds no certificate")]
pub struct ValidateArgs {
    /// Trust anchors, PEM or DER
    #[arg(long, value_name = "R.pem")]
    roots: PathBuf,

    /// The certificate in question, then intermediates in any order, PEM or DER
    #[arg(long, value_name = "C.pem")]
    chain: PathBuf,

    /// Revocation lists, PEM or DER; may be given more than once
    #[arg(long, value_name = "F")]
    crls: Vec<PathBuf>,

    /// The time asked about: RFC 3339, a date, or seconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant, allow_hyphen_values = true)]
    at: Option<Instant>,

    /// What the certificate is to be used for
    #[arg(long, value_enum)]
    purpose: PurposeArg,

    /// The name that is expected: a host, an address, a mailbox or a URI
    #[arg(long, value_name = "N")]
    name: Option<String>,

    /// A policy that is acceptable [default: any]; may be given more than once
    #[arg(long, value_name = "OID", value_parser = policy)]
    policy: Vec<Oid>,

    /// Requires an acceptable policy along the whole path
    #[arg(long)]
    explicit_policy: bool,

    /// Forbids the mapping of policies
    #[arg(long)]
    inhibit_policy_mapping: bool,

    /// Lets anyPolicy count for nothing
    #[arg(long)]
    inhibit_any_policy: bool,

    /// Language of words and errors: zh or en
    #[arg(long, default_value = "zh", value_parser = language)]
    lang: Lang,

    /// Answers for machines
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PurposeArg {
    /// A server in TLS
    Server,
    /// A client in TLS, or a person who signs in
    Client,
    /// Signatures under documents and mail
    Sign,
}

pub(super) fn instant(text: &str) -> Result<Instant, String> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(Instant(seconds));
    }
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => text.replacen(' ', "T", 1),
    };
    let parsed: Result<Timestamp, _> = whole.parse();
    parsed.map(Instant::of).map_err(|error| {
        format!("`{text}` is not a time; write 2026-11-27T09:00:00Z or 2026-11-27: {error}")
    })
}

fn policy(text: &str) -> Result<Oid, String> {
    Oid::from_dotted(text).ok_or_else(|| format!("`{text}` is not an identifier; write 1.2.3.4"))
}

pub(super) fn language(text: &str) -> Result<Lang, String> {
    text.parse()
        .map_err(|()| format!("`{text}` is not a language of the program; write zh or en"))
}

/// Runs the command; the exit codes are those of its help.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(args: ValidateArgs) -> anyhow::Result<ExitCode> {
    let question = match question(&args) {
        Ok(question) => question,
        Err(message) => return Ok(refuse(&message)),
    };
    let verdict = match ask(&question) {
        Ok(verdict) => verdict,
        Err(error) => return Ok(refuse(error.message().get(args.lang))),
    };
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &verdict)?;
        writeln!(out)?;
    } else {
        out.write_all(words(&verdict, args.lang).as_bytes())?;
    }
    Ok(ExitCode::from(if verdict.valid { 0 } else { INVALID }))
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(UNREADABLE)
}

fn question(args: &ValidateArgs) -> Result<Question, String> {
    let read = |file: &Path| {
        std::fs::read(file).map_err(|error| match args.lang {
            Lang::Zh => format!("无法读取文件 `{}`：{error}", file.display()),
            Lang::En => format!("the file `{}` cannot be read: {error}", file.display()),
        })
    };
    let mut crls: Option<Vec<Vec<u8>>> = None;
    for file in &args.crls {
        crls.get_or_insert_default().push(read(file)?);
    }
    Ok(Question {
        roots: read(&args.roots)?,
        chain: read(&args.chain)?,
        crls: crls.unwrap_or_default(),
        at: args.at.unwrap_or_else(|| Instant::of(SystemClock.now())),
        purpose: match args.purpose {
            PurposeArg::Server => Purpose::Server,
            PurposeArg::Client => Purpose::Client,
            PurposeArg::Sign => Purpose::Sign,
        },
        name: args.name.clone(),
        policies: args.policy.clone(),
        explicit_policy: args.explicit_policy,
        inhibit_mapping: args.inhibit_policy_mapping,
        inhibit_any: args.inhibit_any_policy,
    })
}

fn words(verdict: &Verdict, lang: Lang) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    match (verdict.valid, lang) {
        (true, Lang::Zh) => line("有效"),
        (true, Lang::En) => line("valid"),
        (false, Lang::Zh) => line("无效"),
        (false, Lang::En) => line("not valid"),
    }
    for reason in &verdict.reasons {
        line(&reason.words(lang));
    }
    if !verdict.path.is_empty() {
        let path = verdict.path.join(" <- ");
        line(&match lang {
            Lang::Zh => format!("证书链：{path}"),
            Lang::En => format!("path: {path}"),
        });
    }
    for note in &verdict.notes {
        line(&match lang {
            Lang::Zh => format!("注意：未采用 {note}"),
            Lang::En => format!("note: passed over {note}"),
        });
    }
    out
}
