//! The tables of identity as the store declares them.

use yuandu_store::TableDef;

/// Declarations of every table of this crate.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    vec![
        TableDef::new("orgs")
            .text("id")
            .text("name_zh")
            .text("name_en")
            .text("kind")
            .opt_text("parent")
            .text("division")
            .text("credit_code")
            .text("status")
            .key(["id"])
            .index(["parent"]),
        TableDef::new("posts")
            .text("id")
            .text("org")
            .text("title_zh")
            .text("title_en")
            .text("roles")
            .text("scope")
            .key(["id"])
            .index(["org"]),
        TableDef::new("users")
            .text("id")
            .text("login")
            .text("name")
            .text("phone")
            .opt_text("password")
            .text("status")
            .int("failed")
            .opt_int("locked_until")
            .key(["id"])
            .unique(["login"]),
        TableDef::new("holdings")
            .text("user_id")
            .text("post_id")
            .int("from_at")
            .opt_int("to_at")
            .key(["user_id", "post_id", "from_at"])
            .index(["post_id"]),
        TableDef::new("sessions")
            .text("id")
            .text("user_id")
            .text("post_id")
            .int("created_at")
            .int("expires_at")
            .text("lang")
            .opt_int("proved_at")
            .opt_text("methods")
            .key(["id"])
            .index(["user_id"])
            .index(["expires_at"]),
        TableDef::new("provisioned")
            .text("user_id")
            .text("external_id")
            .int("removed")
            .int("changed_at")
            .key(["user_id"]),
        TableDef::new("factors")
            .text("user_id")
            .text("id")
            .text("kind")
            .text("label")
            .text("secret")
            .opt_int("counter")
            .int("created_at")
            .opt_int("used_at")
            .key(["user_id", "id"])
            .index(["id"]),
        substitutions(),
        TableDef::new("spent")
            .text("id")
            .int("expires_at")
            .key(["id"])
            .index(["expires_at"]),
    ]
}

fn substitutions() -> TableDef {
    TableDef::new("substitutions")
        .text("post_id")
        .text("of_post")
        .text("user_id")
        .text("by_user")
        .int("from_at")
        .int("to_at")
        .text("reason")
        .text("status")
        .key(["post_id"])
        .index(["by_user"])
}
