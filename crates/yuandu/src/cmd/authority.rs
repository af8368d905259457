//! The options about the certificate authority, which every command that serves a city has.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_api::App;
use yuandu_pki::{Authority, AuthorityFiles};

/// The variable that holds the password; it is read once and no process started here gets it.
const PASSWORD: &str = "YUANDU_AUTHORITY_PASSWORD";

/// With which authority a city serves.
#[derive(Debug, Args)]
pub(crate) struct AuthorityArgs {
    /// Folder with `issuing.pem`, `issuing.key.pem`, `root.pem` and `root.crl` of `yuandu trust ceremony`: certificates are
    /// issued, and OCSP, lists and time-stamps are served below `/pki`. The password of the key is read from
    /// `YUANDU_AUTHORITY_PASSWORD` or a file.
    #[arg(long, value_name = "DIR")]
    authority: Option<PathBuf>,
    /// File whose first line is the password of the authority's key, instead of `YUANDU_AUTHORITY_PASSWORD`.
    #[arg(long, value_name = "FILE", requires = "authority")]
    authority_password_file: Option<PathBuf>,
}

impl AuthorityArgs {
    /// Opens the authority, if one is named, and hands it to the city.
    pub(crate) fn begin(&self, app: &App) -> anyhow::Result<()> {
        let Some(folder) = &self.authority else {
            return Ok(());
        };
        let file = |name: &str| read(&folder.join(name));
        let files = AuthorityFiles {
            issuing: file("issuing.pem")?,
            root: file("root.pem")?,
            key: file("issuing.key.pem")?,
            root_list: file("root.crl")?,
        };
        let now = app.clock.now();
        let authority = Authority::open(&files, &self.password()?, now)
            .with_context(|| format!("cannot serve with `{}`", folder.display()))?;
        if authority.list_ran_out(now) {
            tracing::warn!(
                "the root's list has run out: others cannot tell whether the authority was revoked; sign a new `root.crl` with the root's key"
            );
        }
        tracing::info!(
            authority = authority.id(),
            "certificates are served below /pki"
        );
        app.pki.begin(authority, &format!("{}/pki", app.base_url()));
        Ok(())
    }

    fn password(&self) -> anyhow::Result<String> {
        if let Some(file) = &self.authority_password_file {
            let text = String::from_utf8(read(file)?);
            let text = text.with_context(|| format!("`{}` is not UTF-8", file.display()))?;
            return Ok(text.lines().next().unwrap_or_default().to_owned());
        }
        match std::env::var(PASSWORD) {
            Ok(password) => Ok(password),
            Err(_) => bail!(
                "the authority's key has a password: set {PASSWORD} or name a file by --authority-password-file FILE"
            ),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}
