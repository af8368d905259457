//! The options about what stands between people and the server, which every command that serves a city has.

use std::net::SocketAddr;

use clap::Args;

/// How people reach the city.
#[derive(Debug, Args)]
pub(crate) struct FrontArgs {
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8370")]
    pub(crate) listen: SocketAddr,
    /// The address under which people reach the city, for example `https://sso.weifang.example`, when a proxy stands in
    /// front of it. Tokens name it as their issuer; with https, cookies are marked `Secure`.
    #[arg(long, value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// A proxy of yours stands in front and writes `X-Forwarded-For`: failed sign-ins are counted by the address it names.
    #[arg(long)]
    pub(crate) behind_proxy: bool,
}

/// An address without path, query and slash at the end.
fn public_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(trimmed.to_owned())
        }
        _ => Err(
            "give scheme, host and port only, for example https://sso.weifang.example".to_owned(),
        ),
    }
}
