//! Data tables: one caption, sortable heads as links, a whole row as one target, cards on a phone.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::navigation::{Pager, pager};

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Sort key in `?sort=`; also the name under which the column is remembered.
    pub key: &'a str,
    /// The head.
    pub label: &'a str,
    /// Figures are set to the right in even digits.
    pub numeric: bool,
    /// The head is a sort link.
    pub sortable: bool,
    /// The cell carries the row's link.
    pub link: bool,
    /// Left out where the list is narrow, such as beside an open matter.
    pub wide: bool,
}

impl<'a> Column<'a> {
    /// A plain column.
    #[must_use]
    pub const fn new(key: &'a str, label: &'a str) -> Self {
        Self {
            key,
            label,
            numeric: false,
            sortable: false,
            link: false,
            wide: false,
        }
    }

    /// Figures.
    #[must_use]
    pub const fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }

    /// Can be sorted by.
    #[must_use]
    pub const fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// Shown only where the list is wide.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    fn class(&self) -> Option<String> {
        let names: Vec<&str> = [
            (self.numeric, "figure"),
            (self.wide, "wide"),
            (self.link, "title"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// Carries the row's link: give it to the title.
    #[must_use]
    pub const fn link(mut self) -> Self {
        self.link = true;
        self
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Stable id, also the value of the row's check box.
    pub id: String,
    /// Where the row leads; empty for no link.
    pub href: String,
    /// One cell a column.
    pub cells: Vec<Markup>,
    /// Open beside the list now.
    pub current: bool,
    /// Longitude and latitude, shown on the map beside the list when the row is pointed at.
    pub place: Option<(f64, f64)>,
}

impl Row {
    /// A row that leads to `href`.
    #[must_use]
    pub fn new(id: impl Into<String>, href: impl Into<String>, cells: Vec<Markup>) -> Self {
        Self {
            id: id.into(),
            href: href.into(),
            cells,
            current: false,
            place: None,
        }
    }

    /// Marks the row as the one open beside the list.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// Sets where the row is on the map.
    #[must_use]
    pub fn place(mut self, lon: f64, lat: f64) -> Self {
        self.place = Some((lon, lat));
        self
    }
}

/// A table with its rows.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// What the table lists; read aloud, shown small.
    pub caption: &'a str,
    /// Columns.
    pub columns: &'a [Column<'a>],
    /// Rows.
    pub rows: &'a [Row],
    /// Current sort key; a leading `-` means descending.
    pub sort: &'a str,
    /// Address without `sort`, to which `sort=` is added.
    pub base: &'a str,
    /// Name of the check boxes for bulk actions; the table must then stand in a form.
    pub select: Option<&'a str>,
    /// What stands here when there are no rows.
    pub empty: Markup,
    /// Where a row opens without leaving the page (an element id, such as `matter`); the link itself stays whole.
    pub pane: Option<&'a str>,
    /// The pager.
    pub pager: Option<Pager<'a>>,
}

/// The table, or what stands in its place when it is empty.
#[must_use]
pub fn table(lang: Lang, table: &Table<'_>) -> Markup {
    html! {
        @if table.rows.is_empty() { (table.empty) }
        @else {
            div class="table-frame" tabindex="0" role="region" aria-label=(table.caption) {
                table class="table" data-rows {
                    caption { (table.caption) }
                    thead { tr {
                        @if table.select.is_some() { th scope="col" class="pick" { span class="sr" { (lang.pick("选择", "Select")) } } }
                        @for column in table.columns { (head(lang, table, column)) }
                    } }
                    tbody { @for row in table.rows { (body_row(lang, table, row)) } }
                }
            }
        }
        @if let Some(page) = &table.pager { (pager(lang, page)) }
    }
}

fn head(lang: Lang, table: &Table<'_>, column: &Column<'_>) -> Markup {
    let descending = table.sort.strip_prefix('-');
    let sorted = if descending == Some(column.key) {
        Some("descending")
    } else if table.sort == column.key {
        Some("ascending")
    } else {
        None
    };
    let turn = if sorted == Some("ascending") { "-" } else { "" };
    let joint = if table.base.contains('?') { '&' } else { '?' };
    html! {
        th scope="col" class=[column.class()] aria-sort=[sorted] {
            @if column.sortable {
                a href={ (table.base) (joint) "sort=" (turn) (column.key) } {
                    (column.label)
                    @match sorted {
                        Some("ascending") => { span class="arrow" aria-hidden="true" { "↑" } }
                        Some(_) => { span class="arrow" aria-hidden="true" { "↓" } }
                        None => { span class="sr" { (lang.pick("，可排序", ", sortable")) } }
                    }
                }
            } @else { (column.label) }
        }
    }
}

