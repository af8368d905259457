//! The two short pages of the browser's doors: a stop on the way that a browser leaves by itself, and a refusal.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use yuandu_base::{Lang, LocalText};

/// A page that leads on to an address by itself, with a link for browsers that do not.
///
/// A redirect will not do after a form was sent: the content security policy of the form's page forbids it to end at
/// another origin.
pub(super) fn leading_on(lang: Lang, address: &str) -> Response {
    let address = escaped(address);
    let title = lang.pick("正在返回", "Going back");
    let link = lang.pick("没有自动跳转？点这里继续", "Not moving? Continue here");
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={address}\">");
    let body = format!("<p><a href=\"{address}\">{link}</a></p>");
    html(StatusCode::OK, lang, title, &head, &body)
}

/// Why nothing happened, in the reader's language, with the sentence for the other system's developers below.
pub(super) fn refused(lang: Lang, words: &LocalText, detail: &str) -> Response {
    let title = lang.pick("无法登录到该系统", "Signing in there is not possible");
    let body = format!(
        "<p>{}</p><p><small>{}</small></p><p><a href=\"/\">{}</a></p>",
        escaped(words.get(lang)),
        escaped(detail),
        lang.pick("回到首页", "To the front page")
    );
    html(StatusCode::BAD_REQUEST, lang, title, "", &body)
}

fn html(status: StatusCode, lang: Lang, title: &str, head: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">{head}<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>",
        lang.pick("zh-CN", "en")
    );
    let mut response = (status, text).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, letter| {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                letter => out.push(letter),
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_registered_cannot_become_markup() {
        assert_eq!(
            escaped("\"><script>'&"),
            "&quot;&gt;&lt;script&gt;&#39;&amp;"
        );
    }
}
