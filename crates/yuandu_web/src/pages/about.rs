//! Help, what this is and where its data come from, and how programs get at it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_store::Head;

use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::list;
use yuandu_design::shell::{Audience, render};

/// `/help`, `/about` and `/data`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/help", get(help))
        .route("/about", get(about))
        .route("/data", get(data))
}

async fn help(here: Here) -> Response {
    let lang = here.lang();
    let title = lang.pick("帮助", "Help");
    let body = html! {
        h1 { (title) }
        div class="prose" {
            (after_reporting(lang))
            (your_data(lang))
            h2 { (lang.pick("常见问题", "Questions")) }
            @for (question, answer) in questions(lang) {
                h3 { (question) }
                p { (answer) }
            }
        }
    };
    render(&here.page(Audience::Resident, title), &body).into_response()
}

fn after_reporting(lang: Lang) -> Markup {
    let steps = [
        (
            "核实：采集员到现场看一眼，拍照确认。",
            "Verify: a collector looks at the place and takes photos.",
        ),
        (
            "立案：坐席员决定是否立案。不立案会告诉您理由、应由谁负责。",
            "Accept: an officer opens a case. If not, you are told why and who is responsible.",
        ),
        (
            "派遣：确定处置单位。处置时限从这一刻起算。",
            "Dispatch: the unit is chosen. Its time begins here.",
        ),
        (
            "处置：处置单位签收并处理。确有困难可以申请延期，须经批准。",
            "Handle: the unit signs for it and fixes it. More time has to be asked for and approved.",
        ),
        (
            "核查：采集员回到现场核查，这段时间不算处置单位的。",
            "Check: a collector goes back to the place; this time is not the unit's.",
        ),
        (
            "结案：核查合格才结案；不合格退回返工。",
            "Close: only a good check closes the case; otherwise it goes back.",
        ),
    ];
    html! {
        h2 { (lang.pick("上报之后会发生什么", "What happens after a report")) }
        ol { @for (zh, en) in steps { li { (lang.pick(zh, en)) } } }
        p { (lang.pick("承诺时间按工作日历计算，查进度的页面写着每一步怎么算的。", "Promised times run on the working calendar; the track page says how each was computed.")) }
    }
}

fn your_data(lang: Lang) -> Markup {
    let points = [
        (
            "称呼和电话可以不填。填了只用于核实和回访，只有经办这件事的岗位能看到，每次查看都有记录。",
            "Name and phone may be left out. They serve questions and call-backs, only posts in charge of the matter see them, and each look is recorded.",
        ),
        (
            "照片会去掉拍摄地点和时间等隐藏信息；公开页面不展示您的照片和原话。",
            "Hidden place and time are removed from photos; public pages show neither your photos nor your words.",
        ),
        ("案卷保存 10 年。", "Cases are kept for ten years."),
    ];
    html! {
        h2 { (lang.pick("您的信息", "Your data")) }
        ul { @for (zh, en) in points { li { (lang.pick(zh, en)) } } }
    }
}

fn questions(lang: Lang) -> [(&'static str, &'static str); 4] {
    [
        (
            lang.pick("编号丢了怎么办？", "I lost the number"),
            lang.pick(
                "在“附近”里按地点找，列表上的每一件都能打开看进度。",
                "Look among the reports near the place; each in the list leads to its progress.",
            ),
        ),
        (
            lang.pick("不知道该归哪一类？", "Which kind is it?"),
            lang.pick(
                "用平常的话搜，选最接近的就行，坐席员会改准。",
                "Search in everyday words and take the nearest; an officer corrects it.",
            ),
        ),
        (
            lang.pick("报错了怎么办？", "I reported something wrong"),
            lang.pick(
                "不用做什么：采集员核实后，不属实的不会立案。",
                "Nothing: a collector looks first, and what is not so is not taken on.",
            ),
        ),
        (
            lang.pick("超过承诺时间还没办？", "It is past the promised time"),
            lang.pick(
                "系统会自动亮红灯、记红牌，领导和值班长都看得到。",
                "The case turns red by itself, a card is recorded, and the leaders see it.",
            ),
        ),
    ]
}

async fn about(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    let head = app.run(|app| Ok(app.store.log().head()?)).await?;
    let lang = here.lang();
    let title = lang.pick("关于", "About");
    let body = html! {
        h1 { (title) }
        div class="prose" {
            p { (lang.pick("鸢都是一个开放的城市数字政务平台，源代码以 Apache-2.0 许可公开。这里运行的是它的第一个系统：数字化城市管理。", "Yuandu is an open platform for a city's digital government; its source is public under Apache-2.0. What runs here is its first system: city care.")) }
            @if !app.demo_accounts.is_empty() {
                p { strong { (lang.pick("这是演示城市：区划、日历、类别编码是真的，人、单位、部件和案卷都是虚构的。", "This is a demo city: divisions, calendar and codes are real; people, units, components and cases are invented.")) } }
            }
            (the_log(lang, &head))
            (sources(lang))
        }
    };
    Ok(render(&here.page(Audience::Resident, title), &body).into_response())
}

