//! Figures, charts and maps.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::chart::{Bar, Point, bars, line};
use crate::components::dashboard::{Figure, Part, Standing, beside, figure, figures as row};
use crate::components::map::{Layer, MapConfig, Mode, browse, map};

const PARTS_ZH: [Part<'static>; 2] = [
    Part {
        label: "分子",
        value: "412",
        href: Some("/work/figures/handled?part=numerator"),
    },
    Part {
        label: "分母",
        value: "428",
        href: Some("/work/figures/handled?part=denominator"),
    },
];
const PARTS_EN: [Part<'static>; 2] = [
    Part {
        label: "In time",
        value: "412",
        href: Some("/work/figures/handled?part=numerator"),
    },
    Part {
        label: "Due",
        value: "428",
        href: Some("/work/figures/handled?part=denominator"),
    },
];

/// A dashboard without its map, and the charts.
#[must_use]
pub fn figures(lang: Lang) -> Markup {
    let cards = [
        figure(
            lang,
            &sample(
                lang,
                lang.pick("按期处置率", "Handled in time"),
                "96.3",
                "%",
                Some(Standing::Met),
            ),
        ),
        figure(
            lang,
            &sample(
                lang,
                lang.pick("结案率", "Closed"),
                "91.0",
                "%",
                Some(Standing::Near),
            ),
        ),
        figure(
            lang,
            &sample(
                lang,
                lang.pick("超期未结", "Overdue and open"),
                "17",
                lang.pick("件", " cases"),
                Some(Standing::Missed),
            ),
        ),
        figure(
            lang,
            &sample(
                lang,
                lang.pick("今日上报", "Reported today"),
                "128",
                lang.pick("件", " cases"),
                None,
            ),
        ),
    ];
    let charts = html! {
        (bars(lang.pick("各处置单位的在办案卷", "Open cases by handling unit"), &[
            Bar { label: lang.pick("市政公用中心", "Municipal Utilities Centre"), value: 86.0, text: "86", href: Some("/work?org=1") },
            Bar { label: lang.pick("奎文区环卫中心", "Kuiwen Sanitation Centre"), value: 54.0, text: "54", href: Some("/work?org=2") },
            Bar { label: lang.pick("潍城区执法大队", "Weicheng Enforcement"), value: 12.0, text: "12", href: Some("/work?org=3") },
        ], 0.0))
        (line(lang, lang.pick("按期处置率，近 6 个月", "Handled in time, last 6 months"), &[
            Point { label: lang.pick("6 月", "Jun"), value: 0.91, text: "91.0%" },
            Point { label: lang.pick("7 月", "Jul"), value: 0.93, text: "93.2%" },
            Point { label: lang.pick("8 月", "Aug"), value: 0.89, text: "89.4%" },
            Point { label: lang.pick("9 月", "Sep"), value: 0.94, text: "94.1%" },
            Point { label: lang.pick("10 月", "Oct"), value: 0.95, text: "95.0%" },
            Point { label: lang.pick("11 月", "Nov"), value: 0.963, text: "96.3%" },
        ], Some((0.95, lang.pick("目标 95%", "Target 95%")))))
    };
    html! {
        h1 { (lang.pick("城市管理运行", "City management today")) }
        (beside(&row(&cards), &charts))
    }
}

fn sample<'a>(
    lang: Lang,
    label: &'a str,
    value: &'a str,
    unit: &'a str,
    standing: Option<Standing>,
) -> Figure<'a> {
    Figure {
        label,
        value,
        unit,
        definition: lang.pick(
            "按时处置数除以应处置数，按处置时限届满日统计。",
            "Cases handled in time divided by cases due, by the day the limit ends.",
        ),
        formula: lang.pick("按时处置数/应处置数", "handled in time / due"),
        parts: match lang {
            Lang::Zh => &PARTS_ZH,
            Lang::En => &PARTS_EN,
        },
        source: lang.pick(
            "案卷库（日志第 48,213 条为止）",
            "case register, up to log entry 48,213",
        ),
        updated: lang.pick("今天 10:05", "today 10:05"),
        href: Some("/work?view=due"),
        compared: Some(lang.pick("比上月高 1.3 个百分点", "1.3 points above last month")),
        target: standing.map(|_| lang.pick("目标 95%", "target 95%")),
        standing,
    }
}

/// The map in its three modes.
#[must_use]
pub fn maps(lang: Lang) -> Markup {
    let names = [
        (119.10, 36.71, lang.pick("奎文区", "Kuiwen").to_owned()),
        (119.02, 36.73, lang.pick("潍城区", "Weicheng").to_owned()),
        (119.17, 36.65, lang.pick("坊子区", "Fangzi").to_owned()),
    ];
    let look = MapConfig {
        mode: Mode::Browse,
        layers: &[
            Layer::Divisions,
            Layer::Grids,
            Layer::Components,
            Layer::Cases,
        ],
        link: Some("/work/cases/{id}"),
        names: &names,
        ..MapConfig::default()
    };
    let one = MapConfig {
        mode: Mode::Show,
        mark: Some((119.11, 36.70)),
        lon: 119.11,
        lat: 36.70,
        zoom: 14.0,
        names: &names,
        ..MapConfig::default()
    };
    html! {
        h1 { (lang.pick("地图", "Maps")) }
        (browse(lang, lang.pick("案卷地图", "Map of cases"), &look, &html! { p class="hint" { (lang.pick("移动地图，这里列出视野内的案卷。", "Move the map; cases in view are listed here.")) } }))
        (map(lang, lang.pick("案卷位置", "Place of the case"), &one))
    }
}
