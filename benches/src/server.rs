//! The server under measurement: seeded once, started for each benchmark, stopped when it goes out of scope.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// What is measured: the binary and its city.
pub(crate) struct Bench {
    pub(crate) bin: PathBuf,
    pub(crate) data: PathBuf,
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    /// From the start of the process to the first answer.
    pub(crate) started_in: Duration,
}

/// The server's binary.
pub(crate) fn binary(bin: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let bin = bin.unwrap_or_else(|| target.join("release/yuandu"));
    if !bin.is_file() {
        bail!(
            "`{}` does not exist; build it with `cargo build --release -p yuandu` or name it with --bin",
            bin.display()
        );
    }
    Ok(bin)
}

impl Bench {
    pub(crate) fn new(bin: Option<PathBuf>, data: PathBuf, cases: usize) -> anyhow::Result<Self> {
        let bin = binary(bin)?;
        if !data.join("city.toml").is_file() {
            println!("seeding {cases} cases into {} ...", data.display());
            let begun = Instant::now();
            let status = Command::new(&bin)
                .args([
                    "demo",
                    "--seed-only",
                    "--load-cases",
                    &cases.to_string(),
                    "--data",
                ])
                .arg(&data)
                .env("RUST_LOG", "warn")
                .status()
                .context("cannot start the server")?;
            if !status.success() {
                bail!("seeding failed");
            }
            println!("seeded in {:.0} s", begun.elapsed().as_secs_f64());
        }
        Ok(Self { bin, data })
    }

    pub(crate) fn start(&self) -> anyhow::Result<Running> {
        self.start_as(&["serve"], &self.data)
    }

    /// Starts a command that serves, in another folder.
    pub(crate) fn start_as(&self, words: &[&str], data: &Path) -> anyhow::Result<Running> {
        let begun = Instant::now();
        let mut child = Command::new(&self.bin)
            .args(words)
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut address = None;
        for line in BufReader::new(output).lines() {
            if let Some((_, found)) = line?.split_once("http://") {
                let found = found.split_whitespace().next().unwrap_or_default();
                address = Some(found.to_owned());
                break;
            }
        }
        let address = address.context("the server did not tell its address")?;
        crate::http::Client::connect(&address)?.get("/readyz", "")?;
        Ok(Running {
            child,
            address,
            started_in: begun.elapsed(),
        })
    }
}

impl Running {
    /// Resident memory in megabytes.
    pub(crate) fn memory_mb(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(
            Path::new("/proc")
                .join(self.child.id().to_string())
                .join("status"),
        )?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no memory figure")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Running {
    /// Processor time used so far, in seconds: what a request costs, whatever else the machine does.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in parentheses: state, 10 more, then user and system time in hundredths of a second.
        let (_, after) = stat.rsplit_once(')').context("no processor figure")?;
        let ticks = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<f64>)
            .sum::<Result<f64, _>>()?;
        Ok(ticks / 100.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The benchmark is over; a server that is gone already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
