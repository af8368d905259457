//! `yuandu import`: reads a large CSV or XLSX file into a register of a city that is not being served.

use crate::out::say;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_base::SystemClock;
use yuandu_continuity::{Role, SiteState};
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::{ImportFile, RegistersError};

use crate::city::City;
use crate::cmd::database::DatabaseArgs;
use crate::compose;

/// Reads a large CSV or XLSX file into a register. What breaks off is taken up again by the same command.
///
/// Exit code 1 when rows could not be taken.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file: CSV in UTF-8, UTF-16 or GB 18030, or XLSX. Its first row names the columns.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// The register, such as `spatial.division`.
    #[arg(long, value_name = "REGISTER")]
    register: String,
    /// Import the good rows although others are bad.
    #[arg(long)]
    allow_partial: bool,
    /// Check everything and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write a line for every row and problem to this CSV file.
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
}

pub(crate) fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let city = City::read(&args.data)?;
    if SiteState::read(&args.data)?.role == Role::Standby {
        bail!(
            "`{}` is a standby and takes what its primary writes; import there",
            args.data.display()
        );
    }
    let mut file =
        File::open(&args.file).with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let mut results: Box<dyn std::io::Write> = match &args.results {
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?,
        ),
        None => Box::new(std::io::sink()),
    };
    let packages = compose::packages(args.systems.as_deref())?;
    let app = compose::open(compose::Opening {
        city: &city,
        store: args.database.options_of_city(&args.data)?,
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts: Vec::new(),
        public_url: None,
        behind_proxy: false,
    })?;
    let ctx =
        OpCtx::new(app.realm, Actor::System("import"), app.clock.clone()).for_purpose("import");
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let import = ImportFile {
        register: args.register,
        file_name: name.into_owned(),
        allow_partial: args.allow_partial,
        dry_run: args.dry_run,
    };
    let summary = match app
        .registers
        .import_file(&ctx, &import, &mut file, &mut results)
    {
        Err(RegistersError::Invalid { problems }) => {
            let lines: Vec<&str> = problems
                .iter()
                .map(|problem| problem.message.en.as_str())
                .collect();
            bail!("{}:\n{}", import.file_name, lines.join("\n"))
        }
        other => other?,
    };
    say!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(if summary.failed > 0 {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}
