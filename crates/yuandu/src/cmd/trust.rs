//! `yuandu trust`: questions about certificates; each subcommand has its file.

mod ceremony;
mod doctor;
mod validate;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Certificates: is one valid, and why not.
#[derive(Debug, Args)]
pub struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Debug, Subcommand)]
enum TrustCommand {
    /// Says whether a certificate is valid at a time for a purpose, and why not.
    Validate(validate::ValidateArgs),
    /// Founds the city's own authority: root, issuing authority, encrypted keys, first lists.
    Ceremony(ceremony::CeremonyArgs),
    /// Explains what is wrong with certificates, lists, OCSP answers, time-stamps and signed messages.
    Doctor(doctor::DoctorArgs),
}

/// Runs the command.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(args: TrustArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        TrustCommand::Validate(args) => validate::run(args),
        TrustCommand::Ceremony(args) => ceremony::run(args),
        TrustCommand::Doctor(args) => doctor::run(args),
    }
}
