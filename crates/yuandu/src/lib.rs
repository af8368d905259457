//! The program as a library: serve a city, open the demo city, verify its log, check and test packages, ask the calendar.
//!
//! Composition only: what each command does lives in `cmd`, how the parts are put together in `compose`, and what the
//! demo city is filled with in `seed`. Exit codes: 0 done, 1 findings or failures, 2 wrong input.

pub mod archive;
mod authority;
pub mod city;
mod cmd;
pub mod compose;
mod exchange;
mod notices;
mod out;
pub mod published;
mod secrets;
pub mod seed;
mod server;
pub mod sites;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// 鸢都 Yuandu: one program for a city's digital government.
#[derive(Debug, Parser)]
#[command(name = "yuandu", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the demo city: seeds it into a data folder if it is empty, and serves it.
    Demo(cmd::demo::DemoArgs),
    /// Sets up an empty city in a data folder and prints the administrator's first password.
    Init(cmd::init::InitArgs),
    /// Reads a large CSV or XLSX file into a register; goes on where an earlier attempt broke off.
    Import(cmd::import::ImportArgs),
    /// Serves the city in a data folder.
    Serve(cmd::serve::ServeArgs),
    /// Walks the log, recomputes the Merkle tree and compares every table and blob with it.
    Verify(cmd::verify::VerifyArgs),
    /// Prints the public key of the city's log, or makes the city a witness of other logs.
    Keys(cmd::keys::KeysArgs),
    /// Copies log, database and photos to another place, once or again and again.
    Backup(cmd::backup::BackupArgs),
    /// Counts stored photos and papers, and removes those that nothing mentions.
    Blobs(cmd::blobs::BlobsArgs),
    /// Restores a backup into an empty folder, to its end, a position or a moment.
    Restore(cmd::restore::RestoreArgs),
    /// Restores the newest backup into a scratch folder and proves that nothing is missing.
    Drill(cmd::drill::DrillArgs),
    /// A second site that follows a primary and serves reads.
    Standby(cmd::standby::StandbyArgs),
    /// The standby takes over; the old primary is fenced off.
    Promote(cmd::promote::PromoteArgs),
    /// Makes a table or an index what the log says, while the server goes on; or lists where all of them stand.
    Rebuild(cmd::rebuild::RebuildArgs),
    /// Moves cases that ended long ago into the archive, or brings one back.
    Archive(cmd::archive::ArchiveArgs),
    /// Checks packages and names every problem with file and line.
    Check(cmd::check::CheckArgs),
    /// Prints the catalogue of data resources as DCAT.
    Catalogue(cmd::catalogue::CatalogueArgs),
    /// Runs the scenarios of a package on a simulated clock.
    Test(cmd::test::TestArgs),
    /// Prints the reference page of a package as Markdown, made from its declarations.
    Manual(cmd::manual::ManualArgs),
    /// Reads, checks, writes and runs BPMN 2.0 models.
    Bpmn(cmd::bpmn::BpmnArgs),
    /// Asks the statutory calendar when a budget of working time is used up, and why.
    Clock(cmd::clock::ClockArgs),
    /// Learns labels from past orders and suggests them for new ones.
    Suggest(cmd::suggest::SuggestArgs),
    /// Makes the decisions of a DMN model, or runs test cases against it.
    Dmn(cmd::dmn::DmnArgs),
    /// Says whether certificates are valid, and why not.
    Trust(cmd::trust::TrustArgs),
    /// Prints the OpenAPI document of the platform API.
    Openapi,
}

/// Runs the command line.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Demo(args) => cmd::demo::run(args),
        Command::Init(args) => cmd::init::run(args),
        Command::Import(args) => cmd::import::run(args),
        Command::Serve(args) => cmd::serve::run(args),
        Command::Verify(args) => cmd::verify::run(args),
        Command::Keys(args) => cmd::keys::run(args),
        Command::Backup(args) => cmd::backup::run(args),
        Command::Blobs(args) => cmd::blobs::run(args),
        Command::Restore(args) => cmd::restore::run(args),
        Command::Drill(args) => cmd::drill::run(args),
        Command::Standby(args) => cmd::standby::run(args),
        Command::Promote(args) => cmd::promote::run(args),
        Command::Rebuild(args) => cmd::rebuild::run(args),
        Command::Archive(args) => cmd::archive::run(args),
        Command::Check(args) => cmd::check::run(args),
        Command::Catalogue(args) => cmd::catalogue::run(args),
        Command::Test(args) => cmd::test::run(args),
        Command::Manual(args) => cmd::manual::run(args),
        Command::Bpmn(args) => cmd::bpmn::run(args),
        Command::Clock(args) => cmd::clock::run(args),
        Command::Suggest(args) => cmd::suggest::run(args),
        Command::Dmn(args) => cmd::dmn::run(args),
        Command::Trust(args) => cmd::trust::run(args),
        Command::Openapi => cmd::openapi::run(),
    };
    result.unwrap_or_else(|error| {
        if out::reader_is_gone(&error) {
            return ExitCode::from(out::READER_GONE);
        }
        eprintln!("{error:#}");
        ExitCode::from(2)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
