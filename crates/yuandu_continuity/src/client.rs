//! The one HTTP client: time limits, size limits, no redirects, and trust in the system's certificates or a given one.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, RequestBuilder, Response};

use crate::ContinuityError;

/// Longest to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest to wait for an answer as a whole.
const WHOLE: Duration = Duration::from_secs(120);

/// Whom to trust and how to show who asks.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Certificates (PEM) to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<String>,
}

/// Asks other servers. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    token: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers that are text; names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; bytes that are none are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// A client.
    pub fn new(options: &ClientOptions) -> Result<Self, ContinuityError> {
        // Fails only if one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner = match &options.ca {
            Some(path) => builder().tls_certs_only(certificates(path)?).build(),
            // A machine without system certificates can still ask by plain HTTP, as a test or a private line does.
            None => builder()
                .build()
                .or_else(|_| builder().tls_certs_only(Vec::new()).build()),
        };
        let inner = inner.map_err(|error| ContinuityError::Setting {
            what: "the certificates",
            reason: error.to_string(),
        })?;
        Ok(Self {
            inner,
            token: options.token.clone(),
        })
    }

    /// Gets at most `limit` bytes.
    pub async fn get(&self, url: &str, limit: usize) -> Result<Answer, ContinuityError> {
        read(url, self.send(url, self.inner.get(url)).await?, limit).await
    }

    /// Posts a body and gets at most `limit` bytes.
    pub async fn post(
        &self,
        url: &str,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<Answer, ContinuityError> {
        let request = self.inner.post(url).body(body);
        read(url, self.send(url, request).await?, limit).await
    }

    /// Posts a message with headers of its own and gets at most `limit` bytes. No token is sent along: the message says by
    /// its signature who sends it.
    pub async fn post_message(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
        limit: usize,
    ) -> Result<Answer, ContinuityError> {
        let mut request = self.inner.post(url).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let response = request
            .send()
            .await
            .map_err(|error| unreachable(url, chain(&error)))?;
        read(url, response, limit).await
    }

    /// Posts a form and gets at most `limit` bytes.
    pub async fn post_form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        limit: usize,
    ) -> Result<Answer, ContinuityError> {
        let request = self.inner.post(url).form(fields);
        read(url, self.send(url, request).await?, limit).await
    }

    /// Gets a body into a file, in pieces, and gives the status; a status other than 200 leaves no file.
    pub async fn get_file(&self, url: &str, to: &Path) -> Result<u16, ContinuityError> {
        let mut response = self.send(url, self.inner.get(url)).await?;
        let status = response.status().as_u16();
        if status != 200 {
            return Ok(status);
        }
        let file = |error: std::io::Error| ContinuityError::file(to, error);
        let mut out = std::fs::File::create(to).map_err(file)?;
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(url, chain(&error)))?
        {
            out.write_all(&chunk).map_err(file)?;
        }
        Ok(status)
    }

    async fn send(&self, url: &str, request: RequestBuilder) -> Result<Response, ContinuityError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request
            .send()
            .await
            .map_err(|error| unreachable(url, chain(&error)))
    }
}

async fn read(url: &str, mut response: Response, limit: usize) -> Result<Answer, ContinuityError> {
    let status = response.status().as_u16();
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(text).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(url, chain(&error)))?
    {
        if body.len() + chunk.len() > limit {
            let words = format!("the answer is longer than {limit} bytes");
            return Err(unreachable(url, words));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .no_proxy()
        .user_agent(concat!("yuandu/", env!("CARGO_PKG_VERSION")))
}

fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>, ContinuityError> {
    let setting = |reason: String| ContinuityError::Setting {
        what: "the file of certificates",
        reason: format!("{}: {reason}", path.display()),
    };
    let pem = std::fs::read(path).map_err(|error| setting(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| setting(error.to_string()))?;
    if found.is_empty() {
        return Err(setting("it holds no certificate".to_owned()));
    }
    Ok(found)
}

fn unreachable(url: &str, reason: String) -> ContinuityError {
    ContinuityError::Unreachable {
        url: url.to_owned(),
        reason,
    }
}

/// An error with its causes: the first line of `reqwest` alone says little.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
