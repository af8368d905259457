//! Every component on one page, in both languages, for review and for browser tests.
//!
//! Mounted at `/styleguide` in development only. The texts are samples; nothing here reads a store.

mod samples;

use axum::Router;
use axum::extract::Query;
use axum::http::HeaderMap;
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_base::Lang;

use crate::preferences::Preferences;
use crate::shell::{Audience, Page, UserBadge, render};

/// `GET /styleguide?part=form|work|figures|map|outcome&audience=officer&empty=1`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/styleguide", get(show))
}

/// Which part, and for whom it is drawn.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Choice {
    /// Part of the guide; all of the residents' parts when missing.
    #[serde(default)]
    pub part: String,
    /// `officer` for the dense look.
    #[serde(default)]
    pub audience: String,
    /// Query of tabs and sort links, ignored.
    #[serde(default)]
    pub tab: String,
}

async fn show(headers: HeaderMap, Query(choice): Query<Choice>) -> Markup {
    page(Preferences::of(&headers), &choice)
}

/// One part of the guide as a whole page.
#[must_use]
pub fn page(looks: Preferences, choice: &Choice) -> Markup {
    let lang = looks.lang;
    let officer = choice.audience == "officer" || choice.part == "work";
    let audience = if officer {
        Audience::Officer
    } else {
        Audience::Resident
    };
    let path = format!(
        "/styleguide?part={}&audience={}",
        choice.part, choice.audience
    );
    let title = lang.pick("组件样例", "Style guide");
    let mut frame = Page::new(looks, audience, title, &path);
    if officer {
        let badge = UserBadge {
            name: lang.pick("王立新", "Wang Lixin"),
            post: lang.pick(
                "坐席员 · 市城管中心",
                "Seat officer, City Management Centre",
            ),
        };
        frame = frame.user(badge, "sample");
    }
    let body = match choice.part.as_str() {
        "form" => {
            frame = frame.map();
            samples::form(lang)
        }
        "work" => samples::work(lang),
        "figures" => samples::figures(lang),
        "map" => {
            frame = frame.map();
            samples::maps(lang)
        }
        "outcome" => samples::outcomes(lang),
        "track" => samples::track(lang),
        _ => index(lang),
    };
    render(&frame, &body)
}

fn index(lang: Lang) -> Markup {
    let parts = [
        ("form", lang.pick("表单", "Forms")),
        (
            "track",
            lang.pick("进度与小件", "Track page and small parts"),
        ),
        ("work", lang.pick("工作台", "Workbench")),
        ("figures", lang.pick("指标与图表", "Figures and charts")),
        ("map", lang.pick("地图", "Maps")),
        ("outcome", lang.pick("出错与空页", "Errors and empty pages")),
    ];
    html! {
        h1 { (lang.pick("组件样例", "Style guide")) }
        ul class="links" { @for (part, name) in parts { li { a href={ "/styleguide?part=" (part) } { (name) } } } }
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, page};
    use crate::preferences::Preferences;
    use yuandu_base::Lang;

    const PARTS: [&str; 7] = ["", "form", "track", "work", "figures", "map", "outcome"];

    fn shown(part: &str, lang: Lang) -> String {
        let looks = Preferences {
            lang,
            ..Preferences::default()
        };
        let choice = Choice {
            part: part.to_owned(),
            ..Choice::default()
        };
        page(looks, &choice).into_string()
    }

    #[test]
    fn no_component_writes_inline_style_or_script() {
        for part in PARTS {
            let out = shown(part, Lang::Zh);
            for forbidden in [
                " style=",
                "<style",
                "<script>",
                " onclick=",
                " onsubmit=",
                "javascript:",
            ] {
                assert!(!out.contains(forbidden), "{part} has {forbidden}");
            }
        }
    }

    #[test]
    fn english_pages_carry_no_chinese_but_the_language_switch() {
        for part in PARTS {
            let out = shown(part, Lang::En).replace(">中文<", "><");
            let left: String = out
                .chars()
                .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
                .collect();
            assert!(left.is_empty(), "{part}: {left}");
        }
    }

    #[test]
    fn every_id_on_a_page_is_used_once() {
        for part in PARTS {
            let out = shown(part, Lang::Zh);
            let mut ids: Vec<&str> = out
                .split(" id=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), all, "{part} repeats an id");
        }
    }
}
