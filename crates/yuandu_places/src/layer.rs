//! Declarations of map layers: which table, which columns, from which zoom on.

use yuandu_base::LocalText;
use yuandu_schema::reading::{Document, Located, Table};

/// Columns of the two deadlines a lamp is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LampColumns {
    /// Column of the instant from which the lamp is yellow.
    pub warn: String,
    /// Column of the instant from which it is red.
    pub due: String,
}

/// What a row of the layer is on the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Geometry {
    /// A point in two columns.
    Point {
        /// Longitude column.
        lon: String,
        /// Latitude column.
        lat: String,
    },
    /// An area: a GeoJSON geometry in a text column.
    Area {
        /// Outline column.
        outline: String,
    },
    /// A line: a GeoJSON geometry in a text column.
    Line {
        /// Column of the course.
        line: String,
    },
}

/// A map layer over one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerDef {
    /// Name in addresses: `/tiles/{id}/...`.
    pub id: String,
    /// What people read in the layers panel.
    pub title: LocalText,
    /// Table the rows come from.
    pub table: String,
    /// Point, area or line.
    pub geometry: Geometry,
    /// Properties a feature carries: name and column.
    pub properties: Vec<(String, String)>,
    /// Properties that are instants: name and column. Features carry them, tiles do not.
    pub instants: Vec<(String, String)>,
    /// Column of the instant by which features are found by time.
    pub time: Option<String>,
    /// Column of the name people know a row by: places are looked up by it.
    pub name: Option<String>,
    /// Lamp, given as property `lamp` (`green`, `yellow`, `red`).
    pub lamp: Option<LampColumns>,
    /// Only rows whose column has this text.
    pub only: Vec<(String, String)>,
    /// Zoom from which the layer has tiles.
    pub min_zoom: u32,
}

impl LayerDef {
    /// Reads `layers/<id>.toml`; all problems at once.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<Located>> {
        let document = Document::parse(file, text);
        let root = document.root();
        let layer = from_table(&root);
        root.finish();
        let problems = document.into_problems();
        match layer {
            Some(layer) if problems.is_empty() => Ok(layer),
            _ => Err(problems),
        }
    }
}

fn from_table(root: &Table<'_>) -> Option<LayerDef> {
    let (id, title, table) = (root.text("id"), root.local("title"), root.text("table"));
    let geometry = geometry(root);
    let lamp = match (root.opt_text("warn"), root.opt_text("due")) {
        (Some(warn), Some(due)) => Some(LampColumns { warn, due }),
        _ => None,
    };
    Some(LayerDef {
        properties: pairs(root, "properties"),
        instants: pairs(root, "instants"),
        time: root.opt_text("time"),
        name: root.opt_text("name"),
        only: pairs(root, "only"),
        min_zoom: root
            .opt_integer("min_zoom")
            .and_then(|zoom| u32::try_from(zoom).ok())
            .unwrap_or(0),
        id: id?,
        title: title?,
        table: table?,
        geometry: geometry?,
        lamp,
    })
}

fn geometry(root: &Table<'_>) -> Option<Geometry> {
    match (
        root.opt_text("lon"),
        root.opt_text("lat"),
        root.opt_text("outline"),
        root.opt_text("line"),
    ) {
        (Some(lon), Some(lat), None, None) => Some(Geometry::Point { lon, lat }),
        (None, None, Some(outline), None) => Some(Geometry::Area { outline }),
        (None, None, None, Some(line)) => Some(Geometry::Line { line }),
        _ => {
            root.problem_at(
                "lon",
                "layers.geometry",
                "请写 `lon` 与 `lat` 两列（点），或 `outline` 一列（面），或 `line` 一列（线）",
                "give the columns `lon` and `lat` (points), `outline` (areas) or `line` (lines)",
            );
            None
        }
    }
}

fn pairs(root: &Table<'_>, key: &str) -> Vec<(String, String)> {
    let Some(table) = root.table(key) else {
        return Vec::new();
    };
    let pairs = table
        .keys()
        .into_iter()
        .filter_map(|name| table.text(&name).map(|value| (name, value)))
        .collect();
    table.finish();
    pairs
}

#[cfg(test)]
mod tests {
    use super::{Geometry, LayerDef};

    const CASES: &str = r#"
id = "cases"
title = { zh = "案卷", en = "Cases" }
table = "cases"
lon = "lon"
lat = "lat"
warn = "warn_at"
due = "due_at"
min_zoom = 10
only = { status = "open" }
time = "opened_at"
properties = { number = "number" }
instants = { opened = "opened_at" }
"#;

    #[test]
    fn a_declared_layer_is_read_whole() {
        let layer = LayerDef::read("layers/cases.toml", CASES).unwrap();
        assert_eq!(
            layer.geometry,
            Geometry::Point {
                lon: "lon".into(),
                lat: "lat".into()
            }
        );
        assert_eq!(layer.only, [("status".to_owned(), "open".to_owned())]);
        assert_eq!((layer.min_zoom, layer.lamp.is_some()), (10, true));
        assert_eq!(layer.time.as_deref(), Some("opened_at"));
    }

    #[test]
    fn problems_name_their_line() {
        let broken = CASES
            .replace("lon = \"lon\"\n", "")
            .replace("min_zoom", "minzoom");
        let problems = LayerDef::read("layers/cases.toml", &broken).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems.iter().any(|problem| problem.line == 8),
            "{problems:?}"
        );
    }
}
