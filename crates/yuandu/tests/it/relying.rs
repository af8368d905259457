//! A system that lets people sign in here: what a relying party does, step by step, so that tests can do each step wrongly.

use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::city::City;
use crate::client::{Answer, Client, encoded};

/// Where codes are sent.
pub const CALLBACK: &str = "https://rp.example/cb";
/// A PKCE verifier.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A registered system.
pub struct Rp {
    pub id: String,
    pub secret: String,
}

impl Rp {
    /// A confidential system that the city vouches for.
    pub async fn trusted(city: &City) -> Self {
        Self::with(city, true, json!({})).await
    }

    /// A system with more metadata than the least.
    pub async fn with(city: &City, trusted: bool, more: Json) -> Self {
        let mut metadata = json!({ "redirect_uris": [CALLBACK], "client_name": "公文系统",
            "grant_types": ["authorization_code", "refresh_token"], "id_token_signed_response_alg": "ES256" });
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let mut security = Client::officer(city, "security").await;
        let body = json!({ "trusted": trusted, "metadata": metadata });
        let made = security.post("/api/v1/sso/clients", &body).await.is(201);
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("client_id"),
            secret: text("client_secret"),
        }
    }

    /// The parameters of an ordinary request, with some added or replaced; an empty value leaves one out.
    pub fn query(&self, changed: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile post"),
            ("state", "st-1"),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changed {
            pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        let text: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        text.join("&")
    }

    pub async fn authorize(&self, browser: &mut Client<'_>, changed: &[(&str, &str)]) -> Answer {
        let path = format!("/oauth/authorize?{}", self.query(changed));
        browser.get(&path).await
    }

    /// A code for the person signed in in the browser.
    pub async fn code(&self, browser: &mut Client<'_>, changed: &[(&str, &str)]) -> String {
        let answer = self.authorize(browser, changed).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        let address = answer.header("location");
        parameter(address, "code").unwrap_or_else(|| panic!("no code in {address}"))
    }

    /// Asks the token endpoint, with the secret in the header.
    pub async fn ask(&self, city: &City, path: &str, fields: &[(&str, &str)]) -> Answer {
        let proof = format!("{}:{}", encoded(&self.id), encoded(&self.secret));
        let header = format!("Basic {}", STANDARD.encode(proof));
        post_form(city, path, Some(&header), fields).await
    }

    /// Exchanges a code as it should be done.
    pub async fn exchange(&self, city: &City, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.ask(city, "/oauth/token", &fields).await
    }

    pub async fn refresh(&self, city: &City, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask(city, "/oauth/token", &fields).await
    }

    /// Tokens for someone, from sign-in to exchange.
    pub async fn tokens(&self, city: &City, login: &str) -> Json {
        let mut browser = Client::officer(city, login).await;
        let code = self.code(&mut browser, &[]).await;
        self.exchange(city, &code).await.is(200)
    }
}

/// A program without cookies sends a form.
pub async fn post_form(
    city: &City,
    path: &str,
    authorization: Option<&str>,
    fields: &[(&str, &str)],
) -> Answer {
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mut request =
        Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    Client::anonymous(city).send(request, body.join("&")).await
}

/// What an access token gives at userinfo.
pub async fn userinfo(city: &City, token: &str) -> Answer {
    let request =
        Request::get("/oauth/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    Client::anonymous(city)
        .send(request, axum::body::Body::empty())
        .await
}

/// A parameter of an address, decoded.
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let raw = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))?;
    let mut bytes = Vec::new();
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The claims of a token, unchecked.
pub fn claims(token: &str) -> Json {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The error of an OAuth answer.
#[track_caller]
pub fn error(answer: &Answer, status: u16) -> String {
    answer.is(status)["error"].as_str().unwrap().to_owned()
}
