//! The message that the last action leaves for the next page: kept in a cookie for a minute, shown once.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::Markup;
use yuandu_api::App;
use yuandu_api::context::cookie;

use crate::here::Here;
use yuandu_design::preferences::query_value;
use yuandu_design::shell::{Audience, Page, render};

const COOKIE: &str = "yuandu_flash";
/// Longest message kept; browsers take cookies of some 4,000 bytes.
const LONGEST: usize = 600;

/// The message waiting for this page, if one does.
#[derive(Debug, Clone, Default)]
pub struct Flash(Option<String>);

impl FromRequestParts<App> for Flash {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(cookie(&parts.headers, COOKIE).and_then(unescaped)))
    }
}

impl Flash {
    /// An officers' page with the message, which is then forgotten.
    pub fn page(&self, here: &Here, title: &str, map: bool, body: &Markup) -> Response {
        let page: Page<'_> = here.page(Audience::Officer, title).flash(self.0.as_deref());
        let page = if map { page.map() } else { page };
        let mut response = render(&page, body).into_response();
        if self.0.is_some() {
            set(
                &mut response,
                &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
            );
        }
        response
    }
}

/// Leads to a page of this site, where the message is shown.
pub fn lead_to(place: &str, message: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(&yuandu_design::preferences::own_path(place)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    let short: String = message.chars().take(LONGEST).collect();
    let value = query_value(&short);
    set(
        &mut response,
        &format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"),
    );
    response
}

fn set(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Undoes the percent escapes of [`query_value`]; a cookie that holds anything else is not ours.
fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&pair).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{lead_to, unescaped};
    use axum::http::header;
    use yuandu_design::preferences::query_value;

    #[test]
    fn a_message_survives_its_way_through_a_cookie() {
        let message = "已派遣至市政公用中心；应在 11 月 24 日 17:30 前处置。";
        assert_eq!(unescaped(&query_value(message)).as_deref(), Some(message));
        assert_eq!(unescaped("%4"), None);
        assert_eq!(unescaped(""), None);
    }

    #[test]
    fn a_message_never_leads_away_from_this_site() {
        let response = lead_to("//evil.example", "x");
        assert_eq!(response.headers()[header::LOCATION], "/");
    }
}
