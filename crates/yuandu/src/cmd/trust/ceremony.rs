//! `yuandu trust ceremony`: founds the city's own authority, asked step by step or from arguments.
//!
//! What is signed and how is decided in `yuandu_trust`; here are questions, files and their permissions.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_base::{Clock as _, Lang, SystemClock};
use yuandu_trust::cert::hex;
use yuandu_trust::issue::{Authority, CeremonyPlan, KeyKind, encrypt_key, found};
use yuandu_trust::key::{Digest, digest};
use yuandu_trust::pem;

use super::validate::language;

/// A password for the keys of a city's authority has at least so many letters.
const SHORTEST_PASSWORD: usize = 12;

/// Founds the city's own authority: a root, an issuing authority below it, their keys encrypted, their first lists.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  yuandu trust ceremony --out ceremony/
  yuandu trust ceremony --out ceremony/ --organisation 潍坊市 --key sm2 --address http://www.example.cn/pki --password-file secret

What is not given by arguments is asked on the terminal. Hold the ceremony on a machine without a network, in the
presence of those whom your rules name, and let them sign the record that is written.

Files:
  root.key.pem, issuing.key.pem   encrypted PKCS#8, readable by the owner alone; put the root's away
  root.pem, issuing.pem, ca.pem   the certificates; ca.pem is both
  root.crl, issuing.crl           the first lists, empty
  record.txt                      what was done, with fingerprints, to be signed by those present

Exit codes:
  0  founded
  2  bad input, or the folder already holds an authority")]
pub struct CeremonyArgs {
    /// The folder to write to; nothing in it is overwritten
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// The organisation that answers for the authority
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,

    /// The kind of keys: p256, rsa or sm2
    #[arg(long, value_name = "KIND")]
    key: Option<String>,

    /// Where the city serves its lists, as `http://www.example.cn/pki`
    #[arg(long, value_name = "URL")]
    address: Option<String>,

    /// A file whose first line is the password of the keys
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Language of questions and the record: zh or en
    #[arg(long, default_value = "zh", value_parser = language)]
    lang: Lang,
}

/// Runs the command.
///
/// # Errors
/// When an answer is not usable or a file cannot be written.
pub fn run(args: CeremonyArgs) -> anyhow::Result<ExitCode> {
    let lang = args.lang;
    let organisation = given(
        args.organisation,
        lang.pick(
            "一、由哪个机构对此证书机构负责？",
            "1. Which organisation answers for the authority?",
        ),
    )?;
    let kind = given(
        args.key,
        lang.pick(
            "二、密钥种类（p256、rsa、sm2）？",
            "2. Which kind of keys (p256, rsa, sm2)?",
        ),
    )?;
    let Some(kind) = KeyKind::of(&kind) else {
        bail!(
            "`{kind}`: {}",
            lang.pick("请写 p256、rsa 或 sm2", "write p256, rsa or sm2")
        );
    };
    let address = given(
        args.address,
        lang.pick(
            "三、吊销列表公布在哪里（如 http://www.example.cn/pki）？",
            "3. Where are the lists published (as http://www.example.cn/pki)?",
        ),
    )?;
    let password = match &args.password_file {
        Some(file) => first_line(file)?,
        None => given(
            None,
            lang.pick(
                "四、保护密钥的口令（至少 12 个字符）？",
                "4. The password that protects the keys (at least 12 letters)?",
            ),
        )?,
    };
    if password.chars().count() < SHORTEST_PASSWORD {
        bail!(
            "{}",
            lang.pick(
                "口令太短，至少 12 个字符",
                "the password is too short; take at least 12 letters"
            )
        );
    }
    let plan = CeremonyPlan {
        organisation,
        kind,
        root_years: 20,
        issuing_years: 10,
        address: address.trim_end_matches('/').to_owned(),
    };
    let record = hold(&plan, &password, &args.out, lang)?;
    let mut out = io::stdout().lock();
    out.write_all(record.as_bytes())?;
    let done = lang.pick(
        "已写入。请打印 record.txt 由在场人员签字；把 root.key.pem 离线保存，本机不留副本。",
        "written. print record.txt and let those present sign it; put root.key.pem away offline and keep no copy here.",
    );
    writeln!(out, "{done}")?;
    Ok(ExitCode::SUCCESS)
}

/// Holds the ceremony, writes what comes out and gives the record.
fn hold(plan: &CeremonyPlan, password: &str, folder: &Path, lang: Lang) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let mut rng = rand::rng();
    let founded = found(plan, now, &mut rng)?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    empty(folder, lang)?;
    let mut record = format!("{now}  {}  {}\n", plan.organisation, plan.kind.name());
    let mut both = String::new();
    for (name, authority) in [("issuing", &founded.issuing), ("root", &founded.root)] {
        let key = encrypt_key(&authority.key, password, &mut rng)?;
        let key = pem::write("ENCRYPTED PRIVATE KEY", &key);
        write(folder, &format!("{name}.key.pem"), key.as_bytes(), lang)?;
        let cert = pem::write("CERTIFICATE", &authority.cert.der);
        write(folder, &format!("{name}.pem"), cert.as_bytes(), lang)?;
        write(folder, &format!("{name}.crl"), &authority.list, lang)?;
        both.push_str(&cert);
        record.push_str(&line(name, authority));
    }
    write(folder, "ca.pem", both.as_bytes(), lang)?;
    record.push_str(lang.pick("\n在场人员签字：\n", "\nSigned by those present:\n"));
    write(folder, "record.txt", record.as_bytes(), lang)?;
    Ok(record)
}

/// Refuses a folder that holds anything: half of an old authority beside half of a new one would be worth nothing.
fn empty(folder: &Path, lang: Lang) -> anyhow::Result<()> {
    let mut files = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    if files.next().is_none() {
        return Ok(());
    }
    let folder = folder.display();
    match lang {
        Lang::Zh => {
            bail!("文件夹 `{folder}` 不是空的；已有的证书机构不会被覆盖，请另指定一个空文件夹")
        }
        Lang::En => bail!(
            "the folder `{folder}` is not empty; an authority that is there is not overwritten, name an empty folder"
        ),
    }
}

fn line(name: &str, authority: &Authority) -> String {
    let print = hex(&digest(Digest::Sha256, &authority.cert.der));
    let cert = &authority.cert;
    format!(
        "{name}: {cert}\n  serial {}\n  {} - {}\n  SHA-256 {print}\n",
        cert.serial_hex(),
        cert.not_before,
        cert.not_after,
    )
}

/// What an argument gives, or else what is answered on the terminal.
fn given(argument: Option<String>, question: &str) -> anyhow::Result<String> {
    if let Some(argument) = argument {
        return Ok(argument);
    }
    let mut out = io::stdout().lock();
    write!(out, "{question} ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim().to_owned();
    if answer.is_empty() {
        bail!("{question}");
    }
    Ok(answer)
}

fn first_line(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Writes a new file that only its owner can read; an authority is never overwritten.
fn write(folder: &Path, name: &str, bytes: &[u8], lang: Lang) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    let mode = if name.ends_with(".key.pem") {
        0o600
    } else {
        0o644
    };
    let file = options.write(true).create_new(true).mode(mode).open(&path);
    let mut file = file.with_context(|| match lang {
        Lang::Zh => format!(
            "不能新建文件 `{}`（已有的证书机构不会被覆盖）",
            path.display()
        ),
        Lang::En => format!(
            "the file `{}` cannot be made (an authority that is there is not overwritten)",
            path.display()
        ),
    })?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}
