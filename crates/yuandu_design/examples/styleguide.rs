//! Serves the style guide alone, for looking at components: `cargo run -p yuandu_design --example styleguide`.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use yuandu_design::{assets, preferences, styleguide};

/// The policy the server sends on every page, so that the guide breaks where a page would.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:";

async fn with_policy(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app: Router = Router::new()
        .merge(styleguide::router())
        .merge(preferences::router())
        .merge(assets::router())
        .layer(map_response(with_policy));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8371").await?;
    println!("style guide: http://127.0.0.1:8371/styleguide");
    axum::serve(listener, app).await
}
