//! Photos: sending them, looking at them, comparing before and after.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::field::{Field, wrap};

/// Most photos one report may carry.
pub const MOST_PHOTOS: u8 = 4;
/// Largest photo in bytes.
pub const LARGEST_PHOTO: u64 = 10 * 1024 * 1024;

/// Where a stored photo is, by its name.
#[must_use]
pub fn address(name: &str) -> String {
    format!("/photos/{name}")
}

/// Where its small version is.
#[must_use]
pub fn small_address(name: &str) -> String {
    format!("/photos/{name}/small")
}

/// The photo input: up to four, each up to 10 MB. The browser previews and warns; the server checks again.
#[must_use]
pub fn upload(lang: Lang, field: &Field<'_>) -> Markup {
    upload_keeping(lang, field, &[])
}

/// The photo input with photos that are stored already; unticking one leaves it out. Each sends its name in the field.
#[must_use]
pub fn upload_keeping(lang: Lang, field: &Field<'_>, kept: &[String]) -> Markup {
    let control = html! {
        @if !kept.is_empty() {
            ul class="photo-previews kept" {
                @for (index, name) in kept.iter().enumerate() {
                    li {
                        img src=(small_address(name)) alt={ (lang.pick("已收到的照片 ", "Photo received ")) (index + 1) } width="160" height="120";
                        label { input type="checkbox" name=(field.name) value=(name) checked; " " (lang.pick("保留", "Keep")) }
                    }
                }
            }
        }
        div class="photos" data-photos data-most=(MOST_PHOTOS) data-largest=(LARGEST_PHOTO)
            data-too-many=(lang.pick("最多 4 张，后面的没有加上。", "At most 4 photos; the rest were left out."))
            data-too-large=(lang.pick("这张照片超过 10 MB，没有加上：", "This photo is over 10 MB and was left out: "))
            data-remove=(lang.pick("移除", "Remove")) {
            input type="file" id=(field.id()) name=(field.name) accept="image/jpeg,image/png,image/webp" multiple
                aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")];
            label class="button photo-button" for=(field.id()) { (lang.pick("选照片或拍照", "Choose or take photos")) }
            ul class="photo-previews" {}
            p class="photo-words" role="status" {}
        }
    };
    wrap(lang, field, &control)
}

/// A stored photo.
#[derive(Debug, Clone, Copy)]
pub struct Photo<'a> {
    /// Full size.
    pub src: &'a str,
    /// Small size for the gallery.
    pub thumb: &'a str,
    /// What it shows, for who cannot see it.
    pub alt: &'a str,
    /// When and by whom.
    pub caption: &'a str,
}

/// Photos in a row, each a link to its full size.
#[must_use]
pub fn gallery(lang: Lang, photos: &[Photo<'_>]) -> Markup {
    html! {
        ul class="gallery" {
            @for photo in photos {
                li { figure {
                    a href=(photo.src) data-photo=(lang.pick("关闭", "Close")) {
                        img src=(photo.thumb) alt=(photo.alt) width="160" height="120" loading="lazy" decoding="async";
                    }
                    figcaption { (photo.caption) }
                } }
            }
        }
    }
}

/// Before and after, side by side, the same size.
#[must_use]
pub fn compare(lang: Lang, before: &Photo<'_>, after: &Photo<'_>) -> Markup {
    html! {
        div class="compare" {
            @for (word, photo) in [(lang.pick("处置前", "Before"), before), (lang.pick("处置后", "After"), after)] {
                figure {
                    a href=(photo.src) { img src=(photo.src) alt=(photo.alt) width="640" height="480" loading="lazy" decoding="async"; }
                    figcaption { strong { (word) } " " (photo.caption) }
                }
            }
        }
    }
}
