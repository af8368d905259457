//! The log for everyone: its checkpoint as text, and how to check it.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_store::Head;

use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::list;
use yuandu_design::components::navigation::number;
use yuandu_design::shell::{Audience, render};

/// `/log` and `/log/checkpoint`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/log", get(show))
        .route("/log/checkpoint", get(checkpoint))
}

/// The checkpoint's body in the form of C2SP tlog-checkpoint: origin, size, root in base64, one a line.
fn body_of(app: &App, head: &Head) -> String {
    let root = BASE64_STANDARD.encode(head.root);
    format!("yuandu/{}\n{}\n{root}\n", app.realm, head.size)
}

async fn checkpoint(State(app): State<App>) -> Result<Response, PageError> {
    let head = app.run(|app| Ok(app.store.log().head()?)).await?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], body_of(&app, &head)).into_response())
}

async fn show(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    let head = app.run(|app| Ok(app.store.log().head()?)).await?;
    let lang = here.lang();
    let title = lang.pick("日志怎么核对", "How the log is checked");
    let body = html! {
        h1 { (title) }
        div class="prose" {
            p { (lang.pick(
                "城市的每一次变更是日志里的一条，只增不改。所有条目按 RFC 6962 连成一棵 Merkle 树，树根是一个 32 字节的数：改动、删去或插入任何一条旧记录，树根就对不上。",
                "Every change of the city is one entry of a log that only grows. The entries form a Merkle tree as in RFC 6962; its root is a number of 32 bytes that no longer fits when any old entry is changed, removed or slipped in.",
            )) }
            h2 { (lang.pick("现在的检查点", "The checkpoint now")) }
        }
        (list::facts(&[
            (lang.pick("条数", "Entries"), html! { (number(head.size)) }),
            (lang.pick("根值（十六进制）", "Root, hexadecimal"), html! { code class="code wrap" { (head.root_hex()) } }),
        ]))
        pre class="plain-text" { (body_of(&app, &head)) }
        div class="prose" {
            p {
                (lang.pick("同样的三行在 ", "The same three lines are at "))
                a href="/log/checkpoint" { "/log/checkpoint" }
                (lang.pick("，格式是 C2SP tlog-checkpoint 的正文：来源、条数、base64 的根值。", " in the form of a C2SP tlog-checkpoint body: origin, size, root in base64."))
            }
            (steps(lang))
            (limits(lang))
        }
    };
    Ok(render(&here.page(Audience::Public, title), &body).into_response())
}

fn steps(lang: Lang) -> Markup {
    html! {
        h2 { (lang.pick("怎么核对", "How to check")) }
        ol {
            li { (lang.pick(
                "把检查点存一份，写上日期，放在自己手里。以后要求出示那时的日志：前 N 条重新算出的根值必须等于您存的那个。",
                "Keep a copy of the checkpoint with its date. Later, ask to be shown the log of that time: the root computed from its first N entries must be the one you kept.",
            )) }
            li { (lang.pick(
                "每一条的叶子是 SHA-256(0x00 ‖ \"yuandu/1\\n位置\\n城市\\n时间\\n正文的加盐散列\\n\")，中间节点是 SHA-256(0x01 ‖ 左 ‖ 右)。正文不在叶子里，所以公布检查点不会泄露任何人的信息。",
                "A leaf is SHA-256(0x00 ‖ \"yuandu/1\\nposition\\ncity\\ntime\\nsalted hash of the body\\n\"), an inner node SHA-256(0x01 ‖ left ‖ right). Bodies are not in the leaves, so a published checkpoint tells nothing about anyone.",
            )) }
            li {
                (lang.pick("经办人员和审计管理员可以取得一条记录在日志里的证明（从叶子到根的兄弟散列）：", "Officers and auditors can get the proof that an entry is in the log (the sibling hashes from leaf to root): "))
                code { "/api/v1/log/proof/{position}" }
                (lang.pick("。按 RFC 6962 第 2.1.1 节逐级合并，得到的根值应与检查点一致。", ". Combined as RFC 6962 section 2.1.1 says, they give the root of the checkpoint."))
            }
            li {
                (lang.pick("在服务器上，一条命令重算整棵树，并把每张表、每个文件与日志逐一比对：", "On the server one command recomputes the whole tree and compares every table and file with the log: "))
                code { "yuandu verify --data DIR" }
            }
        }
    }
}

fn limits(lang: Lang) -> Markup {
    html! {
        h2 { (lang.pick("现在还做不到的", "What it cannot do yet")) }
        ul {
            li { (lang.pick(
                "检查点还没有签名，也没有外部见证人会签。所以要自己存一份，别只信服务器今天给出的数。",
                "The checkpoint is not signed yet, and no outside witness countersigns it. So keep your own copy and do not rely on the number the server gives today alone.",
            )) }
            li { (lang.pick(
                "还不能在线给出“旧树是新树的开头”的一致性证明，只能在服务器上用 yuandu verify 重算。",
                "A consistency proof, that an old tree is the beginning of the new one, is not offered online yet; it takes yuandu verify on the server.",
            )) }
        }
    }
}