fn the_log(lang: Lang, head: &Head) -> Markup {
    html! {
        h2 id="log" { (lang.pick("日志，以及怎么核对", "The log, and how to check it")) }
        p { (lang.pick("城市的每一次变更是日志里的一条，按 RFC 6962 的 Merkle 树串在一起：改动任何一条，根值就对不上。", "Every change is one entry of a log, hashed into a Merkle tree as in RFC 6962: alter any entry and the root no longer fits.")) }
        (list::facts(&[
            (lang.pick("条数", "Entries"), html! { code class="code" { (head.size) } }),
            (lang.pick("根值", "Root"), html! { code class="code wrap" { (head.root_hex()) } }),
        ]))
        p {
            (lang.pick("今天抄下这两个数，以后就能证明当时的记录没有被改。服务器上可以整体核对：", "Copy the two today, and later you can prove that nothing before was changed. On the server the whole is checked with: "))
            code class="code" { "yuandu verify --data DIR" }
        }
        p { a href="/log" { (lang.pick("检查点、签名、叶子怎么算、怎么核对", "The checkpoint, its signature, how leaves are computed and checked")) } }
    }
}

fn sources(lang: Lang) -> Markup {
    let sources = [
        (
            "GB/T 47678.5-2026 城市运行管理服务平台 第5部分：事项与部件的类别和编码（事实性编码表）。",
            "GB/T 47678.5-2026, codes of components and matters (facts of a public standard).",
        ),
        (
            "GB/T 2260 及统计用区划代码：区划名称和代码，国家公开数据。",
            "GB/T 2260 and statistical division codes: names and codes of divisions, public data of the state.",
        ),
        (
            "国务院办公厅节假日安排 2004–2026：工作日历。",
            "Holiday notices of the State Council, 2004–2026: the working calendar.",
        ),
        (
            "浏览器端：MapLibre GL JS（BSD-3-Clause）、htmx（0BSD）。",
            "In the browser: MapLibre GL JS (BSD-3-Clause), htmx (0BSD).",
        ),
    ];
    html! {
        h2 { (lang.pick("数据来源与许可", "Sources and licences")) }
        ul { @for (zh, en) in sources { li { (lang.pick(zh, en)) } } }
        p { (lang.pick("每份数据的来源和许可写在随平台发布的文件开头。", "Each file of data names its source and licence in its first lines.")) }
    }
}

async fn data(here: Here) -> Response {
    let lang = here.lang();
    let title = lang.pick("开放数据与接口", "Open data and interfaces");
    let items = [
        (
            lang.pick("信息资源目录", "Catalogue of data"),
            "/catalog",
            lang.pick("城市有哪些数据、谁提供、能否共享和开放；DCAT 3 供程序读取。", "What data the city keeps, who provides it, whether it is shared and open; DCAT 3 for programs."),
        ),
        (
            "Open311 GeoReport v2",
            "/open311/v2/services.json",
            lang.pick("类别清单；/open311/v2/requests.json 查询和提交上报，也有 XML。", "List of services; /open311/v2/requests.json to read and send reports, XML as well."),
        ),
        (
            lang.pick("最近的上报（JSON）", "Latest reports (JSON)"),
            "/open311/v2/requests.json",
            lang.pick("公开的内容：类别、地点、环节、时间。", "Public facts: category, place, step, times."),
        ),
        (
            lang.pick("平台接口，写给人看的", "Platform interface, for people"),
            "/api",
            lang.pick("全部操作、参数、权限和类型，一页看完。", "Every operation with its parameters, permission and types on one page."),
        ),
        (
            lang.pick("平台接口说明（OpenAPI）", "Platform interface (OpenAPI)"),
            "/api/openapi.json",
            lang.pick("全部操作、权限和审计事件。", "Every operation with its permission and audit event."),
        ),
        (
            lang.pick("算期限的接口", "Due times"),
            "/api/v1/calendar/due?from=2026-09-29T16:30&budget=5d",
            lang.pick("起点和工作时间进，到期时间和算法出。", "Start and working time in, due time and derivation out."),
        ),
    ];
    let body = html! {
        h1 { (title) }
        p { (lang.pick("不用申请，直接使用；请在合理的频率内。", "No application needed; please ask at a reasonable rate.")) }
        (list::links(&items))
    };
    render(&here.page(Audience::Resident, title), &body).into_response()
}
