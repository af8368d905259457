//! Areas and lines of a layer, kept in memory: they are few and drawn on every tile.

use yuandu_geo::{Area, BoundingBox, GridIndex, Line, Position};

use crate::areas::AreaRow;

/// A layer's rows with their outlines or courses.
#[derive(Debug)]
pub(crate) enum Drawn {
    Areas(GridIndex<AreaRow>),
    Lines(Vec<(AreaRow, Line)>),
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outline<'a> {
    Area(&'a Area),
    Line(&'a Line),
}

impl Outline<'_> {
    /// Where a label may stand.
    pub(crate) fn label(self) -> Position {
        match self {
            Self::Area(area) => area.label_position(),
            Self::Line(line) => line.middle(),
        }
    }
}

type Entries<'a> = Box<dyn Iterator<Item = (&'a AreaRow, Outline<'a>)> + 'a>;

impl Drawn {
    /// All of them.
    pub(crate) fn all(&self) -> Entries<'_> {
        match self {
            Self::Areas(areas) => Box::new(areas.entries().iter().map(area)),
            Self::Lines(lines) => Box::new(lines.iter().map(line)),
        }
    }

    /// Those whose box meets a window; what exactly meets it is looked at by whoever asks.
    pub(crate) fn near<'a>(&'a self, window: &BoundingBox) -> Entries<'a> {
        let window = *window;
        match self {
            Self::Areas(areas) => Box::new(areas.meeting(&window).map(area)),
            Self::Lines(lines) => {
                let met = lines.iter();
                Box::new(
                    met.filter(move |(_, line)| line.bounds().intersects(&window))
                        .map(line),
                )
            }
        }
    }

    /// Those that have a point in common with a window.
    pub(crate) fn meeting<'a>(&'a self, window: &BoundingBox) -> Entries<'a> {
        let window = *window;
        Box::new(
            self.near(&window)
                .filter(move |(_, outline)| match outline {
                    Outline::Area(area) => area.meets(&window),
                    Outline::Line(line) => line.meets(&window),
                }),
        )
    }

    /// The box round all of them.
    pub(crate) fn bounds(&self) -> Option<BoundingBox> {
        match self {
            Self::Areas(areas) => areas.bounds(),
            Self::Lines(lines) => {
                let boxes = lines.iter().map(|(_, line)| line.bounds());
                boxes.reduce(|a, b| BoundingBox {
                    west: a.west.min(b.west),
                    south: a.south.min(b.south),
                    east: a.east.max(b.east),
                    north: a.north.max(b.north),
                })
            }
        }
    }
}

fn area((row, area): &(AreaRow, Area)) -> (&AreaRow, Outline<'_>) {
    (row, Outline::Area(area))
}

fn line((row, line): &(AreaRow, Line)) -> (&AreaRow, Outline<'_>) {
    (row, Outline::Line(line))
}
