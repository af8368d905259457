//! A client of one kept connection: what it costs must not hide what the server costs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// One connection to the server.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; an answer that is not 2xx is an error.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        if !(200..300).contains(&self.status) {
            bail!(
                "status {}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            );
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Client {
    pub(crate) fn connect(address: &str) -> anyhow::Result<Self> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: address.to_owned(),
        })
    }

    pub(crate) fn get(&mut self, path: &str, cookie: &str) -> anyhow::Result<Answer> {
        self.send("GET", path, cookie, "")
    }

    pub(crate) fn post(
        &mut self,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        self.send("POST", path, cookie, &body.to_string())
    }

    /// Signs in and returns the cookie.
    pub(crate) fn sign_in(&mut self, login: &str) -> anyhow::Result<String> {
        let answer = self.post(
            "/api/v1/session",
            "",
            &serde_json::json!({ "login": login, "password": "yuandu-demo" }),
        )?;
        answer.json()?;
        let cookie = answer.cookie.context("no session cookie")?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Sends a form as a client of single sign-on does, with the header `Authorization`.
    pub(crate) fn form(
        &mut self,
        path: &str,
        authorization: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let headers = format!(
            "authorization: {authorization}\r\ncontent-type: application/x-www-form-urlencoded"
        );
        self.exchange("POST", path, &headers, body)
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        cookie: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let headers = format!("cookie: {cookie}\r\ncontent-type: application/json");
        self.exchange(method, path, &headers, body)
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .with_context(|| format!("not an answer: `{line}`"))?;
        let (mut length, mut cookie, mut chunked) = (0, None, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(": ").unwrap_or((header, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse()?,
                "transfer-encoding" => chunked = value == "chunked",
                "set-cookie" if value.starts_with("yuandu_session=") => {
                    cookie = Some(value.to_owned())
                }
                _ => {}
            }
        }
        let body = if chunked {
            self.chunks()?
        } else {
            self.exactly(length)?
        };
        Ok(Answer {
            status,
            cookie,
            body,
        })
    }

    fn exactly(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            body.extend(self.exactly(length)?);
            self.stream.read_line(&mut line)?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}
