//! The working copy: where it is, which files belong to it, where cargo puts what it builds.
//!
//! Files are those git tracks or would track; what git ignores is not ours to check.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The repository this program was started from.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// Finds the repository: cargo tells where this package lives, its parent is the root.
    pub fn find() -> Result<Self> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .context("`CARGO_MANIFEST_DIR` is not set; start this program as `cargo xtask`")?;
        let root = package
            .parent()
            .context("the xtask package has no parent folder")?;
        Ok(Self::at(root))
    }

    /// A repository at a known place; tests use it on trees of their own.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The folder that holds the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the repository.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Text of a file of the repository.
    pub fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.path(relative))
            .with_context(|| format!("cannot read `{relative}`"))
    }

    /// Every file git tracks or would track, with `/` between folders, sorted.
    pub fn files(&self) -> Result<Vec<String>> {
        let listed = self.git(&[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|name| !name.is_empty() && self.path(name).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// What git says differs from the last commit.
    pub fn status(&self) -> Result<String> {
        self.git(&["status", "--porcelain"])
    }

    /// Whether git ignores a path, such as a build result that documents may name.
    pub fn ignores(&self, relative: &str) -> bool {
        Command::new("git")
            .args(["check-ignore", "--quiet", relative])
            .current_dir(&self.root)
            .status()
            .is_ok_and(|status| status.success())
    }

    /// `cargo metadata` as JSON.
    pub fn metadata(&self, args: &[&str]) -> Result<Value> {
        let output = Command::new(cargo())
            .args(["metadata", "--format-version", "1"])
            .args(args)
            .current_dir(&self.root)
            .output()
            .context("cannot start `cargo metadata`")?;
        if !output.status.success() {
            bail!(
                "`cargo metadata` failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        serde_json::from_slice(&output.stdout).context("`cargo metadata` did not print JSON")
    }

    /// Where cargo puts what it builds; honours `CARGO_TARGET_DIR`.
    pub fn target_dir(&self) -> Result<PathBuf> {
        let metadata = self.metadata(&["--no-deps"])?;
        let dir = metadata
            .get("target_directory")
            .and_then(Value::as_str)
            .context("`cargo metadata` names no target directory")?;
        Ok(PathBuf::from(dir))
    }

    /// The built `yuandu` program of a profile (`dev`, `demo`, `release`).
    pub fn program(&self, profile: &str) -> Result<PathBuf> {
        let folder = if profile == "dev" { "debug" } else { profile };
        let name = format!("yuandu{}", std::env::consts::EXE_SUFFIX);
        Ok(self.target_dir()?.join(folder).join(name))
    }

    /// Folders of `systems/` that hold a package, as paths from the root.
    pub fn systems(&self) -> Result<Vec<String>> {
        let suffix = "/package.toml";
        Ok(self
            .files()?
            .iter()
            .filter_map(|file| file.strip_suffix(suffix))
            .filter(|folder| folder.starts_with("systems/") && folder.matches('/').count() == 1)
            .map(str::to_owned)
            .collect())
    }

    fn git(&self, args: &[&str]) -> Result<String> {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.root)
            .output()
            .context("cannot start `git`; install it with `apt install git`")?;
        if !output.status.success() {
            bail!(
                "`git {}` failed: {}",
                args.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The cargo that started us, or the one on the path.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Whether a continuous-integration run asks for strictness: there a skipped suite is a failure.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}
