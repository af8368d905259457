//! Registers of the demo city, through the CSV import that officers use.

use anyhow::bail;
use indicatif::ProgressBar;
use yuandu_api::App;
use yuandu_demo::{Component, DivisionLevel};
use yuandu_geo::Area;
use yuandu_identity::OpCtx;
use yuandu_registers::ImportCsv;

/// Some seconds of work on a slow machine.
const COMPONENTS_A_FILE: usize = 10_000;

/// Divisions from the city to the villages; county-level ones with their outlines.
pub(super) fn divisions(
    app: &App,
    ctx: &OpCtx,
    built: &yuandu_demo::City,
) -> anyhow::Result<usize> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["code", "name", "level", "parent", "remark", "outline"])?;
    for division in &built.divisions {
        let level = match division.level {
            DivisionLevel::City => "city",
            DivisionLevel::County => "county",
            DivisionLevel::Street => "town",
            DivisionLevel::Community => "village",
        };
        let outline = built
            .outlines
            .iter()
            .find(|(code, _)| *code == division.code);
        let outline = outline
            .map(|(_, area)| area.to_geojson().to_string())
            .unwrap_or_default();
        let remark = if division.statistical {
            "统计用区划代码，不是行政区划"
        } else {
            ""
        };
        file.write_record([
            &division.code,
            &division.name_zh,
            level,
            &division.parent,
            remark,
            &outline,
        ])?;
    }
    import(app, ctx, "spatial.division", &file.into_inner()?)
}

/// Responsibility grids and unit grids.
pub(super) fn grids(app: &App, ctx: &OpCtx, built: &yuandu_demo::City) -> anyhow::Result<usize> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["code", "title", "district", "manager_org"])?;
    for grid in built.grids.responsibilities() {
        let district = grid.id.get(..6).unwrap_or_default();
        file.write_record([&grid.id, &grid.name_zh, district, "city-management"])?;
    }
    let responsible = import(
        app,
        ctx,
        "city-care.responsibility-grid",
        &file.into_inner()?,
    )?;
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record([
        "code",
        "responsibility_grid",
        "district",
        "street",
        "community",
        "collector_post",
        "centre_lon",
        "centre_lat",
        "area",
        "outline",
    ])?;
    for grid in built.grids.units() {
        let centre = grid.bounds.centre();
        let collector =
            yuandu_demo::collector_of(&built.grids, &grid.community).unwrap_or_default();
        let post = built
            .staff
            .iter()
            .find(|(_, person)| person.login == collector)
            .map_or("", |(post, _)| post.id.as_str());
        file.write_record([
            &grid.code,
            &grid.community,
            grid.district(),
            grid.street(),
            &grid.community,
            post,
            &centre.lon().to_string(),
            &centre.lat().to_string(),
            &grid.square_metres.to_string(),
            &Area::rectangle(grid.bounds).to_geojson().to_string(),
        ])?;
    }
    Ok(responsible + import(app, ctx, "city-care.grid", &file.into_inner()?)?)
}

/// The census of components, in files of some thousand rows so that there is progress to see.
pub(super) fn components(
    app: &App,
    ctx: &OpCtx,
    census: &[Component],
    bar: &ProgressBar,
) -> anyhow::Result<usize> {
    let mut all = 0;
    for part in census.chunks(COMPONENTS_A_FILE) {
        all += import(app, ctx, "city-care.component", &component_file(part)?)?;
        bar.set_position(all as u64);
    }
    Ok(all)
}

fn component_file(census: &[Component]) -> anyhow::Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record([
        "code",
        "title",
        "kind",
        "authority",
        "owner",
        "upkeep",
        "grid",
        "state",
        "installed_on",
        "changed_on",
        "data_source",
        "accuracy",
        "place_lon",
        "place_lat",
    ])?;
    for component in census {
        file.write_record([
            &component.code,
            &component.title,
            component.kind,
            component.authority,
            &component.owner,
            &component.upkeep,
            &component.grid,
            component.state.code(),
            &component.installed_on.to_string(),
            &component
                .changed_on
                .map(|date| date.to_string())
                .unwrap_or_default(),
            component.data_source,
            component.accuracy,
            &component.position.lon().to_string(),
            &component.position.lat().to_string(),
        ])?;
    }
    Ok(file.into_inner()?)
}

pub(super) fn import(app: &App, ctx: &OpCtx, register: &str, file: &[u8]) -> anyhow::Result<usize> {
    let import = ImportCsv {
        register: register.to_owned(),
        file_name: format!("{register}.csv"),
        allow_partial: false,
        dry_run: false,
    };
    let report = match app.registers.import_csv(ctx, &import, &mut &file[..]) {
        Err(yuandu_registers::RegistersError::Invalid { problems }) => {
            bail!("{register}: {problems:?}")
        }
        other => other?,
    };
    if report.failed > 0 {
        let first = report
            .results
            .iter()
            .find(|row| matches!(row.outcome, yuandu_registers::RowOutcome::Failed(_)));
        bail!(
            "{register}: {} of {} rows cannot be taken, the first: {first:?}",
            report.failed,
            report.rows
        );
    }
    Ok(usize::try_from(report.rows)?)
}
