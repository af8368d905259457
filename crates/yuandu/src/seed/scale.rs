//! Residents, households and legal entities: written to files and read in by the bulk import, as a city would do it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use yuandu_api::App;
use yuandu_identity::OpCtx;
use yuandu_registers::ImportFile;

/// Residents in their households; gives how many residents.
pub(super) fn residents(
    app: &App,
    ctx: &OpCtx,
    dir: &Path,
    (built, count): (&yuandu_demo::City, u64),
) -> anyhow::Result<usize> {
    let (households, people) = (
        dir.join("seed-households.csv"),
        dir.join("seed-residents.csv"),
    );
    let (mut to_households, mut to_people) = (created(&households)?, created(&people)?);
    let written = yuandu_demo::write_population(built, count, &mut to_households, &mut to_people)?;
    to_households.flush()?;
    to_people.flush()?;
    import(app, ctx, "population.household", &households)?;
    import(app, ctx, "population.resident", &people)?;
    Ok(usize::try_from(written.residents)?)
}

/// Legal entities; gives how many.
pub(super) fn entities(
    app: &App,
    ctx: &OpCtx,
    dir: &Path,
    (built, count): (&yuandu_demo::City, u64),
) -> anyhow::Result<usize> {
    let path = dir.join("seed-entities.csv");
    let mut to = created(&path)?;
    let written = yuandu_demo::write_entities(built, count, &mut to)?;
    to.flush()?;
    import(app, ctx, "legal-entities.entity", &path)?;
    Ok(usize::try_from(written)?)
}

fn created(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(BufWriter::new(file))
}

/// Reads a file into its register and removes it.
fn import(app: &App, ctx: &OpCtx, register: &str, path: &Path) -> anyhow::Result<()> {
    let import = ImportFile {
        register: register.to_owned(),
        file_name: format!("{register}.csv"),
        // Once through is enough: a bad row stops the seeding below.
        allow_partial: true,
        dry_run: false,
    };
    let mut file = File::open(path)?;
    let summary = app
        .registers
        .import_file(ctx, &import, &mut file, &mut std::io::sink())?;
    if let Some(first) = summary.first_failures.first() {
        bail!(
            "{register}: {} of {} rows cannot be taken, the first: {first:?}",
            summary.failed,
            summary.rows
        );
    }
    std::fs::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))
}
