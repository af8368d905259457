//! The log for everyone: its checkpoint in words, and how to check it.

use axum::Router;
use axum::extract::State;
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

/// `/log`. What it speaks of, `/log/checkpoint` and the rest, is in [`yuandu_api::tlog`].
pub fn router() -> Router<App> {
    Router::new().route("/log", get(show))
}

/// The checkpoint's body in the form of C2SP tlog-checkpoint: origin, size, root in base64, one a line.
fn body_of(app: &App, head: &Head) -> String {
    let root = BASE64_STANDARD.encode(head.root);
    format!("yuandu/{}\n{}\n{root}\n", app.realm, head.size)
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
                (lang.pick("这三行（来源、条数、base64 的根值）带签名公布在 ", "These three lines (origin, size, root in base64) are published, signed, at "))
                a href="/log/checkpoint" { "/log/checkpoint" }
                (lang.pick("，签名用的公钥在 ", "; the public key is at "))
                a href="/log/key" { "/log/key" }
                (lang.pick("，见证人的会签也在其中。叶子和各级散列按 C2SP tlog-tiles 的格式分片公布在 ", ", and cosignatures of witnesses stand below. Leaves and hashes are published in tiles (C2SP tlog-tiles) under "))
                code { "/log/tile/" }
                (lang.pick("。", "."))
            }
            (steps(lang))
        }
    };
    Ok(render(&here.page(Audience::Public, title), &body).into_response())
}

fn steps(lang: Lang) -> Markup {
    html! {
        h2 { (lang.pick("怎么核对", "How to check")) }
        ol {
            li { (lang.pick(
                "把检查点和公钥各存一份，写上日期，放在自己手里：服务器今天给出的数只有和以前存的对得上才算数。前 N 条重新算出的根值必须等于您存的那个。",
                "Keep a copy of the checkpoint and of the key with the date: what the server says today counts only as far as it fits what was kept. The root of the first N entries must be the one you kept.",
            )) }
            li { (lang.pick(
                "每一条的叶子是 SHA-256(0x00 ‖ \"yuandu/1\\n位置\\n城市\\n时间\\n正文的加盐散列\\n\")，中间节点是 SHA-256(0x01 ‖ 左 ‖ 右)。正文不在叶子里，所以公布检查点不会泄露任何人的信息。",
                "A leaf is SHA-256(0x00 ‖ \"yuandu/1\\nposition\\ncity\\ntime\\nsalted hash of the body\\n\"), an inner node SHA-256(0x01 ‖ left ‖ right). Bodies are not in the leaves, so a published checkpoint tells nothing about anyone.",
            )) }
            li {
                (lang.pick("任何人都可以取得两种证明：一条记录在日志里，", "Anyone can get two proofs: that an entry is in the log, "))
                code { "/api/v1/log/inclusion/{position}" }
                (lang.pick("；旧日志是新日志的开头，", "; that an old log is the beginning of the new one, "))
                code { "/api/v1/log/consistency?old={size}" }
                (lang.pick("。按 RFC 6962 第 2.1 节合并，得到的根值应与检查点一致。", ". Combined as RFC 6962 section 2.1 says, they give the roots of the checkpoints."))
            }
            li {
                (lang.pick("从外面，一条命令核对签名、分片和根值：", "From outside one command checks signature, tiles and root: "))
                code { "yuandu verify --url URL" }
                (lang.pick("。在服务器上，它重算整棵树，并把每张表、每个文件与日志逐一比对：", ". On the server it recomputes the whole tree and compares every table and file with the log: "))
                code { "yuandu verify --data DIR" }
            }
        }
    }
}