fn body_row(lang: Lang, table: &Table<'_>, row: &Row) -> Markup {
    // The box is called as its row is: ids say nothing to who hears the page.
    let linked = !row.href.is_empty() && table.columns.iter().any(|column| column.link);
    let link = format!("to-{}", row.id);
    html! {
        tr id={ "row-" (row.id) } aria-current=[row.current.then_some("true")]
            data-lon=[row.place.map(|place| place.0)] data-lat=[row.place.map(|place| place.1)] {
            @if let Some(name) = table.select {
                td class="pick" {
                    input type="checkbox" name=(name) value=(row.id)
                        aria-labelledby=[linked.then_some(&link)]
                        aria-label=[(!linked).then(|| format!("{}{}", lang.pick("选择 ", "Select "), row.id))];
                }
            }
            @for (column, cell) in table.columns.iter().zip(&row.cells) {
                td class=[column.class()] data-label=(column.label) {
                    @if column.link && !row.href.is_empty() {
                        a class="row-link" id=(link) href=(row.href)
                            hx-get=[table.pane.map(|_| &row.href)]
                            hx-target=[table.pane.map(|pane| format!("#{pane}"))]
                            hx-select=[table.pane.map(|pane| format!("#{pane}"))]
                            hx-swap=[table.pane.map(|_| "outerHTML")]
                            hx-push-url=[table.pane.map(|_| "true")] { (cell) }
                    } @else { (cell) }
                }
            }
        }
    }
}

/// Columns to hide or show, remembered by the browser for this list (`name`).
#[must_use]
pub fn column_choice(lang: Lang, name: &str, columns: &[Column<'_>]) -> Markup {
    html! {
        details class="column-choice" data-columns=(name) {
            summary class="button" { (lang.pick("列", "Columns")) }
            ul {
                @for (index, column) in columns.iter().enumerate() {
                    li { label {
                        input type="checkbox" value=(index) checked disabled[column.link]; " " (column.label)
                    } }
                }
            }
        }
    }
}

/// A row above a table: bulk actions at its start, column choice, export and the like at its end.
#[must_use]
pub fn list_bar(start: &Markup, end: &Markup) -> Markup {
    html! { div class="list-bar" { (start) div class="list-bar-end" { (end) } } }
}

/// What can be done with the chosen rows; the count is filled in by the browser.
#[must_use]
pub fn bulk_bar(lang: Lang, actions: &[Markup]) -> Markup {
    html! {
        div class="bulk" data-bulk=(lang.pick("已选 {n} 件", "{n} selected")) {
            span class="bulk-count" role="status" { (lang.pick("勾选几件，可以一起办", "Tick some rows to act on them together")) }
            @for action in actions { (action) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Row, Table, table};
    use maud::html;
    use yuandu_base::Lang;

    fn sample<'a>(columns: &'a [Column<'a>], rows: &'a [Row]) -> Table<'a> {
        Table {
            caption: "案卷",
            columns,
            rows,
            sort: "due",
            base: "/work?view=mine",
            select: None,
            empty: html! { "还没有案卷" },
            pane: Some("matter"),
            pager: None,
        }
    }

    #[test]
    fn sorting_twice_by_a_column_turns_the_order() {
        let columns = [Column::new("due", "时限").sortable()];
        let rows = [Row::new("1", "", vec![html! { "明天" }])];
        let out = table(Lang::Zh, &sample(&columns, &rows)).into_string();
        assert!(out.contains("/work?view=mine&amp;sort=-due"), "{out}");
        assert!(out.contains(r#"aria-sort="ascending""#), "{out}");
    }

    #[test]
    fn a_row_stays_a_real_link_when_it_opens_beside_the_list() {
        let columns = [Column::new("title", "标题").link()];
        let rows = [Row::new("1", "/work/cases/1", vec![html! { "井盖" }]).current(true)];
        let out = table(Lang::Zh, &sample(&columns, &rows)).into_string();
        assert!(
            out.contains(r##"href="/work/cases/1" hx-get="/work/cases/1" hx-target="#matter""##),
            "{out}"
        );
    }

    #[test]
    fn an_empty_table_says_what_would_be_here() {
        let out = table(Lang::Zh, &sample(&[], &[])).into_string();
        assert_eq!(out, "还没有案卷");
    }
}
