//! The tables of the exchange.

use yuandu_store::TableDef;

/// Declarations of every table of this crate.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    let mut tables = of_agreements();
    tables.extend(of_sender());
    tables.extend(of_receiver());
    tables
}

fn of_agreements() -> Vec<TableDef> {
    vec![
        TableDef::new("exchange_nodes")
            .text("id")
            .text("title_zh")
            .text("title_en")
            .text("url")
            .text("public_key")
            .opt_text("sealed")
            .text("state")
            .int("registered_at")
            .text("registered_by")
            .key(["id"]),
        TableDef::new("exchange_contracts")
            .text("id")
            .text("terms")
            .text("digest")
            .text("provider")
            .text("consumer")
            .text("register")
            .text("until")
            .int("priority")
            .text("state")
            .text("proposed_by")
            .int("proposed_at")
            .opt_text("decided_by")
            .opt_int("decided_at")
            .text("reason")
            .key(["id"]),
    ]
}

fn of_sender() -> Vec<TableDef> {
    vec![
        TableDef::new("exchange_sent")
            .text("contract")
            .int("batch")
            .text("kind")
            .text("state")
            .text("last_key")
            .int("parts")
            .int("row_count")
            .text("content")
            .int("quota_rows")
            .text("quota_day")
            .text("reason")
            .int("started_at")
            .text("started_by")
            .opt_int("closed_at")
            .opt_text("receipt")
            .opt_int("other_rows")
            .key(["contract", "batch"])
            .index(["state"]),
        TableDef::new("exchange_outbox")
            .text("contract")
            .int("batch")
            .int("part")
            .int("priority")
            .text("body")
            .int("tries")
            .int("next_at")
            .text("state")
            .text("reason")
            .key(["contract", "batch", "part"])
            .index(["state", "next_at"]),
    ]
}

fn of_receiver() -> Vec<TableDef> {
    vec![
        TableDef::new("exchange_received")
            .text("contract")
            .int("batch")
            .text("kind")
            .text("state")
            .text("reason")
            .int("started_at")
            .opt_int("closed_at")
            .opt_text("receipt")
            .key(["contract", "batch"]),
        TableDef::new("exchange_parts")
            .text("contract")
            .int("batch")
            .int("part")
            .text("hash")
            .int("row_count")
            .int("accepted")
            .text("rejected")
            .int("received_at")
            .key(["contract", "batch", "part"]),
        TableDef::new("exchange_copies")
            .text("contract")
            .text("record")
            .text("row_values")
            .text("hash")
            .int("batch")
            .int("received_at")
            .key(["contract", "record"]),
        TableDef::new("exchange_rejects")
            .text("contract")
            .int("batch")
            .int("part")
            .int("place")
            .text("record")
            .text("row_values")
            .text("reasons")
            .text("state")
            .key(["contract", "batch", "part", "place"])
            .index(["contract", "state"]),
        TableDef::new("exchange_differences")
            .text("contract")
            .int("batch")
            .text("side")
            .text("record")
            .text("kind")
            .key(["contract", "batch", "side", "record"]),
        TableDef::new("exchange_nonces")
            .text("node")
            .text("nonce")
            .int("expires_at")
            .key(["node", "nonce"])
            .index(["expires_at"]),
    ]
}
