//! The officers' inbox with an open matter.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::button::{self, Weight};
use crate::components::field::Opt;
use crate::components::list::{Facet, Filter, Filters, facets, facts, filters};
use crate::components::matter::{Event, Head, Inbox, head, history, inbox};
use crate::components::navigation::{Pager, Tab, Total, View, tabs, views};
use crate::components::notice::empty;
use crate::components::status::{Due, Lamp, lamp, tag_wrong};
use crate::components::table::{Column, Row, Table, bulk_bar, column_choice, list_bar, table};

/// The inbox.
#[must_use]
pub fn work(lang: Lang) -> Markup {
    html! {
        h1 class="sr" { (lang.pick("收件箱", "Inbox")) }
        (inbox(lang, &Inbox { views: saved(lang), list: list(lang), matter: Some(matter(lang)), back: "/styleguide?part=work" }))
    }
}

fn saved(lang: Lang) -> Markup {
    let view = |label, count, late, current| View {
        label,
        href: "/styleguide?part=work",
        count: Some(count),
        late,
        current,
    };
    views(
        lang,
        &[
            view(lang.pick("待我办", "For me"), 14, true, true),
            view(lang.pick("待受理", "To accept"), 6, false, false),
            view(lang.pick("待派遣", "To dispatch"), 3, false, false),
            view(lang.pick("今天到期", "Due today"), 5, false, false),
            view(lang.pick("我经手的", "Handled by me"), 1204, false, false),
        ],
    )
}

fn list(lang: Lang) -> Markup {
    let columns = [
        Column::new("lamp", lang.pick("灯", "Lamp")).sortable(),
        Column::new("title", lang.pick("标题", "Title")).link(),
        Column::new("due", lang.pick("时限", "Due")).sortable(),
        Column::new("stage", lang.pick("环节", "Stage")).wide(),
        Column::new("number", lang.pick("编号", "Number"))
            .sortable()
            .wide(),
        Column::new("place", lang.pick("地点", "Place")).wide(),
    ];
    let rows = rows(lang);
    let stages = [
        Opt::new("handle", lang.pick("处置", "Handling")),
        Opt::new("verify", lang.pick("核查", "Verifying")),
    ];
    let stage = Filter {
        name: "stage",
        label: lang.pick("环节", "Stage"),
        options: &stages,
        value: "handle",
    };
    let rest = Table {
        caption: lang.pick(
            "待我办的案卷，最急的在前",
            "Matters for me, most urgent first",
        ),
        columns: &columns,
        rows: &rows,
        sort: "due",
        base: "/styleguide?part=work",
        select: Some("case"),
        empty: empty(
            lang.pick("没有待办的案卷", "Nothing waits for you"),
            lang.pick(
                "派给您岗位的案卷会出现在这里。",
                "Matters dispatched to your post appear here.",
            ),
            None,
        ),
        pane: Some("matter"),
        pager: Some(Pager {
            shown: rows.len(),
            total: Total::About(1_000_000),
            first: None,
            next: Some("/styleguide?part=work&tab=2"),
        }),
    };
    html! {
        (filters(lang, &Filters { action: "/styleguide", search: Some(""), filters: &[stage], keep: &[("part", "work")] }))
        form method="post" action="/work/bulk" {
            (list_bar(&bulk_bar(lang, &[button::submit_as(lang.pick("转办", "Reassign"), "do", "reassign", Weight::Plain)]), &column_choice(lang, "inbox", &columns)))
            (table(lang, &rest))
        }
    }
}

