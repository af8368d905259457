//! The SQL of the authority: rows in, types out. No rule here.

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, Value};
use yuandu_trust::issue::Revoked;

use crate::error::PkiError;
use crate::subject::{Asked, Kind};

type Read<T> = Result<T, PkiError>;

/// A request for a certificate.
#[derive(Debug, Clone)]
pub struct RequestRow {
    /// Its id.
    pub id: String,
    /// Whose certificate is asked for.
    pub asked: Asked,
    /// The subject's name, DER.
    pub subject: Vec<u8>,
    /// The kind of key in words.
    pub key_kind: String,
    /// `open`, `issued` or `refused`.
    pub status: String,
    /// The serial number of the certificate it renews.
    pub renews: Option<String>,
    /// Who asked, as the log names them.
    pub requested_by: String,
    /// Their name.
    pub requested_name: String,
    /// When.
    pub requested_at: Timestamp,
    /// Who decided.
    pub decided_name: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was refused.
    pub words: Option<String>,
    /// The serial number of the certificate that was issued.
    pub serial: Option<String>,
    pub(crate) csr: Vec<u8>,
    pub(crate) key_hash: String,
    pub(crate) pos: i64,
}

/// A certificate.
#[derive(Debug, Clone)]
pub struct CertificateRow {
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// What it is for.
    pub kind: Kind,
    /// Whose it is in words.
    pub subject: String,
    /// The kind of key in words.
    pub key_kind: String,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// Who asked for it, as the log names them.
    pub issued_to: String,
    /// The serial number of the one that renewed it.
    pub renewed_by: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why, by its number in RFC 5280.
    pub reason: Option<u8>,
    pub(crate) asked: Option<Asked>,
    pub(crate) pos: i64,
}

/// What an answer needs to know of a certificate.
pub(crate) struct StandingRow {
    pub(crate) serial: String,
    pub(crate) revoked: Option<(Timestamp, u8)>,
}

/// A service's key and certificate.
pub(crate) struct ServiceRow {
    pub(crate) certificate: Vec<u8>,
    pub(crate) sealed: String,
    pub(crate) made_at: Timestamp,
    pub(crate) revoked: bool,
    pub(crate) pos: i64,
}

const REQUEST: &str = "SELECT id, asked, subject, csr, key_kind, key_hash, status, renews, requested_by, requested_name, requested_at, decided_name, decided_at, words, serial, pos FROM pki_requests";

pub(crate) fn request(reader: &Reader<'_>, realm: RealmId, id: &str) -> Read<Option<RequestRow>> {
    let sql = format!("{REQUEST} WHERE realm = $1 AND id = $2");
    let row = reader.query_one(&sql, &[realm_value(realm), id.into()])?;
    row.map(|row| request_row(&row)).transpose()
}

/// Requests in the order they were made, those after the one named; of one person, or of all.
pub(crate) fn requests(
    reader: &Reader<'_>,
    realm: RealmId,
    status: &str,
    (by, after): (Option<&str>, &str),
    limit: i64,
) -> Read<Vec<RequestRow>> {
    let mut sql = format!("{REQUEST} WHERE realm = $1 AND status = $2 AND id > $3");
    let mut parameters = vec![
        realm_value(realm),
        status.into(),
        after.into(),
        limit.into(),
    ];
    if let Some(by) = by {
        sql.push_str(" AND requested_by = $5");
        parameters.push(by.into());
    }
    sql.push_str(" ORDER BY id LIMIT $4");
    let rows = reader.query(&sql, &parameters)?;
    rows.iter().map(request_row).collect()
}

fn request_row(row: &Row) -> Read<RequestRow> {
    Ok(RequestRow {
        id: row.text("id")?,
        asked: asked(&row.text("asked")?)?,
        subject: row.bytes("subject")?.to_vec(),
        csr: row.bytes("csr")?.to_vec(),
        key_kind: row.text("key_kind")?,
        key_hash: row.text("key_hash")?,
        status: row.text("status")?,
        renews: row.opt_text("renews")?,
        requested_by: row.text("requested_by")?,
        requested_name: row.text("requested_name")?,
        requested_at: row.timestamp("requested_at")?,
        decided_name: row.opt_text("decided_name")?,
        decided_at: row.opt_timestamp("decided_at")?,
        words: row.opt_text("words")?,
        serial: row.opt_text("serial")?,
        pos: row.int("pos")?,
    })
}

fn asked(text: &str) -> Read<Asked> {
    serde_json::from_str(text).map_err(|error| PkiError::stored("request", error))
}

const CERTIFICATE: &str = "SELECT serial, kind, asked, subject, key_kind, certificate, not_before, not_after, issued_to, renewed_by, revoked_at, reason, pos FROM pki_certificates";

pub(crate) fn certificate(
    reader: &Reader<'_>,
    realm: RealmId,
    serial: &str,
) -> Read<Option<CertificateRow>> {
    let sql = format!("{CERTIFICATE} WHERE realm = $1 AND serial = $2");
    let row = reader.query_one(&sql, &[realm_value(realm), serial.into()])?;
    row.map(|row| certificate_row(&row)).transpose()
}

/// Which certificates are listed.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Whose end lies before this, not revoked and not renewed.
    pub ends_before: Option<Timestamp>,
    /// The revoked alone.
    pub revoked: bool,
    /// Those after the serial number of the page before.
    pub after: String,
}

