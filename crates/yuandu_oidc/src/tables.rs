//! The tables of the provider. Secrets are kept as SHA-256, private keys sealed.

use yuandu_store::TableDef;

/// Declarations of every table of this crate.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    let mut tables = of_clients();
    tables.extend(of_grants());
    tables
}

fn of_clients() -> Vec<TableDef> {
    vec![
        TableDef::new("oidc_clients")
            .text("id")
            .text("metadata")
            .opt_text("secret")
            .opt_text("management")
            .int("trusted")
            .int("dynamic")
            .int("created_at")
            .key(["id"]),
        TableDef::new("oidc_keys")
            .text("kid")
            .text("alg")
            .text("public")
            .text("sealed")
            .int("created_at")
            .opt_int("retired_at")
            .key(["kid"]),
    ]
}

fn of_grants() -> Vec<TableDef> {
    vec![
        TableDef::new("oidc_pushed")
            .text("id")
            .text("client")
            .text("parameters")
            .int("expires_at")
            .key(["id"])
            .index(["expires_at"]),
        TableDef::new("oidc_codes")
            .text("id")
            .text("client")
            .text("grant_id")
            .text("parameters")
            .int("expires_at")
            .int("used")
            .key(["id"])
            .index(["expires_at"]),
        TableDef::new("oidc_grants")
            .text("id")
            .text("client")
            .text("user_id")
            .text("post_id")
            .text("session")
            .text("scope")
            .text("proof")
            .int("offline")
            .int("created_at")
            .int("expires_at")
            .opt_int("ended_at")
            .key(["id"])
            .index(["user_id", "client"])
            .index(["session"])
            .index(["ended_at"]),
        TableDef::new("oidc_tokens")
            .text("id")
            .text("kind")
            .text("grant_id")
            .text("client")
            .text("scope")
            .int("issued_at")
            .int("expires_at")
            .opt_int("used_at")
            .key(["id"])
            .index(["grant_id"])
            .index(["expires_at"]),
        TableDef::new("oidc_consents")
            .text("user_id")
            .text("client")
            .text("scope")
            .int("given_at")
            .key(["user_id", "client"]),
        TableDef::new("oidc_assertions")
            .text("client")
            .text("jti")
            .int("expires_at")
            .key(["client", "jti"])
            .index(["expires_at"]),
        TableDef::new("oidc_registrations")
            .text("id")
            .text("purpose")
            .int("uses_left")
            .int("expires_at")
            .key(["id"]),
        TableDef::new("oidc_notices")
            .text("id")
            .text("client")
            .text("uri")
            .text("user_id")
            .text("session")
            .int("tries")
            .int("next_at")
            .key(["id"])
            .index(["next_at"]),
    ]
}
