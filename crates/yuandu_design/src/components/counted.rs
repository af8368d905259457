//! How much a form asks: the number of its questions, and what it does not ask because a register knows it.

use maud::{Markup, html};
use yuandu_base::Lang;

/// The count, above the questions. `known` names what is looked up and where.
#[must_use]
pub fn counted(lang: Lang, asked: usize, known: &[String]) -> Markup {
    html! {
        p class="hint" {
            @match lang {
                Lang::Zh => { "共 " (asked) " 项。" }
                Lang::En => { (asked) @if asked == 1 { " question." } @else { " questions." } }
            }
            @if !known.is_empty() {
                @match lang {
                    Lang::Zh => { "另有 " (known.len()) " 项由登记簿查得，不用填：" (known.join("、")) "。" }
                    Lang::En => { " " (known.len()) " more are looked up and not asked: " (known.join(", ")) "." }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::counted;
    use yuandu_base::Lang;

    #[test]
    fn what_is_known_is_named_and_not_counted_as_asked() {
        let known = ["姓名（居民）".to_owned(), "街道名称（行政区划）".to_owned()];
        let out = counted(Lang::Zh, 3, &known).into_string();
        assert!(
            out.contains(
                "共 3 项。另有 2 项由登记簿查得，不用填：姓名（居民）、街道名称（行政区划）。"
            ),
            "{out}"
        );
        let out = counted(Lang::En, 1, &[]).into_string();
        assert!(
            out.contains("1 question.") && !out.contains("more"),
            "{out}"
        );
    }
}