fn rows(lang: Lang) -> Vec<Row> {
    let data = [
        (
            Lamp::Red,
            "人民路与胜利街路口污水井盖破损",
            "Broken sewer cover, Renmin Road at Shengli Street",
            "超 3 小时",
            "3 h late",
        ),
        (
            Lamp::Yellow,
            "潍州路 118 号门前路灯不亮",
            "Street light out at 118 Weizhou Road",
            "还剩 40 分钟",
            "40 min left",
        ),
        (
            Lamp::Green,
            "东风东街人行道地砖松动",
            "Loose paving, Dongfeng East Street",
            "还剩 2 个工作日",
            "2 working days",
        ),
        (
            Lamp::Green,
            "白浪河湿地公园北门垃圾满溢",
            "Overflowing bins, north gate of Bailang River park",
            "还剩 3 个工作日",
            "3 working days",
        ),
        (
            Lamp::Off,
            "四平路变电箱围栏倾斜",
            "Leaning fence at a substation, Siping Road",
            "停表：等权属确认",
            "Stopped: owner unclear",
        ),
    ];
    data.iter()
        .enumerate()
        .map(|(index, (state, zh, en, due_zh, due_en))| {
            Row::new(
                format!("c{index}"),
                "/styleguide?part=work",
                vec![
                    lamp(lang, *state),
                    html! { (lang.pick(zh, en)) },
                    html! { (lang.pick(due_zh, due_en)) },
                    html! { (lang.pick("处置", "Handling")) },
                    html! { code { "370705-2026-00123" (index) } },
                    html! { (lang.pick("奎文区 东关街道", "Dongguan, Kuiwen")) },
                ],
            )
            .current(index == 0)
            .place(
                119.1 + 0.01 * f64::from(u8::try_from(index).unwrap_or(0)),
                36.7,
            )
        })
        .collect()
}

fn matter(lang: Lang) -> Markup {
    let clock = Due {
        lamp: Lamp::Red,
        rest: lang.pick("已超 3 小时", "3 hours late"),
        instant: lang.pick("11 月 20 日 17:00", "20 November, 17:00"),
        derivation: lang.pick("11 月 19 日 09:00 派遣，时限 1 个工作日。\n派遣当天不计，11 月 20 日 17:00 届满。", "Dispatched 19 November 09:00, limit one working day.\nThe day of dispatch is not counted; it ends 20 November 17:00."),
    };
    let tab = |key, label, count| Tab { key, label, count };
    html! {
        (head(lang, &Head {
            title: lang.pick("人民路与胜利街路口污水井盖破损", "Broken sewer cover, Renmin Road at Shengli Street"),
            number: "370705-2026-001230",
            stage: lang.pick("处置中", "Being handled"),
            due: Some(clock),
            holder: lang.pick("市政公用中心 井盖维护岗（刘志强）", "Covers desk, Municipal Utilities Centre (Liu Zhiqiang)"),
            marks: vec![tag_wrong(lang.pick("黄牌", "Yellow card"))],
            actions: vec![
                button::submit(lang.pick("处置完成", "Repaired"), Weight::Primary),
                button::submit(lang.pick("申请延期", "Ask for more time"), Weight::Plain),
                button::refused(lang.pick("退回", "Send back"), lang.pick("签收超过 2 小时，不能再退回。", "Signed for more than 2 hours ago; it can no longer be sent back.")),
            ],
        }))
        (tabs(lang, "/styleguide?part=work", &[
            tab("form", lang.pick("资料", "Facts"), None),
            tab("history", lang.pick("意见与经过", "History"), Some(4)),
            tab("documents", lang.pick("附件", "Documents"), Some(2)),
            tab("map", lang.pick("地图", "Map"), None),
            tab("proof", lang.pick("日志证明", "Log proof"), None),
        ], "history"))
        (history(lang, &[
            Event { what: lang.pick("签收", "Signed for"), who: lang.pick("井盖维护岗 刘志强", "Covers desk, Liu Zhiqiang"), when: "11-19 09:12", used: lang.pick("用时 12 分钟", "took 12 minutes"), words: "", proof: Some((48213, "/log/48213")) },
            Event { what: lang.pick("派遣", "Dispatched"), who: lang.pick("派遣员 王立新", "Dispatcher, Wang Lixin"), when: "11-19 09:00", used: lang.pick("用时 20 分钟", "took 20 minutes"), words: lang.pick("井盖缺角，车行道上，请先设围挡。", "A corner is missing, on the carriageway; fence it off first."), proof: Some((48190, "/log/48190")) },
        ]))
        (facts(&[(lang.pick("类别", "Category"), html! { (lang.pick("污水井盖", "Sewer cover")) }), (lang.pick("来源", "Channel"), html! { (lang.pick("居民上报", "Resident")) })]))
        (facets(&[Facet { label: lang.pick("同网格的其他案卷", "Others in this grid"), values: &[(lang.pick("处置中", "Handling"), "/work", 4, false), (lang.pick("已结案", "Closed"), "/work", 1311, true)] }]))
    }
}
