//! The file `city.toml` of a data folder: which city it holds. Written once, when the city is set up.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use yuandu_base::LocalText;
use yuandu_ids::RealmId;

/// Name of the file.
pub const FILE: &str = "city.toml";

/// Which city a data folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Six-digit division code (GB/T 2260).
    pub realm: RealmId,
    /// Name of the city.
    pub name: LocalText,
    /// Whether it is the demo city, whose accounts everyone may know.
    #[serde(default)]
    pub demo: bool,
}

impl City {
    /// The demo city.
    pub fn demo() -> anyhow::Result<Self> {
        let realm = "370700".parse()?;
        Ok(Self {
            realm,
            name: LocalText::new("潍坊市", "Weifang"),
            demo: true,
        })
    }

    /// Whether a folder holds a city.
    pub fn is_in(dir: &Path) -> bool {
        dir.join(FILE).is_file()
    }

    /// Reads the city of a folder.
    pub fn read(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join(FILE);
        if !path.is_file() {
            bail!(
                "`{}` holds no city; set one up with `yuandu init --data {0}` or open the demo with `yuandu demo`",
                dir.display()
            );
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        toml::from_str(&text).with_context(|| format!("`{}` is not right", path.display()))
    }

    /// Writes the city of a folder, last of all: a folder with this file is set up whole.
    pub fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let path = dir.join(FILE);
        let fresh = dir.join("city.toml.new");
        std::fs::write(&fresh, toml::to_string(self)?)
            .with_context(|| format!("cannot write `{}`", fresh.display()))?;
        std::fs::rename(&fresh, &path).with_context(|| format!("cannot write `{}`", path.display()))
    }
}
