//! The tables of the authority. Keys of its services are kept sealed; the authority's own key is in no table.

use yuandu_store::TableDef;

/// Declarations of every table of this crate.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    vec![
        TableDef::new("pki_requests")
            .text("id")
            .text("asked")
            .opt_bytes("subject")
            .opt_bytes("csr")
            .text("key_kind")
            .text("key_hash")
            .text("status")
            .opt_text("renews")
            .text("requested_by")
            .text("requested_name")
            .int("requested_at")
            .opt_text("decided_by")
            .opt_text("decided_name")
            .opt_int("decided_at")
            .opt_text("words")
            .opt_text("serial")
            .key(["id"])
            .index(["status", "id"])
            .index(["requested_by", "id"]),
        TableDef::new("pki_certificates")
            .text("serial")
            .text("ca")
            .text("kind")
            .text("asked")
            .text("subject")
            .text("key_kind")
            .text("key_hash")
            .opt_bytes("certificate")
            .int("not_before")
            .int("not_after")
            .text("issued_to")
            .text("issued_by")
            .opt_text("request")
            .opt_text("renewed_by")
            .opt_int("revoked_at")
            .opt_int("reason")
            .opt_text("revoked_by")
            .key(["serial"])
            .index(["key_hash"])
            .index(["issued_to", "serial"])
            .index(["not_after"])
            .index(["ca", "revoked_at"]),
        TableDef::new("pki_services")
            .text("ca")
            .text("role")
            .text("serial")
            .opt_bytes("certificate")
            .text("sealed")
            .int("made_at")
            .int("not_after")
            .key(["ca", "role"]),
    ]
}
