//! Which rows of which map layer an asker may see: one answer for tiles, features and metadata. What nothing allows is not there.

use yuandu_identity::{ColumnMap, Filter, OpCtx, Resource, ResourceKind};
use yuandu_places::{Condition, LayerDef};

use crate::{ApiError, App};

/// The table of cases, whose public facts anyone may follow where a package says so.
const CASES: &str = "cases";

/// The rows of a layer the asker may see; none when there can be none.
pub(crate) fn visible(
    app: &App,
    ctx: &OpCtx,
    layer: &LayerDef,
) -> Result<Option<Condition>, ApiError> {
    app.gate.require(ctx, "places.view", &Resource::system())?;
    let filter = if layer.table == CASES {
        Some(tracked(app, ctx, layer)?)
    } else {
        app.registers.visible(ctx, &layer.table, Condition::FIRST)?
    };
    let filter = filter.filter(|filter| !filter.is_nothing());
    Ok(filter.map(|filter| Condition {
        is_everything: filter.is_everything(),
        sql: filter.sql,
        params: filter.params,
    }))
}

/// The layer of this name with the rows the asker may see; one that shows the asker nothing does not exist for them.
pub(crate) fn find<'a>(
    app: &'a App,
    ctx: &OpCtx,
    name: &str,
) -> Result<(&'a LayerDef, Condition), ApiError> {
    let layer = app.tiles.layer(name)?;
    let allowed = visible(app, ctx, layer)?.ok_or_else(ApiError::not_found)?;
    Ok((layer, allowed))
}

/// A layer that shows everyone who sees it the same: only such a layer has tiles, which are drawn once for all.
pub(crate) fn find_tiled<'a>(
    app: &'a App,
    ctx: &OpCtx,
    name: &str,
) -> Result<&'a LayerDef, ApiError> {
    let (layer, allowed) = find(app, ctx, name)?;
    if allowed.is_everything {
        Ok(layer)
    } else {
        Err(ApiError::not_found())
    }
}

fn tracked(app: &App, ctx: &OpCtx, layer: &LayerDef) -> Result<Filter, ApiError> {
    let mut columns = ColumnMap::cases(CASES);
    let system = layer.only.iter().find(|(column, _)| column == "system");
    if let Some((_, system)) = system {
        columns = columns.fixed("system", system.as_str());
    }
    Ok(app.gate.filter(
        ctx,
        "cases.track",
        ResourceKind::Case,
        &columns,
        Condition::FIRST,
    )?)
}