pub(crate) fn certificates(
    reader: &Reader<'_>,
    realm: RealmId,
    by: Option<&str>,
    filter: &CertificateFilter,
    limit: i64,
) -> Read<Vec<CertificateRow>> {
    let mut sql = format!("{CERTIFICATE} WHERE realm = $1 AND serial > $2");
    let mut parameters = vec![
        realm_value(realm),
        filter.after.as_str().into(),
        limit.into(),
    ];
    let mut also = |condition: &str, value: Value| {
        parameters.push(value);
        sql.push_str(&format!(" AND {condition} ${}", parameters.len()));
    };
    if let Some(by) = by {
        also("issued_to =", by.into());
    }
    if let Some(kind) = filter.kind {
        also("kind =", kind.as_str().into());
    }
    if let Some(end) = filter.ends_before {
        also(
            "revoked_at IS NULL AND renewed_by IS NULL AND not_after <",
            end.into(),
        );
    }
    if filter.revoked {
        sql.push_str(" AND revoked_at IS NOT NULL");
    }
    sql.push_str(" ORDER BY serial LIMIT $3");
    let rows = reader.query(&sql, &parameters)?;
    rows.iter().map(certificate_row).collect()
}

fn certificate_row(row: &Row) -> Read<CertificateRow> {
    let kind = row.text("kind")?;
    let kind = Kind::parse(&kind).ok_or_else(|| PkiError::stored("certificate", kind))?;
    let wish = row.text("asked")?;
    Ok(CertificateRow {
        serial: row.text("serial")?,
        kind,
        asked: if wish.is_empty() {
            None
        } else {
            Some(asked(&wish)?)
        },
        subject: row.text("subject")?,
        key_kind: row.text("key_kind")?,
        der: row.bytes("certificate")?.to_vec(),
        not_before: row.timestamp("not_before")?,
        not_after: row.timestamp("not_after")?,
        issued_to: row.text("issued_to")?,
        renewed_by: row.opt_text("renewed_by")?,
        revoked_at: row.opt_timestamp("revoked_at")?,
        reason: row
            .opt_int("reason")?
            .and_then(|code| u8::try_from(code).ok()),
        pos: row.int("pos")?,
    })
}

/// How certificates of an authority stand, those of them that were issued; one query for all.
pub(crate) fn standings(
    reader: &Reader<'_>,
    realm: RealmId,
    ca: &str,
    serials: &[String],
) -> Read<Vec<StandingRow>> {
    let mut parameters = vec![realm_value(realm), ca.into()];
    let places: Vec<String> = (3..serials.len() + 3)
        .map(|number| format!("${number}"))
        .collect();
    parameters.extend(serials.iter().map(Value::from));
    let sql = format!(
        "SELECT serial, revoked_at, reason FROM pki_certificates WHERE realm = $1 AND ca = $2 AND serial IN ({})",
        places.join(", ")
    );
    let rows = reader.query(&sql, &parameters)?;
    rows.iter()
        .map(|row| {
            let reason = row.opt_int("reason")?.unwrap_or_default();
            let reason = u8::try_from(reason).unwrap_or_default();
            Ok(StandingRow {
                serial: row.text("serial")?,
                revoked: row.opt_timestamp("revoked_at")?.map(|at| (at, reason)),
            })
        })
        .collect()
}

/// What an authority revoked and what had not ended by then.
pub(crate) fn revoked(
    reader: &Reader<'_>,
    realm: RealmId,
    ca: &str,
    since: Timestamp,
) -> Read<Vec<Revoked>> {
    let mut found = Vec::new();
    reader.query_each(
        "SELECT serial, revoked_at, reason FROM pki_certificates WHERE realm = $1 AND ca = $2 AND revoked_at IS NOT NULL AND not_after >= $3 ORDER BY revoked_at, serial",
        &[realm_value(realm), ca.into(), since.into()],
        |row| {
            let reason = row.opt_int("reason")?.unwrap_or_default();
            found.push(Revoked {
                serial: unhex(&row.text("serial")?),
                at: row.timestamp("revoked_at")?,
                reason: u8::try_from(reason).unwrap_or_default(),
            });
            Ok(true)
        },
    )?;
    Ok(found)
}

/// Whose certificates hold a key, and whether it was given away.
pub(crate) fn key_used(
    reader: &Reader<'_>,
    realm: RealmId,
    key_hash: &str,
) -> Read<Vec<(Option<Asked>, Option<i64>)>> {
    let rows = reader.query(
        "SELECT asked, reason FROM pki_certificates WHERE realm = $1 AND key_hash = $2",
        &[realm_value(realm), key_hash.into()],
    )?;
    rows.iter()
        .map(|row| {
            let wish = row.text("asked")?;
            let wish = if wish.is_empty() {
                None
            } else {
                Some(asked(&wish)?)
            };
            Ok((wish, row.opt_int("reason")?))
        })
        .collect()
}

pub(crate) fn service(
    reader: &Reader<'_>,
    realm: RealmId,
    ca: &str,
    role: &str,
) -> Read<Option<ServiceRow>> {
    let row = reader.query_one(
        "SELECT s.certificate, s.sealed, s.made_at, s.pos, c.revoked_at FROM pki_services s LEFT JOIN pki_certificates c ON c.realm = s.realm AND c.serial = s.serial WHERE s.realm = $1 AND s.ca = $2 AND s.role = $3",
        &[realm_value(realm), ca.into(), role.into()],
    )?;
    row.map(|row| {
        Ok(ServiceRow {
            certificate: row.bytes("certificate")?.to_vec(),
            sealed: row.text("sealed")?,
            made_at: row.timestamp("made_at")?,
            revoked: row.opt_int("revoked_at")?.is_some(),
            pos: row.int("pos")?,
        })
    })
    .transpose()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn realm_value(realm: RealmId) -> Value {
    Value::from(realm.get())
}
