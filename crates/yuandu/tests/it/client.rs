//! Who asks: a visitor, a signed-in officer, a program. Cookies are kept as browsers keep them.

use std::collections::BTreeMap;
use std::io::Cursor;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::city::{City, GRID, HERE, PASSWORD};

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// A header as text, empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Demands a status and gives the body.
    #[track_caller]
    pub fn is(&self, status: u16) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        serde_json::from_slice(&self.bytes).unwrap_or(Json::Null)
    }

    /// Demands a refusal in our shape; gives its code and the fields named.
    #[track_caller]
    pub fn refusal(&self, status: u16) -> (String, Vec<String>) {
        let body = self.is(status);
        assert!(
            self.header("content-type").starts_with("application/json"),
            "{}",
            self.text()
        );
        assert!(!body["message"].as_str().unwrap().is_empty());
        let fields = body["problems"].as_array().unwrap().iter();
        let fields = fields.map(|problem| problem["field"].as_str().unwrap().to_owned());
        (body["code"].as_str().unwrap().to_owned(), fields.collect())
    }

    /// The value of a hidden field of a page.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!(r#"name="{name}" value=""#);
        let text = self.text();
        let rest = text
            .split(&start)
            .nth(1)
            .unwrap_or_else(|| panic!("no `{name}` in {text}"));
        rest.split('"').next().unwrap().to_owned()
    }
}

/// One visitor of one city.
pub struct Client<'c> {
    pub city: &'c City,
    pub cookies: BTreeMap<String, String>,
    lang: &'static str,
}

impl<'c> Client<'c> {
    pub fn anonymous(city: &'c City) -> Self {
        Self {
            city,
            cookies: BTreeMap::new(),
            lang: "zh",
        }
    }

    /// Someone signed in.
    pub async fn officer(city: &'c City, login: &str) -> Self {
        let mut client = Self::anonymous(city);
        let answer = client
            .post(
                "/api/v1/session",
                &json!({ "login": login, "password": PASSWORD }),
            )
            .await;
        answer.is(200);
        client
    }

    pub fn english(mut self) -> Self {
        self.lang = "en";
        self
    }

    pub async fn send(&mut self, request: Builder, body: impl Into<Body>) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request
            .header(header::ACCEPT_LANGUAGE, self.lang)
            .header(header::HOST, "city.test");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.body(body.into()).unwrap();
        let response = self.city.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: bytes.to_vec(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, body: &Json) -> Answer {
        self.send(json_post(path), body.to_string()).await
    }

    pub async fn post_with_key(&mut self, path: &str, key: &str, body: &Json) -> Answer {
        self.send(
            json_post(path).header("idempotency-key", key),
            body.to_string(),
        )
        .await
    }

    /// A urlencoded form.
    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body.join("&")).await
    }

    /// Sends a photo ahead and gives its name.
    pub async fn photo(&mut self) -> String {
        let request = Request::post("/api/v1/photos").header(header::CONTENT_TYPE, "image/png");
        let answer = self.send(request, png(8, 8)).await.is(201);
        answer["name"].as_str().unwrap().to_owned()
    }

    /// Reports a loose manhole cover as a resident and gives id and number of the case.
    pub async fn report(&mut self) -> (String, String) {
        let opened = self.post("/api/v1/cases", &report()).await.is(201);
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        (text("id"), text("number"))
    }

    /// The id of the open task of a case.
    pub async fn task(&mut self, case: &str) -> String {
        let view = self.get(&format!("/api/v1/cases/{case}")).await.is(200);
        view["tasks"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no task: {view}"))
            .to_owned()
    }

    /// Decides the open task of a case.
    pub async fn decide(&mut self, case: &str, outcome: &str, data: Json) -> Answer {
        let task = self.task(case).await;
        self.complete(&task, outcome, data).await
    }

    pub async fn complete(&mut self, task: &str, outcome: &str, data: Json) -> Answer {
        let path = format!("/api/v1/tasks/{task}/complete");
        self.post(&path, &json!({ "outcome": outcome, "data": data }))
            .await
    }
}

pub fn json_post(path: &str) -> Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/json")
}

/// What a resident reports.
pub fn report() -> Json {
    json!({
        "system": "city-care", "category": "01001", "lon": HERE.0, "lat": HERE.1,
        "facts": { "words": "井盖松动，车一过就响", "contact_name": "演示丙", "contact_phone": "13805360001" }
    })
}

/// The form of a collector who stands at the place.
pub fn on_the_spot(photos: &str, photo: &str) -> Json {
    json!({ "place": { "lon": HERE.0, "lat": HERE.1 }, photos: [photo] })
}

/// Moves a new report to the desk of the unit `org`.
pub async fn dispatched(city: &City, org: &str) -> (String, String) {
    let (case, number) = Client::anonymous(city).report().await;
    let mut collector = Client::officer(city, "collector").await;
    let photo = collector.photo().await;
    let form = on_the_spot("verify_photos", &photo);
    collector.decide(&case, "confirmed", form).await.is(200);
    let mut seat = Client::officer(city, "seat").await;
    seat.decide(&case, "accept", json!({ "category": "01001" }))
        .await
        .is(200);
    seat.decide(&case, "dispatch", json!({ "org": org }))
        .await
        .is(200);
    assert_eq!(
        seat.get(&format!("/api/v1/cases/{case}")).await.json()["case"]["grid"],
        GRID
    );
    (case, number)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::DynamicImage::ImageRgb8(image::RgbImage::new(width, height))
        .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
        .unwrap();
    bytes
}

pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
