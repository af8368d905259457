//! The kite of Weifang, drawn in lines: the only ornament of the pages.

use maud::{Markup, html};

/// The small kite beside the name in the header; it says nothing to a screen reader.
#[must_use]
pub fn mark() -> Markup {
    html! {
        svg class="kite" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" {
            g fill="none" stroke="currentColor" stroke-width="1.75" stroke-linejoin="round" stroke-linecap="round" {
                path d="M20 2 30 12 16 20 10 10Z" {}
                path d="M20 2 16 20M10 10 30 12" {}
                path d="M16 20c-3 2-1 5-4 6s-4 1-5 4" {}
                path d="m12.2 23.2 2.8 2m-5.2.8 1.6 2.6" {}
            }
        }
    }
}

/// A large quiet kite for empty pages and page heads.
#[must_use]
pub fn drawing() -> Markup {
    html! {
        svg class="kite-drawing" viewBox="0 0 240 160" width="240" height="160" aria-hidden="true" focusable="false" {
            g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" {
                path d="M120 18c10 14 34 20 78 8-6 22-26 40-62 44l-16 26-16-26c-36-4-56-22-62-44 44 12 68 6 78-8Z" {}
                path d="M120 18v78M58 38c20 14 40 22 62 24 22-2 42-10 62-24" {}
                circle cx="112" cy="34" r="2.5" {}
                circle cx="128" cy="34" r="2.5" {}
                path d="M104 96c-4 12-16 14-14 28 1 8 8 12 6 24M136 96c4 12 16 14 14 28-1 8-8 12-6 24" {}
                path d="M120 62c8 22-2 44 22 90" stroke-dasharray="2 5" {}
            }
        }
    }
}
