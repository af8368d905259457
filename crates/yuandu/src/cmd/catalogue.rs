//! `yuandu catalogue`: prints the catalogue of the packages as DCAT, without a city.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use yuandu_base::LocalText;
use yuandu_catalog::{Catalogue, Provider, Source, dcat};

use crate::compose;

/// Prints the catalogue of data resources of the packages as DCAT 3 (DCAT-AP 3.0.1).
#[derive(Debug, Args)]
pub(crate) struct CatalogueArgs {
    /// JSON-LD instead of Turtle.
    #[arg(long)]
    json_ld: bool,
    /// Where the city's pages will be.
    #[arg(long, value_name = "URL", default_value = "https://city.example")]
    base: String,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
}

pub(crate) fn run(args: CatalogueArgs) -> anyhow::Result<ExitCode> {
    let packages = compose::packages(args.systems.as_deref())?;
    let provider = |id: &str| Provider {
        id: id.to_owned(),
        name: LocalText::new(id, id),
        credit_code: None,
    };
    let sources = packages.iter().map(|package| Source {
        title: package.title(),
        registers: package.registers().iter().collect(),
    });
    let catalogue = Catalogue::build(sources, None, &provider);
    let publisher = provider("data-centre");
    let head = dcat::Head {
        base: args.base.trim_end_matches('/'),
        city: &LocalText::new("城市", "the city"),
        publisher: &publisher,
    };
    let graph = dcat::graph(&head, catalogue.entries());
    if args.json_ld {
        say!("{:#}", graph.to_json_ld());
    } else {
        say!("{}", graph.to_turtle().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
