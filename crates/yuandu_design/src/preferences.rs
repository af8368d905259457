//! How a reader likes the pages: language, theme and size of type, each kept in one cookie.
//!
//! The server renders the choice, so a page looks right before any script runs. Nothing here is about who the
//! reader is.

use std::str::FromStr;

use axum::Router;
use axum::extract::{Form, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use yuandu_base::Lang;

/// Light, dark, or as the reader's system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// The value of `data-theme` and of the cookie.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The size of type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// 16 px for residents, 14 px for officers.
    #[default]
    Normal,
    /// The elder mode: 18 px and more room.
    Large,
}

impl Size {
    /// The value of `data-size` and of the cookie.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Large => "large",
        }
    }
}

/// What the cookies of a request say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    /// Chosen language, else the browser's, else Chinese.
    pub lang: Lang,
    /// Chosen theme.
    pub theme: Theme,
    /// Chosen size.
    pub size: Size,
}

impl Preferences {
    /// Reads the cookies; without a language cookie the browser's `Accept-Language` decides.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let lang = cookie(headers, "yuandu_lang")
            .and_then(|tag| Lang::from_str(tag).ok())
            .or_else(|| browser_lang(headers))
            .unwrap_or_default();
        let theme = match cookie(headers, "yuandu_theme") {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::Auto,
        };
        let size = match cookie(headers, "yuandu_size") {
            Some("large") => Size::Large,
            _ => Size::Normal,
        };
        Self { lang, theme, size }
    }
}

/// `GET /lang?to=en&back=/…` and `POST /preferences` (fields `theme`, `size`, `back`).
///
/// Both only set a cookie about looks and lead back to a page of this site, so they need no session.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/lang", get(switch_language))
        .route("/preferences", post(keep_preferences))
}

#[derive(Deserialize)]
struct LangChoice {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

#[derive(Deserialize)]
struct LookChoice {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    back: String,
}

async fn switch_language(Query(choice): Query<LangChoice>) -> Response {
    let cookie = match Lang::from_str(&choice.to) {
        Ok(Lang::Zh) => Some("yuandu_lang=zh"),
        Ok(Lang::En) => Some("yuandu_lang=en"),
        Err(()) => None,
    };
    lead_back(&choice.back, cookie.into_iter())
}

async fn keep_preferences(Form(choice): Form<LookChoice>) -> Response {
    let theme = match choice.theme.as_str() {
        "auto" => Some("yuandu_theme=auto"),
        "light" => Some("yuandu_theme=light"),
        "dark" => Some("yuandu_theme=dark"),
        _ => None,
    };
    let size = match choice.size.as_str() {
        "normal" => Some("yuandu_size=normal"),
        "large" => Some("yuandu_size=large"),
        _ => None,
    };
    lead_back(&choice.back, theme.into_iter().chain(size))
}

fn lead_back(back: &str, cookies: impl Iterator<Item = &'static str>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let place = HeaderValue::from_str(&own_path(back)).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, place);
    for cookie in cookies {
        let text = format!("{cookie}; Path=/; Max-Age=31536000; SameSite=Lax");
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Keeps a way back inside this site: anything that is not a plain absolute path becomes the home page.
#[must_use]
pub fn own_path(back: &str) -> String {
    let second = back.chars().nth(1);
    let plain = back.starts_with('/')
        && second != Some('/')
        && second != Some('\\')
        && !back.chars().any(char::is_control);
    if !plain {
        return "/".to_owned();
    }
    // A header carries ASCII only: other characters are written as percent escapes.
    let mut out = String::with_capacity(back.len());
    for byte in back.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Escapes a text for use as one value in a query string.
#[must_use]
pub fn query_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn browser_lang(headers: &HeaderMap) -> Option<Lang> {
    headers
        .get(header::ACCEPT_LANGUAGE)?
        .to_str()
        .ok()?
        .split(',')
        .filter_map(|part| part.split(';').next())
        .find_map(|tag| Lang::from_str(tag.trim()).ok())
}

#[cfg(test)]
mod tests {
    use super::{Preferences, Size, Theme, own_path, query_value};
    use axum::http::{HeaderMap, HeaderValue, header};
    use yuandu_base::Lang;

    #[test]
    fn a_way_back_never_leaves_the_site() {
        assert_eq!(own_path("//evil.example/x"), "/");
        assert_eq!(own_path("/\\evil.example"), "/");
        assert_eq!(own_path("https://evil.example"), "/");
        assert_eq!(own_path("/work?view=mine"), "/work?view=mine");
        assert_eq!(own_path("/找"), "/%E6%89%BE");
        assert_eq!(own_path("/a\r\nSet-Cookie: x"), "/");
    }

    #[test]
    fn cookies_win_over_the_browsers_language() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_LANGUAGE,
            HeaderValue::from_static("en-GB,en;q=0.8"),
        );
        assert_eq!(Preferences::of(&headers).lang, Lang::En);
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; yuandu_lang=zh; yuandu_theme=dark; yuandu_size=large"),
        );
        let read = Preferences::of(&headers);
        assert_eq!(
            read,
            Preferences {
                lang: Lang::Zh,
                theme: Theme::Dark,
                size: Size::Large
            }
        );
    }

    #[test]
    fn chinese_is_spoken_when_nobody_says_otherwise() {
        assert_eq!(Preferences::of(&HeaderMap::new()).lang, Lang::Zh);
    }

    #[test]
    fn query_values_survive_ampersands_and_chinese() {
        assert_eq!(query_value("a&b=路"), "a%26b%3D%E8%B7%AF");
    }
}
