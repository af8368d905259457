//! `yuandu keys`: the public keys that others check this city's log with.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use yuandu_transparency::{SigningKey, VerifierKey};

use crate::city::City;
use crate::published::{self, WITNESS};

/// Prints the public key of the city's log. Publish it where others find it without asking the city's server.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Makes the city a witness under this name (an address without scheme, such as `witness.example/weifang`) and prints its key.
    #[arg(long, value_name = "NAME")]
    make_witness: Option<String>,
    /// Public key of a log to cosign from now on; the server reads the list when it starts.
    #[arg(long, value_name = "KEY")]
    cosign: Vec<String>,
    /// A witness to ask from now on: its public key, a space, and its address; the server reads the list when it starts.
    #[arg(long, value_name = "KEY ADDRESS")]
    ask_witness: Vec<String>,
}

pub(crate) fn run(args: KeysArgs) -> anyhow::Result<ExitCode> {
    let city = City::read(&args.data)?;
    say!(
        "log      {}",
        published::ensure_key(&args.data, city.realm)?
    );
    let folder = args.data.join(WITNESS);
    let path = folder.join("witness-key");
    if let Some(name) = &args.make_witness {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot use `{}`", folder.display()))?;
        SigningKey::generate_witness(name)?.write(&path)?;
    }
    for key in &args.cosign {
        VerifierKey::parse(key)?;
        anyhow::ensure!(
            path.exists(),
            "this city is no witness yet; add --make-witness NAME"
        );
        append(&folder.join("logs"), key)?;
    }
    for line in &args.ask_witness {
        append(&args.data.join("witnesses"), line)?;
    }
    // Reading everything back says what is not right with it.
    let log = published::open(&args.data, city.realm)?;
    if let Some(witness) = &log.witness {
        say!("witness  {}", witness.public());
    }
    say!("asks     {} witnesses", log.publisher.cosigned().0);
    Ok(ExitCode::SUCCESS)
}

fn append(path: &std::path::Path, line: &str) -> anyhow::Result<()> {
    let before = if path.exists() {
        std::fs::read_to_string(path)?
    } else {
        String::new()
    };
    std::fs::write(path, format!("{before}{line}\n"))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
