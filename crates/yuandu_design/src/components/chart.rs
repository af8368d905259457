//! Charts drawn by the server as SVG, with the same figures as a table for who cannot see them and for print.
//!
//! Only what a page of figures needs: bars of a list and a line over time. Colour never carries meaning alone.

use std::fmt::Write as _;

use maud::{Markup, html};
use yuandu_base::Lang;

/// One bar.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// What is counted.
    pub label: &'a str,
    /// Length.
    pub value: f64,
    /// The figure as people read it.
    pub text: &'a str,
    /// Drill-down to the cases behind the figure.
    pub href: Option<&'a str>,
}

/// Horizontal bars as a table with one drawn column: readable aloud, sharp at any width. `scale` is the value of a
/// full bar; 0 takes the largest.
#[must_use]
pub fn bars(caption: &str, bars: &[Bar<'_>], scale: f64) -> Markup {
    let largest = bars.iter().map(|bar| bar.value).fold(0.0_f64, f64::max);
    let full = if scale > 0.0 { scale } else { largest };
    html! {
        table class="bars" {
            caption { (caption) }
            tbody {
                @for bar in bars {
                    tr {
                        th scope="row" { @match bar.href {
                            Some(href) => { a href=(href) { (bar.label) } }
                            None => { (bar.label) }
                        } }
                        td class="figure" { (bar.text) }
                        td class="drawn" aria-hidden="true" {
                            svg width="100%" height="12" focusable="false" {
                                rect class="bar" x="0" y="0" height="12" width={ (format!("{:.1}", share(bar.value, full))) "%" } {}
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A point of a line: label of its place in time, value, the figure as people read it.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// "10-12".
    pub label: &'a str,
    /// Height.
    pub value: f64,
    /// "96.2%".
    pub text: &'a str,
}

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 12.0;
/// Room on the right for the target's name, so that it never covers the line.
const RIGHT: f64 = 318.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 148.0;

/// A line over time with an optional target, drawn as a dashed line with its name.
#[must_use]
pub fn line(
    lang: Lang,
    caption: &str,
    points: &[Point<'_>],
    target: Option<(f64, &str)>,
) -> Markup {
    let scale = Scale::of(points, target);
    let places = place(points, scale);
    html! {
        figure class="chart" {
            figcaption { (caption) }
            @if points.is_empty() { p class="hint" { (lang.pick("这段时间还没有数据。", "No data for this period yet.")) } }
            @else {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(spoken(caption, points)) focusable="false" {
                    line class="axis" x1=(LEFT) y1=(BOTTOM) x2=(RIGHT) y2=(BOTTOM) {}
                    @if let Some((value, name)) = target {
                        @let y = scale.height(value);
                        line class="target" x1=(LEFT) y1=(px(y)) x2=(RIGHT + 4.0) y2=(px(y)) {}
                        text class="target-name" x=(RIGHT + 10.0) y=(px(y + 4.0)) { (name) }
                    }
                    path class="line" d=(path_of(&places)) {}
                    @for ((x, y), point) in places.iter().zip(points) {
                        circle class="dot" cx=(px(*x)) cy=(px(*y)) r="3.5" { title { (point.label) " " (point.text) } }
                    }
                    (ends(&places, points))
                }
                @if scale.low > 0.0 { p class="hint" { (lang.pick("纵轴不从零开始。", "The axis does not begin at zero.")) } }
                (figures_behind(lang, caption, points))
            }
        }
    }
}

/// What the heights mean. Values close together are spread out, and the page then says that zero is not shown.
#[derive(Debug, Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(points: &[Point<'_>], target: Option<(f64, &str)>) -> Self {
        let values = || {
            points
                .iter()
                .map(|point| point.value)
                .chain(target.map(|(value, _)| value))
        };
        let high = values().fold(0.0_f64, f64::max);
        let least = values().fold(high, f64::min);
        let low = if least > high * 0.6 {
            (least - (high - least).max(high * 0.02) * 0.8).max(0.0)
        } else {
            0.0
        };
        Self { low, high }
    }

    fn height(self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * share(value - self.low, self.high - self.low) / 100.0
    }
}

/// The same figures as a table, folded away.
fn figures_behind(lang: Lang, caption: &str, points: &[Point<'_>]) -> Markup {
    html! {
        details class="data" {
            summary { (lang.pick("看数字", "See the figures")) }
            table class="table plain" {
                caption class="sr" { (caption) }
                thead { tr {
                    th scope="col" { (lang.pick("时间", "Time")) }
                    th scope="col" class="figure" { (lang.pick("数值", "Value")) }
                } }
                tbody { @for point in points { tr { td { (point.label) } td class="figure" { (point.text) } } } }
            }
        }
    }
}

/// Labels of the first and the last point: enough to read the line, never crowded.
fn ends(places: &[(f64, f64)], points: &[Point<'_>]) -> Markup {
    let first = places.first().zip(points.first());
    let last = places
        .last()
        .zip(points.last())
        .filter(|_| points.len() > 1);
    html! {
        @if let Some(((x, y), point)) = first {
            text class="tick" x=(px(*x - 8.0)) y="168" { (point.label) }
            text class="value" x=(px(*x - 8.0)) y=(px(y - 10.0)) { (point.text) }
        }
        @if let Some(((x, y), point)) = last {
            text class="tick" x=(px(*x + 8.0)) y="168" text-anchor="end" { (point.label) }
            text class="value" x=(px(*x + 8.0)) y=(px(y - 10.0)) text-anchor="end" { (point.text) }
        }
    }
}

fn place(points: &[Point<'_>], scale: Scale) -> Vec<(f64, f64)> {
    let inner = RIGHT - LEFT - 16.0;
    let gaps = u32::try_from(points.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let step = inner / f64::from(gaps).max(1.0);
    let mut x = LEFT + 8.0;
    points
        .iter()
        .map(|point| {
            let here = (x, scale.height(point.value));
            x += step;
            here
        })
        .collect()
}

fn path_of(places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in places.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(path, "{letter}{x:.1} {y:.1}");
    }
    path
}

fn spoken(caption: &str, points: &[Point<'_>]) -> String {
    let figures: Vec<String> = points
        .iter()
        .map(|point| format!("{} {}", point.label, point.text))
        .collect();
    format!("{caption}: {}", figures.join(", "))
}

fn share(value: f64, full: f64) -> f64 {
    if full > 0.0 && value.is_finite() {
        (value / full * 100.0).clamp(0.0, 100.0)
    } else {
        0.0
    }
}

fn px(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::{Bar, Point, bars, line};
    use yuandu_base::Lang;

    #[test]
    fn the_longest_bar_is_full_and_nothing_divides_by_zero() {
        let out = bars(
            "各环节",
            &[
                Bar {
                    label: "处置",
                    value: 4.0,
                    text: "4",
                    href: Some("/work?stage=handle"),
                },
                Bar {
                    label: "核查",
                    value: 1.0,
                    text: "1",
                    href: None,
                },
            ],
            0.0,
        )
        .into_string();
        assert!(
            out.contains(r#"width="100.0%""#) && out.contains(r#"width="25.0%""#),
            "{out}"
        );
        let zero = bars(
            "空",
            &[Bar {
                label: "a",
                value: 0.0,
                text: "0",
                href: None,
            }],
            0.0,
        )
        .into_string();
        assert!(zero.contains(r#"width="0.0%""#), "{zero}");
    }

    #[test]
    fn a_line_is_also_a_table() {
        let out = line(
            Lang::Zh,
            "结案率",
            &[
                Point {
                    label: "9月",
                    value: 0.9,
                    text: "90%",
                },
                Point {
                    label: "10月",
                    value: 0.95,
                    text: "95%",
                },
            ],
            Some((0.98, "目标 98%")),
        )
        .into_string();
        assert!(
            out.contains("<td>10月</td><td class=\"figure\">95%</td>"),
            "{out}"
        );
        assert!(out.contains("目标 98%"), "{out}");
    }
}
