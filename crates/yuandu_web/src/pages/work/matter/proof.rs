//! The proof that an entry of the matter is in the city's log, and how anyone checks it.

use maud::{Markup, html};

use super::{Gathered, Place, history};
use yuandu_design::components::list::facts;
use yuandu_design::components::status::code;

pub(super) fn proof(of: &Gathered, place: &Place) -> Markup {
    let lang = of.words.lang;
    html! {
        p { (lang.pick(
            "这件事的每一步都是全市日志里的一条，前后相扣，改动任何一条都会被发现。下面是其中一条的证明。",
            "Every step of this matter is one entry of the city's log. The entries are chained, so a change to any of them shows. Below is the proof of one of them.",
        )) }
        (entries(of, place))
        @if let Some(proof) = &of.proof {
            (facts(&[
                (lang.pick("日志位置", "Position"), html! { (proof.position) }),
                (lang.pick("叶子散列", "Leaf hash"), code(&hex(&proof.leaf))),
                (lang.pick("日志条数", "Log size"), html! { (proof.head.size) }),
                (lang.pick("日志根", "Log root"), code(&proof.head.root_hex())),
            ]))
            h2 { (lang.pick("从叶子到根的路径", "Path from the leaf to the root")) }
            @if proof.path.is_empty() { p { (lang.pick("日志只有这一条，叶子就是根。", "The log has this entry only; the leaf is the root.")) } }
            ol class="hashes" { @for hash in &proof.path { li { (code(&hex(hash))) } } }
            h2 { (lang.pick("怎么核对", "How to check")) }
            p { (lang.pick(
                "在服务器上运行 ",
                "Run ",
            )) code { "yuandu verify --data <dir>" } (lang.pick(
                "：它重算整个日志和所有登记表，指出被改动的那一条。按 RFC 6962 第 2.1 节，用上面的叶子和路径逐层求散列，得到的应当就是日志根。",
                " on the server: it computes the whole log and all tables anew and names an altered entry. By RFC 6962, section 2.1, hashing the leaf with the path upwards gives the log root.",
            )) }
            p { a href="/log/checkpoint" { (lang.pick("现在的日志校验点", "The present checkpoint of the log")) } }
        }
    }
}

fn entries(of: &Gathered, place: &Place) -> Markup {
    let lang = of.words.lang;
    let shown = of.proof.as_ref().map(|proof| proof.position);
    html! {
        nav aria-label=(lang.pick("本件的日志条目", "Log entries of this matter")) {
            ul class="log-entries" {
                @for entry in &of.history {
                    li { a href=(place.with(&format!("tab=proof&at={}", entry.position))) aria-current=[(shown == Some(entry.position)).then_some("true")] {
                        (lang.pick("第 ", "")) (entry.position) (lang.pick(" 条 ", " ")) (history::what(of, entry))
                    } }
                }
            }
        }
    }
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
