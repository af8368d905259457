//! Units, classes and districts side by side. Units may be compared; persons never are, so no table is by person.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_insight::{Group, IndicatorDef};
use yuandu_process::CaseFilter;

use super::board::View;
use super::said;
use yuandu_design::components::navigation::number;

/// Indicators a table has room for; the others are one click away.
const COLUMNS: usize = 6;

/// What a table is by: parameter of the address and how its values are called.
struct Kind {
    parameter: &'static str,
    caption: &'static str,
    head: &'static str,
}

/// The three tables.
pub(super) fn all(view: &View<'_>) -> Markup {
    let lang = view.lang();
    let orgs = Kind {
        parameter: "org",
        caption: lang.pick("按承办单位", "By unit"),
        head: lang.pick("承办单位", "Unit"),
    };
    let divisions = Kind {
        parameter: "division",
        caption: lang.pick("按县市区", "By district"),
        head: lang.pick("县市区", "District"),
    };
    let classes = Kind {
        parameter: "class",
        caption: lang.pick("按大类", "By class"),
        head: lang.pick("大类", "Class"),
    };
    let picture = view.picture;
    html! {
        section class="figure-tables" aria-labelledby="compared" {
            h2 id="compared" class="part-head" { (lang.pick("单位、区县、大类对照", "Units, districts and classes")) }
            p class="hint" { (lang.pick(
                "单位 %，按上报数排列。点数字看这些案卷，点名称只看这一项的全部指标。只比单位，不排个人。",
                "In %, ordered by cases reported. A number opens its cases, a name shows all its indicators. Units are compared, persons are not.",
            )) }
            @if picture.total.cases == 0 {
                p { (lang.pick("这段时间没有上报的案卷。换一个时段，或去掉筛选条件。", "No cases were reported in this period. Choose another period or drop a filter.")) }
            } @else {
                @if view.opens { (one(view, &orgs, &picture.by_org)) }
                (one(view, &divisions, &picture.by_division))
                (one(view, &classes, &picture.by_class))
            }
        }
    }
}

fn one(view: &View<'_>, kind: &Kind, groups: &[Group]) -> Markup {
    let lang = view.lang();
    let shown: Vec<&IndicatorDef> = view.board.indicators().take(COLUMNS).collect();
    html! {
        div class="table-frame" tabindex="0" role="region" aria-label=(kind.caption) {
            table class="table plain" {
                caption { (kind.caption) }
                thead { tr {
                    th scope="col" { (kind.head) }
                    th scope="col" class="figure" { (lang.pick("上报", "Reported")) }
                    @for def in &shown { th scope="col" class="figure" { (def.title.get(lang)) } }
                } }
                tbody { @for group in groups { (row(view, kind, group, &shown)) } }
            }
        }
    }
}

fn row(view: &View<'_>, kind: &Kind, group: &Group, shown: &[&IndicatorDef]) -> Markup {
    let (lang, asked) = (view.lang(), view.asked);
    let key = group.keys.first().map_or("", String::as_str);
    let name = match kind.parameter {
        "org" => view.names.org(key),
        "division" => view.names.division(key),
        _ => view.names.class(key),
    };
    let value = if key.is_empty() {
        CaseFilter::NONE
    } else {
        key
    };
    let only = asked.address(
        if view.opens {
            "/work/figures"
        } else {
            "/figures"
        },
        &[(kind.parameter, value)],
    );
    let period = view.picture.period.days_of();
    let cases = view.open(asked.opened_cases(period, &[(kind.parameter, value)]));
    html! {
        tr {
            th scope="row" { a href=(only) { (name) } }
            td class="figure" { (linked(cases.as_deref(), &number(group.cases))) }
            @for (def, figure) in shown.iter().zip(&group.figures) {
                @let href = view.opens.then(|| asked.address(&format!("/work/figures/{}", def.id), &[(kind.parameter, value), ("wall", ""), ("after", "")]));
                @let sum = match lang {
                    Lang::Zh => format!("{} 件中的 {} 件", figure.denominator, figure.numerator),
                    Lang::En => format!("{} of {}", figure.numerator, figure.denominator),
                };
                td class="figure" title=(sum) { (linked(href.as_deref().filter(|_| figure.denominator > 0), &said::share(figure))) }
            }
        }
    }
}

/// A text that leads where its reader may go.
pub(super) fn linked(href: Option<&str>, text: &str) -> Markup {
    html! { @match href { Some(href) => { a href=(href) { (text) } } None => { (text) } } }
}
