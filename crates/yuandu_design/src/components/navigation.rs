//! Ways around: breadcrumb, tabs, saved views, pager.

use maud::{Markup, html};
use yuandu_base::Lang;

/// A place with a name.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Where it leads.
    pub href: &'a str,
}

/// The way from the home page to here; `here` is not a link.
#[must_use]
pub fn breadcrumb(lang: Lang, way: &[Link<'_>], here: &str) -> Markup {
    html! {
        nav class="breadcrumb" aria-label=(lang.pick("所在位置", "Breadcrumb")) {
            ol {
                @for link in way { li { a href=(link.href) { (link.label) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

/// A tab of a matter.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a> {
    /// Value of `?tab=`.
    pub key: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// How many things are inside, if that helps.
    pub count: Option<u64>,
}

/// Tabs as links `base?tab=key`, so that they survive a reload and work without scripts. `base` may carry a query.
#[must_use]
pub fn tabs(lang: Lang, base: &str, tabs: &[Tab<'_>], current: &str) -> Markup {
    let joint = if base.contains('?') { '&' } else { '?' };
    html! {
        nav class="tabs" aria-label=(lang.pick("本件各部分", "Parts of this matter")) {
            ul {
                @for tab in tabs {
                    li {
                        a href={ (base) (joint) "tab=" (tab.key) } aria-current=[(tab.key == current).then_some("page")] {
                            (tab.label)
                            @if let Some(count) = tab.count { " " span class="count" { (count) } }
                        }
                    }
                }
            }
        }
    }
}

/// A saved view of the inbox or a list.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// "待我处置".
    pub label: &'a str,
    /// Where it leads.
    pub href: &'a str,
    /// Live count; `None` when it was not counted.
    pub count: Option<u64>,
    /// Some of them are late.
    pub late: bool,
    /// Shown now.
    pub current: bool,
}

/// The saved views on the left of the inbox.
#[must_use]
pub fn views(lang: Lang, views: &[View<'_>]) -> Markup {
    html! {
        nav class="views" aria-label=(lang.pick("常用视图", "Saved views")) {
            ul {
                @for view in views {
                    li {
                        a href=(view.href) aria-current=[view.current.then_some("page")] {
                            span { (view.label) }
                            @if let Some(count) = view.count {
                                " " span class="count" data-late[view.late] {
                                    (count) @if view.late { span class="sr" { (lang.pick("，其中有超期的", ", some overdue")) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Counted.
    Exact(u64),
    /// Estimated, and said so.
    About(u64),
    /// Counted up to here; there are more.
    MoreThan(u64),
    /// Not counted.
    Unknown,
}

/// The pager of a keyset list: it goes forward and back, never to "page 731", and says what is left out.
#[derive(Debug, Clone, Copy)]
pub struct Pager<'a> {
    /// Rows on this page.
    pub shown: usize,
    /// Rows in all.
    pub total: Total,
    /// Link to the first page, when this is not it.
    pub first: Option<&'a str>,
    /// Link to the rows after these.
    pub next: Option<&'a str>,
}

/// See [`Pager`].
#[must_use]
pub fn pager(lang: Lang, pager: &Pager<'_>) -> Markup {
    html! {
        nav class="pager" aria-label=(lang.pick("翻页", "Pages")) {
            p {
                @match lang {
                    Lang::Zh => { "本页 " (pager.shown) " 条" (total_zh(pager.total)) }
                    Lang::En => { (pager.shown) " on this page" (total_en(pager.total)) }
                }
                @if pager.next.is_some() { (lang.pick("；后面还有没列出的", "; more follow")) }
                @else if pager.first.is_some() { (lang.pick("；这是最后一页", "; this is the last page")) }
            }
            @if let Some(href) = pager.first { a class="button" href=(href) rel="first" { (lang.pick("回到第一页", "First page")) } }
            @if let Some(href) = pager.next { a class="button" href=(href) rel="next" data-next { (lang.pick("下一页", "Next page")) } }
        }
    }
}

/// Writes a number with thousands marks.
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn total_zh(total: Total) -> String {
    match total {
        Total::Exact(count) => format!("，共 {} 条", number(count)),
        Total::About(count) => format!("，共约 {} 条（估计数）", number(count)),
        Total::MoreThan(count) => format!("，共 {} 条以上（数到这里为止）", number(count)),
        Total::Unknown => String::new(),
    }
}

fn total_en(total: Total) -> String {
    match total {
        Total::Exact(count) => format!(" of {}", number(count)),
        Total::About(count) => format!(" of about {} (estimated)", number(count)),
        Total::MoreThan(count) => format!(" of more than {} (counted no further)", number(count)),
        Total::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pager, Total, number, pager};
    use yuandu_base::Lang;

    #[test]
    fn thousands_are_marked() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_234_567), "1,234,567");
    }

    #[test]
    fn an_estimate_says_that_it_is_one() {
        let out = pager(
            Lang::Zh,
            &Pager {
                shown: 50,
                total: Total::About(1_000_000),
                first: None,
                next: Some("/work?after=x"),
            },
        )
        .into_string();
        assert!(
            out.contains("共约 1,000,000 条（估计数）；后面还有没列出的"),
            "{out}"
        );
    }
}
