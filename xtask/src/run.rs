//! Starting other programs: shown while they run, timed, and read where their closing lines count.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// Runs a command with our own input and output; fails when it does.
pub fn visibly(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    println!("    $ {shown}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// What a command printed, and whether it succeeded.
pub struct Watched {
    pub success: bool,
    pub text: String,
}

/// Runs a command, passes on every line at once, and keeps the lines without colour codes.
pub fn watching(command: &mut Command) -> Result<Watched> {
    watching_as("", command)
}

/// The same beside other commands: every line that is passed on begins with a name, so that it is plain who speaks.
pub fn watching_as(name: &str, command: &mut Command) -> Result<Watched> {
    let shown = describe(command);
    println!("{name}    $ {shown}");
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let stdout = child.stdout.take().context("the child has no output")?;
    let stderr = child
        .stderr
        .take()
        .context("the child has no error output")?;
    let speaker = name.to_owned();
    let reader = thread::spawn(move || copy_lines(stderr, |line| eprintln!("{speaker}{line}")));
    let mut text = copy_lines(stdout, |line| {
        let mut out = std::io::stdout().lock();
        // A closed pipe (`cargo xtask test | head`) must not stop the tests.
        let _closed = writeln!(out, "{name}{line}");
    });
    let errors = reader
        .join()
        .map_err(|_panic| anyhow!("reading the output of `{shown}` failed"))?;
    text.push_str(&errors);
    let status = child
        .wait()
        .with_context(|| format!("waiting for `{shown}` failed"))?;
    Ok(Watched {
        success: status.success(),
        text,
    })
}

fn copy_lines(from: impl Read, show: impl Fn(&str)) -> String {
    let mut text = String::new();
    for line in BufReader::new(from).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        show(line.trim_end_matches('\r'));
        text.push_str(&plain(&line));
        text.push('\n');
    }
    text
}

/// A line without terminal colour codes (`ESC [ ... letter`).
pub fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        for skipped in chars.by_ref() {
            if skipped.is_ascii_alphabetic() {
                break;
            }
        }
    }
    out
}

fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut shown = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        shown.push(' ');
        shown.push_str(&arg.to_string_lossy());
    }
    shown
}

/// Names stages, tells how long each took, and sums up.
pub struct Stages {
    total: usize,
    done: Vec<(String, Duration)>,
    began: Instant,
}

impl Stages {
    /// A run of `total` stages.
    pub fn new(total: usize) -> Self {
        Self {
            total,
            done: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Runs one stage under its name.
    pub fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n[{}/{}] {name}", self.done.len() + 1, self.total);
        let began = Instant::now();
        let result = work().with_context(|| format!("stage `{name}`"));
        let took = began.elapsed();
        println!(
            "    {} {}",
            if result.is_ok() {
                "done in"
            } else {
                "failed after"
            },
            minutes(took)
        );
        self.done.push((name.to_owned(), took));
        result
    }

    /// Prints minutes by stage.
    pub fn sum_up(&self) {
        println!();
        for (name, took) in &self.done {
            println!("    {:>10}  {name}", minutes(*took));
        }
        println!("    {:>10}  in all", minutes(self.began.elapsed()));
    }
}

/// A duration as people read it: `42.0 s`, `3 min 05 s`.
pub fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_codes_are_taken_out_and_words_stay() {
        assert_eq!(
            plain("\u{1b}[32;1m   Summary\u{1b}[0m 3 passed"),
            "   Summary 3 passed"
        );
    }

    #[test]
    fn durations_read_in_minutes_from_sixty_seconds() {
        assert_eq!(minutes(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(minutes(Duration::from_secs(185)), "3 min 05 s");
    }
}
