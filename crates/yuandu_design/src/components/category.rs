//! Choosing a category of a city's list: search by everyday words, or walk the tree.
//!
//! The tree is plain radio buttons inside folds, so it works without scripts; the search box appears with scripts.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::field::{Field, need, notes};

/// One category.
#[derive(Debug, Clone)]
pub struct Item {
    /// Code sent to the server.
    pub code: String,
    /// Name shown.
    pub name: String,
    /// Everyday words it is found by, separated by spaces ("马葫芦 下水道盖").
    pub words: String,
}

/// A class with its categories.
#[derive(Debug, Clone)]
pub struct Group {
    /// Name of the class.
    pub name: String,
    /// Categories.
    pub items: Vec<Item>,
}

/// A top branch: components or matters.
#[derive(Debug, Clone)]
pub struct Branch {
    /// "设施坏了或丢了", "环境或秩序问题".
    pub name: String,
    /// Classes.
    pub groups: Vec<Group>,
}

/// The picker.
#[derive(Debug, Clone)]
pub struct Picker<'a> {
    /// Name, label, hint, error, value (the chosen code).
    pub field: Field<'a>,
    /// Codes offered first because they are reported most.
    pub often: &'a [Item],
    /// The whole tree.
    pub branches: &'a [Branch],
}

/// See [`Picker`].
#[must_use]
pub fn picker(lang: Lang, picker: &Picker<'_>) -> Markup {
    let field = &picker.field;
    html! {
        fieldset class="field category" data-category data-invalid[field.error.is_some()] aria-describedby=[field.described_by()] {
            legend class="label" { (field.label) (need(lang, field.required)) }
            (notes(lang, field))
            div class="category-search" hidden {
                label for={ (field.id()) "-search" } { (lang.pick("用平常的话搜，例如“井盖”“路灯不亮”", "Search in everyday words, such as “manhole” or “street light”")) }
                input type="search" id={ (field.id()) "-search" } autocomplete="off" data-search
                    data-found=(lang.pick("找到 {n} 类", "{n} found"))
                    data-none=(lang.pick("没有找到。换个说法，或在下面按类别找。", "Nothing found. Try other words, or use the tree below."));
                p class="hint" role="status" {}
            }
            @if !picker.often.is_empty() {
                div class="often" {
                    p class="sub" { (lang.pick("常报的问题", "Reported most")) }
                    div class="cards" { @for (index, item) in picker.often.iter().enumerate() { (radio(field, item, &often_id(field, index), item.code == field.value)) } }
                }
            }
            div class="tree" {
                p class="sub" { (lang.pick("全部类别", "All categories")) }
                @for (index, branch) in picker.branches.iter().enumerate() { (fold_branch(picker, branch, index)) }
            }
            p class="chosen" role="status" data-chosen=(lang.pick("已选：", "Chosen: ")) {}
        }
    }
}

fn fold_branch(picker: &Picker<'_>, branch: &Branch, place: usize) -> Markup {
    html! {
        details class="branch" open[branch_has(picker, branch)] {
            summary { (branch.name) }
            @for (second, group) in branch.groups.iter().enumerate() {
                details class="group" open[group_has(picker, group)] {
                    summary { (group.name) " " span class="count" { (group.items.len()) } }
                    div class="cards" {
                        @for (third, item) in group.items.iter().enumerate() {
                            @let id = tree_id(picker, place, second, third);
                            (radio(&picker.field, item, &id, tree_checked(picker, item)))
                        }
                    }
                }
            }
        }
    }
}

fn radio(field: &Field<'_>, item: &Item, id: &str, checked: bool) -> Markup {
    html! {
        div class="card" data-words=(item.words) {
            input type="radio" id=(id) name=(field.name) value=(item.code) checked[checked]
                data-name=(item.name);
            label for=(id) { (item.name) }
        }
    }
}

/// The very first radio button carries the field's own id, which the error summary leads to.
fn often_id(field: &Field<'_>, index: usize) -> String {
    if index == 0 {
        field.id()
    } else {
        format!("{}-o{index}", field.id())
    }
}

fn tree_id(picker: &Picker<'_>, first: usize, second: usize, third: usize) -> String {
    if picker.often.is_empty() && first + second + third == 0 {
        picker.field.id()
    } else {
        format!("{}-{first}-{second}-{third}", picker.field.id())
    }
}

/// A category that is also offered above is marked there only, where it is seen.
fn tree_checked(picker: &Picker<'_>, item: &Item) -> bool {
    item.code == picker.field.value && !picker.often.iter().any(|other| other.code == item.code)
}

fn group_has(picker: &Picker<'_>, group: &Group) -> bool {
    let chosen = picker.field.value;
    let offered = picker.often.iter().any(|item| item.code == chosen);
    !offered && group.items.iter().any(|item| item.code == chosen)
}

fn branch_has(picker: &Picker<'_>, branch: &Branch) -> bool {
    branch.groups.iter().any(|group| group_has(picker, group))
}

/// Possible duplicates near the place, offered before sending: "也是这个吗？".
#[derive(Debug, Clone)]
pub struct Twin<'a> {
    /// What was reported.
    pub title: &'a str,
    /// "往东约 40 米，昨天 16:20 上报".
    pub where_when: &'a str,
    /// How it stands now.
    pub stage: &'a str,
    /// Photo, if it may be shown.
    pub photo: Option<&'a str>,
    /// Button or link that joins it.
    pub join: Markup,
}

/// Asks for duplicates while the form is filled in. `check` answers a GET with [`twins`] and gets whatever of
/// `category`, `lon`, `lat`, `address`, `grid` and `words` is known so far; `inner` is the list as known now.
/// It must stand inside the form.
#[must_use]
pub fn twin_watch(check: &str, inner: &Markup) -> Markup {
    html! {
        div class="twin-watch" hx-get=(check) hx-target="#twins" hx-swap="outerHTML" hx-sync="this:replace"
            hx-trigger="change from:'closest form' delay:400ms, input from:#f-words delay:1s"
            hx-include="[name='category'], [name='lon'], [name='lat'], [name='address'], [name='grid'], [name='words']" {
            (inner)
        }
    }
}

/// The list of possible duplicates; an empty list gives an empty, quiet region that htmx can fill later.
#[must_use]
pub fn twins(lang: Lang, twins: &[Twin<'_>]) -> Markup {
    html! {
        section id="twins" class="twins" aria-live="polite" {
            @if !twins.is_empty() {
                h2 { (lang.pick("附近有人报过，也是这个吗？", "Something near was reported. Is it this one?")) }
                p { (lang.pick("如果是同一件，加入它会更快：您有自己的编号，随时可以查到处置结果。", "If it is the same, joining is quicker: you get a number of your own and can follow the outcome with it.")) }
                ul {
                    @for twin in twins {
                        li class="twin" {
                            @if let Some(src) = twin.photo { img src=(src) alt="" width="96" height="72" loading="lazy"; }
                            div {
                                p class="twin-title" { (twin.title) }
                                p class="hint" { (twin.where_when) " · " (twin.stage) }
                            }
                            (twin.join)
                        }
                    }
                }
            }
        }
    }
}
