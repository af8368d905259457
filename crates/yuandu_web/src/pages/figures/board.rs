//! The board: lamps first, then stages, indicators, units and classes; a map beside them.

use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_insight::Board;
use yuandu_process::CaseFilter;

use super::asked::{Asked, PERIODS};
use super::kept::Picture;
use super::names::Names;
use super::show::Labels;
use super::{said, tables};
use yuandu_design::components::chart::{Bar, bars};
use yuandu_design::components::dashboard::{Figure, Part, beside, figure, figures};
use yuandu_design::components::field::Opt;
use yuandu_design::components::map::{Layer, MapConfig, Mode, map};
use yuandu_design::components::navigation::number;
use yuandu_design::components::status::{Lamp, lamp};

/// What the board is made from.
pub(super) struct View<'a> {
    pub(super) app: &'a App,
    pub(super) board: &'a Board,
    pub(super) picture: &'a Picture,
    pub(super) names: &'a Names,
    pub(super) labels: &'a Labels,
    pub(super) asked: &'a Asked,
    pub(super) system: &'a str,
    /// Whether numbers lead to their cases.
    pub(super) opens: bool,
}

impl View<'_> {
    pub(super) fn lang(&self) -> Lang {
        self.names.lang
    }

    /// A way to cases, where the reader may go it; of this system alone, as the figures are.
    pub(super) fn open(&self, href: String) -> Option<String> {
        let own = if self.app.boards.len() > 1 {
            format!("&system={}", self.system)
        } else {
            String::new()
        };
        self.opens.then(|| href + &own)
    }

    /// The open cases that are asked for.
    fn open_cases(&self, more: &[(&str, &str)]) -> Option<String> {
        self.open(self.asked.open_cases(more))
    }
}

/// The page's body; `path` is where the filters lead.
pub(super) fn body(view: &View<'_>, path: &str) -> Markup {
    let lang = view.lang();
    let left = html! {
        (lamps(view))
        section aria-labelledby="indicators" {
            h2 id="indicators" class="part-head" { (lang.pick("评价指标", "Indicators")) }
            (cards(view))
            p class="hint" { (said::comparison(lang, view.app, view.picture.period)) }
        }
    };
    let right = html! {
        (city_map(view))
        (stages(view))
        (classes(view))
    };
    html! {
        div class="page-head" {
            h1 { (lang.pick("城市管理指标", "City care in figures")) }
            @if view.opens {
                p { a href=(view.asked.address("/work/figures", &[("wall", "1")])) { (lang.pick("大屏", "Wall screen")) } }
            }
        }
        (filters(view, path))
        p class="hint measured" { (said::source(lang, view.app, view.picture)) }
        @if let Some(said) = said::left_out(lang, view.picture) { p class="hint measured" { strong { (said) } } }
        (beside(&left, &right))
        (tables::all(view))
    }
}

fn filters(view: &View<'_>, path: &str) -> Markup {
    let (lang, asked) = (view.lang(), view.asked);
    let names = view.names;
    let current = if !asked.from.is_empty() {
        ""
    } else if asked.days.is_empty() {
        "30"
    } else {
        asked.days.as_str()
    };
    html! {
        nav class="periods" aria-label=(lang.pick("统计时段", "Period")) {
            @for days in PERIODS {
                @let href = asked.address(path, &[("days", days), ("from", ""), ("to", "")]);
                a href=(href) aria-current=[(days == current).then_some("page")] {
                    @match lang { Lang::Zh => { "近 " (days) " 天" } Lang::En => { "Last " (days) " days" } }
                }
            }
        }
        form class="filters" method="get" action=(path) {
            (date("from", lang.pick("上报自", "Reported from"), &asked.from))
            (date("to", lang.pick("上报至", "Reported to"), &asked.to))
            @if view.opens { (choice(lang, "org", lang.pick("承办单位", "Unit"), &names.org_options(), &asked.org)) }
            (choice(lang, "division", lang.pick("县市区", "District"), &names.division_options(), &asked.division))
            (choice(lang, "class", lang.pick("大类", "Class"), &names.class_options(), &asked.class))
            @if asked.from.is_empty() && !asked.days.is_empty() { input type="hidden" name="days" value=(asked.days); }
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("筛选", "Filter")) }
                @if asked.is_narrowed() || !asked.from.is_empty() || !asked.to.is_empty() {
                    a href=(path) { (lang.pick("看全市", "Whole city")) }
                }
            }
        }
    }
}

fn date(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div class="filter" {
            label for={ "filter-" (name) } { (label) }
            input type="date" id={ "filter-" (name) } name=(name) value=(value) data-on[!value.is_empty()];
        }
    }
}

pub(in crate::pages) fn choice(
    lang: Lang,
    name: &str,
    label: &str,
    known: &[(String, String)],
    value: &str,
) -> Markup {
    let options: Vec<Opt<'_>> = known
        .iter()
        .map(|(value, label)| Opt::new(value, label))
        .collect();
    html! {
        @if !options.is_empty() {
            div class="filter" {
                label for={ "filter-" (name) } { (label) }
                select id={ "filter-" (name) } name=(name) data-on[!value.is_empty()] {
                    option value="" { (lang.pick("全部", "All")) }
                    @for option in &options { option value=(option.value) selected[option.value == value] { (option.label) } }
                }
            }
        }
    }
}

