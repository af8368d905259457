//! The track page, small parts, errors and empty pages.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::button::{self, Weight};
use crate::components::list::{facts, links};
use crate::components::navigation::{Link, breadcrumb};
use crate::components::notice::{Tone, empty, notice, receipt};
use crate::components::outcome::{self, Outcome};
use crate::components::photo::{Photo, compare, gallery};
use crate::components::status::{Due, Lamp, code, due, lamp, tag, tag_wrong, why};
use crate::components::timeline::{Step, StepState, timeline};

/// Derivation of a due time, as the calendar writes it.
fn derivation(lang: Lang) -> &'static str {
    lang.pick(
        "10 月 9 日 10:20 派遣，当天不计。\n10 月 10 日（周六，调休上班）为第 1 个工作日。\n10 月 12 日为第 2 个工作日，至 17:00 届满。",
        "Dispatched on 9 October 10:20; that day is not counted.\n10 October (Saturday, a make-up working day) is the first working day.\n12 October is the second; it ends at 17:00.",
    )
}

/// A resident's track page.
#[must_use]
pub fn track(lang: Lang) -> Markup {
    html! {
        (breadcrumb(lang, &[Link { label: lang.pick("首页", "Home"), href: "/" }, Link { label: lang.pick("查进度", "Track"), href: "/track" }], "370705-2026-001234"))
        h1 { (lang.pick("路灯不亮，胜利东街潍州路口", "Street light out, Shengli East Street at Weizhou Road")) }
        p { (lang.pick("编号 ", "Number ")) (code("370705-2026-001234")) }
        (due(lang, &Due { lamp: Lamp::Yellow, rest: lang.pick("还剩 2 个工作日", "2 working days left"), instant: lang.pick("2026 年 10 月 12 日 17:00", "12 October 2026, 17:00"), derivation: derivation(lang) }))
        (steps(lang))
        h2 { (lang.pick("处置前后", "Before and after")) }
        (pictures(lang))
        h2 { (lang.pick("这件事的资料", "Facts")) }
        (facts(&[
            (lang.pick("类别", "Category"), html! { (lang.pick("市政公用设施 / 路灯", "Municipal utilities / street light")) }),
            (lang.pick("地址", "Place"), html! { (lang.pick("奎文区胜利东街潍州路口东北角", "North-east corner of Shengli East Street and Weizhou Road, Kuiwen")) }),
            (lang.pick("单元网格", "Unit grid"), code("370705001002003")),
        ]))
        (small(lang))
    }
}

fn steps(lang: Lang) -> Markup {
    let step = |state, title, when, who, detail| Step {
        state,
        title,
        when,
        who,
        detail,
    };
    timeline(
        lang,
        &[
            step(
                StepState::Next,
                lang.pick(
                    "采集员到现场核查，通过后结案",
                    "A collector checks on the spot; then the case is closed",
                ),
                lang.pick(
                    "处置完成后 4 个工作小时内",
                    "Within 4 working hours of the repair",
                ),
                "",
                html! {},
            ),
            step(
                StepState::Now,
                lang.pick(
                    "市政公用中心正在处置",
                    "The Municipal Utilities Centre is repairing it",
                ),
                lang.pick("应在 10 月 12 日 17:00 前完成", "Due 12 October, 17:00"),
                lang.pick(
                    "市政公用中心 照明科",
                    "Lighting section, Municipal Utilities Centre",
                ),
                why(lang, derivation(lang)),
            ),
            step(
                StepState::Done,
                lang.pick("已立案并派遣", "Accepted and dispatched"),
                lang.pick("10 月 9 日 10:20", "9 October, 10:20"),
                lang.pick("城管中心 坐席员", "Seat officer, City Management Centre"),
                html! {},
            ),
            step(
                StepState::Done,
                lang.pick("您上报了这个问题", "You reported it"),
                lang.pick("10 月 9 日 09:58", "9 October, 09:58"),
                "",
                html! {},
            ),
        ],
    )
}

fn pictures(lang: Lang) -> Markup {
    let before = Photo {
        src: "/assets/icon.svg",
        thumb: "/assets/icon.svg",
        alt: lang.pick("灯杆上的路灯没有亮", "A street light that is out"),
        caption: lang.pick("10 月 9 日 09:58，上报人", "9 October 09:58, reporter"),
    };
    let after = Photo {
        src: "/assets/icon.svg",
        thumb: "/assets/icon.svg",
        alt: lang.pick("路灯已亮", "The street light is lit"),
        caption: lang.pick(
            "10 月 10 日 19:40，照明科",
            "10 October 19:40, lighting section",
        ),
    };
    html! {
        (compare(lang, &before, &after))
        (gallery(lang, &[before, after]))
    }
}

fn small(lang: Lang) -> Markup {
    let tones = [
        (
            Tone::Plain,
            lang.pick(
                "今天 22:00 起系统维护约 10 分钟",
                "Maintenance from 22:00, about 10 minutes",
            ),
        ),
        (
            Tone::Done,
            lang.pick(
                "已派遣至市政公用中心",
                "Dispatched to the Municipal Utilities Centre",
            ),
        ),
        (
            Tone::Care,
            lang.pick("还有 3 件今天到期", "3 matters are due today"),
        ),
        (
            Tone::Wrong,
            lang.pick(
                "照片没有收到，请再发一次",
                "The photo did not arrive; please send it again",
            ),
        ),
    ];
    html! {
        h2 { (lang.pick("小件", "Small parts")) }
        p { @for state in [Lamp::Green, Lamp::Yellow, Lamp::Red, Lamp::Off] { (lamp(lang, state)) "　" } }
        p { (tag(lang.pick("处置中", "Being handled"))) " " (tag_wrong(lang.pick("黄牌", "Yellow card"))) }
        @for (tone, words) in tones { (notice(tone, words, &html! {})) }
        (receipt(lang.pick("已收到您的上报", "We have your report"), lang.pick("编号", "Number"), "370705-2026-001235", &html! {
            p { (lang.pick("坐席员会在 1 个工作小时内看，最迟今天 17:00。", "A seat officer looks at it within one working hour, today 17:00 at the latest.")) }
            (button::row(&[button::link(lang.pick("看进度", "Follow it"), "/track", Weight::Primary)]))
        }))
        (links(&[
            (lang.pick("上报一个问题", "Report a problem"), "/report", lang.pick("井盖、路灯、垃圾、占道，拍张照片就行。", "Covers, lights, litter, blocked pavements: a photo is enough.")),
            (lang.pick("查进度", "Track"), "/track", lang.pick("凭编号看办到哪一步。", "See where a matter stands by its number.")),
        ]))
    }
}

/// Every refusal, and an empty list.
#[must_use]
pub fn outcomes(lang: Lang) -> Markup {
    let reason = lang.pick(
        "这件已派给市政公用中心，您的岗位是环卫中心。",
        "The case is with the Municipal Utilities Centre; your post is at the Sanitation Centre.",
    );
    let start = button::link(
        lang.pick("上报一个问题", "Report a problem"),
        "/report",
        Weight::Primary,
    );
    html! {
        @for status in [403_u16, 404, 409, 413, 422, 429, 500, 503] {
            @let exact = Outcome { code: None, status, reason: (status == 403).then_some(reason), trace: (status == 500).then_some("7f3a-91c2"), way_on: None };
            section aria-label=(status) { (outcome::page(lang, &exact)) }
        }
        (empty(
            lang.pick("还没有您上报的问题", "You have not reported anything yet"),
            lang.pick("您上报之后，编号和进度会出现在这里。", "After you report something, its number and progress appear here."),
            Some(&start),
        ))
    }
}