/// Lamps of the open cases, and how many cases came in.
pub(super) fn lamps(view: &View<'_>) -> Markup {
    let (lang, picture) = (view.lang(), view.picture);
    let counts = picture.lamps();
    let lamps = [
        (Lamp::Red, counts[2]),
        (Lamp::Yellow, counts[1]),
        (Lamp::Green, counts[0]),
    ];
    let cases = number(picture.total.cases);
    let opened = view.open(view.asked.opened_cases(picture.period.days_of(), &[]));
    let before = view.open(
        view.asked
            .opened_cases(picture.period.days_before(view.app), &[]),
    );
    html! {
        section class="lamps" aria-labelledby="lamps" {
            h2 id="lamps" class="part-head" { (lang.pick("在办案卷的灯", "Lamps of the open cases")) }
            ul {
                @for (colour, count) in lamps {
                    li data-lamp=(colour.as_str()) {
                        (lamp(lang, colour))
                        (opening(view.open_cases(&[("lamp", colour.as_str())]).as_deref(), &number(count)))
                    }
                }
                li {
                    span { (lang.pick("本期上报", "Reported")) }
                    (opening(opened.as_deref(), &cases))
                    span class="hint" { (tables::linked(before.as_deref(), &said::counted(lang, picture.total.cases, picture.before.cases))) }
                }
            }
        }
    }
}

/// A large number, a link where its cases may be seen.
fn opening(href: Option<&str>, value: &str) -> Markup {
    html! {
        strong class="lamp-count" { @match href { Some(href) => { a href=(href) { (value) } } None => { (value) } } }
    }
}

/// The cards of all indicators.
pub(super) fn cards(view: &View<'_>) -> Markup {
    let (lang, picture) = (view.lang(), view.picture);
    let rows = view
        .board
        .indicators()
        .zip(&picture.total.figures)
        .zip(&picture.before.figures);
    let cards: Vec<Markup> = rows
        .map(|((def, now), before)| {
            let page = format!("/work/figures/{}", def.id);
            let to = |part: &str| {
                view.open(
                    view.asked
                        .address(&page, &[("part", part), ("wall", ""), ("after", "")]),
                )
            };
            let (whole, upper, lower) = (to(""), to("numerator"), to("denominator"));
            let (numerator, denominator) = (number(now.numerator), number(now.denominator));
            let parts = [
                Part {
                    label: lang.pick("分子", "Counted"),
                    value: &numerator,
                    href: upper.as_deref(),
                },
                Part {
                    label: lang.pick("分母", "of"),
                    value: &denominator,
                    href: lower.as_deref(),
                },
            ];
            let (value, compared) = (said::share(now), said::compared(lang, def, now, before));
            figure(
                lang,
                &Figure {
                    label: def.title.get(lang),
                    value: &value,
                    unit: if now.denominator == 0 { "" } else { &def.unit },
                    definition: def.definition.get(lang),
                    formula: &def.formula,
                    parts: &parts,
                    source: &def.source,
                    updated: "",
                    href: whole.as_deref(),
                    compared: Some(&compared),
                    target: None,
                    standing: None,
                },
            )
        })
        .collect();
    figures(&cards)
}

/// Open cases by stage, in the order of the process.
pub(super) fn stages(view: &View<'_>) -> Markup {
    let lang = view.lang();
    let Ok(kind) = view.app.engine.kind(view.system) else {
        return html! {};
    };
    let counted: Vec<(String, u64, String, Option<String>)> = kind
        .declared
        .stages
        .iter()
        .filter_map(|stage| {
            let count = view
                .picture
                .stages
                .iter()
                .find(|count| count.stage == stage.id)?;
            let all = (count.green + count.yellow + count.red).unsigned_abs();
            let text = match (count.red, lang) {
                (0, _) => number(all),
                (red, Lang::Zh) => format!("{}，超期 {red}", number(all)),
                (red, Lang::En) => format!("{}, {red} overdue", number(all)),
            };
            let href = view.open_cases(&[("stage", &stage.id)]);
            Some((stage.title.get(lang).to_owned(), all, text, href))
        })
        .collect();
    drawn(lang.pick("在办案卷按环节", "Open cases by stage"), &counted)
}

/// Cases reported in the period by class.
pub(super) fn classes(view: &View<'_>) -> Markup {
    let counted: Vec<(String, u64, String, Option<String>)> = view
        .picture
        .by_class
        .iter()
        .take(8)
        .map(|group| {
            let code = group.keys.first().map_or("", String::as_str);
            let class = if code.is_empty() {
                CaseFilter::NONE
            } else {
                code
            };
            let period = view.picture.period.days_of();
            let href = view.open(view.asked.opened_cases(period, &[("class", class)]));
            let name = view.names.class(code).to_owned();
            (name, group.cases, number(group.cases), href)
        })
        .collect();
    drawn(
        view.lang().pick("本期上报按大类", "Reported by class"),
        &counted,
    )
}

fn drawn(caption: &str, counted: &[(String, u64, String, Option<String>)]) -> Markup {
    let rows: Vec<Bar<'_>> = counted
        .iter()
        .map(|(label, count, text, href)| Bar {
            label,
            #[expect(
                clippy::cast_precision_loss,
                reason = "counts of cases are far below 2^52"
            )]
            value: *count as f64,
            text,
            href: href.as_deref(),
        })
        .collect();
    html! { @if !rows.is_empty() { (bars(caption, &rows, 0.0)) } }
}

/// The map of open cases beside the figures.
pub(super) fn city_map(view: &View<'_>) -> Markup {
    let lang = view.lang();
    let config = MapConfig {
        mode: Mode::Browse,
        layers: &[Layer::Divisions, Layer::Cases],
        link: Some(if view.opens {
            "/work/cases/{id}"
        } else {
            "/track/{number}"
        }),
        names: view.labels,
        zoom: 11.0,
        ..MapConfig::default()
    };
    map(
        lang,
        lang.pick("在办案卷地图", "Map of the open cases"),
        &config,
    )
}
