//! The SQL of the provider: rows in, types out. No rule here.

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, Value};

use crate::client::Client;
use crate::error::OidcError;
use crate::form::Form;
use crate::grant::{CodeFacts, SignInFacts};

type Read<T> = Result<T, OidcError>;

pub(crate) struct KeyRow {
    pub(crate) kid: String,
    pub(crate) alg: String,
    pub(crate) public: String,
    pub(crate) sealed: String,
    pub(crate) created_at: Timestamp,
    pub(crate) retired_at: Option<Timestamp>,
}

pub(crate) struct CodeRow {
    pub(crate) client: String,
    pub(crate) grant: String,
    pub(crate) facts: CodeFacts,
    pub(crate) expires_at: Timestamp,
    pub(crate) used: bool,
    pub(crate) pos: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct GrantRow {
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) post: String,
    pub(crate) session: String,
    pub(crate) scope: String,
    pub(crate) facts: SignInFacts,
    pub(crate) offline: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

pub(crate) struct TokenRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) grant: String,
    pub(crate) client: String,
    pub(crate) scope: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) pos: i64,
}

pub(crate) struct PushedRow {
    pub(crate) client: String,
    pub(crate) form: Form,
    pub(crate) expires_at: Timestamp,
    pub(crate) pos: i64,
}

pub(crate) struct RegistrationRow {
    pub(crate) uses_left: i64,
    pub(crate) expires_at: Timestamp,
    pub(crate) pos: i64,
}

pub(crate) fn keys(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<KeyRow>> {
    let rows = reader.query(
        "SELECT kid, alg, public, sealed, created_at, retired_at FROM oidc_keys WHERE realm = $1 ORDER BY created_at DESC, kid",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(KeyRow {
                kid: row.text("kid")?,
                alg: row.text("alg")?,
                public: row.text("public")?,
                sealed: row.text("sealed")?,
                created_at: row.timestamp("created_at")?,
                retired_at: row.opt_timestamp("retired_at")?,
            })
        })
        .collect()
}

pub(crate) fn clients(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<Client>> {
    let rows = reader.query(
        "SELECT id, metadata, secret, management, trusted, dynamic, created_at, pos FROM oidc_clients WHERE realm = $1",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Client {
                id: row.text("id")?,
                metadata: serde_json::from_str(&row.text("metadata")?)
                    .map_err(|error| OidcError::stored("client", error))?,
                trusted: row.boolean("trusted")?,
                dynamic: row.boolean("dynamic")?,
                created_at: row.timestamp("created_at")?,
                secret: row.opt_text("secret")?,
                management: row.opt_text("management")?,
                pos: row.int("pos")?,
            })
        })
        .collect()
}

pub(crate) fn code(reader: &Reader<'_>, realm: RealmId, id: &str) -> Read<Option<CodeRow>> {
    let row = reader.query_one(
        "SELECT client, grant_id, parameters, expires_at, used, pos FROM oidc_codes WHERE realm = $1 AND id = $2",
        &[realm_value(realm), id.into()],
    )?;
    row.map(|row| {
        Ok(CodeRow {
            client: row.text("client")?,
            grant: row.text("grant_id")?,
            facts: serde_json::from_str(&row.text("parameters")?)
                .map_err(|error| OidcError::stored("code", error))?,
            expires_at: row.timestamp("expires_at")?,
            used: row.boolean("used")?,
            pos: row.int("pos")?,
        })
    })
    .transpose()
}

const GRANT: &str = "SELECT id, client, user_id, post_id, session, scope, proof, offline, created_at, expires_at, ended_at FROM oidc_grants";

pub(crate) fn grant(reader: &Reader<'_>, realm: RealmId, id: &str) -> Read<Option<GrantRow>> {
    let sql = format!("{GRANT} WHERE realm = $1 AND id = $2");
    reader
        .query_one(&sql, &[realm_value(realm), id.into()])?
        .map(|row| grant_row(&row))
        .transpose()
}

pub(crate) fn open_grants_of(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &str,
    client: &str,
) -> Read<Vec<GrantRow>> {
    let sql = format!(
        "{GRANT} WHERE realm = $1 AND user_id = $2 AND client = $3 AND ended_at IS NULL ORDER BY id"
    );
    reader
        .query(&sql, &[realm_value(realm), user.into(), client.into()])?
        .iter()
        .map(grant_row)
        .collect()
}

/// Grants that hang on a session which is no longer there, a few at a time.
pub(crate) fn orphaned_grants(
    reader: &Reader<'_>,
    realm: RealmId,
    limit: i64,
) -> Read<Vec<GrantRow>> {
    let sql = format!(
        "{GRANT} WHERE realm = $1 AND ended_at IS NULL AND session <> '' AND NOT EXISTS \
         (SELECT 1 FROM sessions s WHERE s.realm = oidc_grants.realm AND s.id = oidc_grants.session) ORDER BY id LIMIT $2"
    );
    reader
        .query(&sql, &[realm_value(realm), limit.into()])?
        .iter()
        .map(grant_row)
        .collect()
}

fn grant_row(row: &Row) -> Read<GrantRow> {
    Ok(GrantRow {
        id: row.text("id")?,
        client: row.text("client")?,
        user: row.text("user_id")?,
        post: row.text("post_id")?,
        session: row.text("session")?,
        scope: row.text("scope")?,
        facts: serde_json::from_str(&row.text("proof")?)
            .map_err(|error| OidcError::stored("grant", error))?,
        offline: row.boolean("offline")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        ended_at: row.opt_timestamp("ended_at")?,
    })
}

pub(crate) fn token(reader: &Reader<'_>, realm: RealmId, id: &str) -> Read<Option<TokenRow>> {
    let row = reader.query_one(
        "SELECT id, kind, grant_id, client, scope, issued_at, expires_at, used_at, pos FROM oidc_tokens WHERE realm = $1 AND id = $2",
        &[realm_value(realm), id.into()],
    )?;
    row.map(|row| {
        Ok(TokenRow {
            id: row.text("id")?,
            kind: row.text("kind")?,
            grant: row.text("grant_id")?,
            client: row.text("client")?,
            scope: row.text("scope")?,
            issued_at: row.timestamp("issued_at")?,
            expires_at: row.timestamp("expires_at")?,
            used_at: row.opt_timestamp("used_at")?,
            pos: row.int("pos")?,
        })
    })
    .transpose()
}

pub(crate) fn pushed(reader: &Reader<'_>, realm: RealmId, id: &str) -> Read<Option<PushedRow>> {
    let row = reader.query_one(
        "SELECT client, parameters, expires_at, pos FROM oidc_pushed WHERE realm = $1 AND id = $2",
        &[realm_value(realm), id.into()],
    )?;
    row.map(|row| {
        Ok(PushedRow {
            client: row.text("client")?,
            form: serde_json::from_str(&row.text("parameters")?)
                .map_err(|error| OidcError::stored("pushed request", error))?,
            expires_at: row.timestamp("expires_at")?,
            pos: row.int("pos")?,
        })
    })
    .transpose()
}

/// Whether an assertion of a client was used already.
pub(crate) fn is_spent(reader: &Reader<'_>, realm: RealmId, client: &str, jti: &str) -> Read<bool> {
    let row = reader.query_one(
        "SELECT jti FROM oidc_assertions WHERE realm = $1 AND client = $2 AND jti = $3",
        &[realm_value(realm), client.into(), jti.into()],
    )?;
    Ok(row.is_some())
}

/// The scope a person allowed a client; empty if none.
pub(crate) fn consent(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &str,
    client: &str,
) -> Read<String> {
    let row = reader.query_one(
        "SELECT scope FROM oidc_consents WHERE realm = $1 AND user_id = $2 AND client = $3",
        &[realm_value(realm), user.into(), client.into()],
    )?;
    Ok(row
        .map(|row| row.text("scope"))
        .transpose()?
        .unwrap_or_default())
}

/// Consents of a person: client, scope, when.
pub(crate) fn consents_of(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &str,
) -> Read<Vec<(String, String, Timestamp)>> {
    let rows = reader.query(
        "SELECT client, scope, given_at FROM oidc_consents WHERE realm = $1 AND user_id = $2 ORDER BY client",
        &[realm_value(realm), user.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok((
                row.text("client")?,
                row.text("scope")?,
                row.timestamp("given_at")?,
            ))
        })
        .collect()
}

pub(crate) fn registration(
    reader: &Reader<'_>,
    realm: RealmId,
    id: &str,
) -> Read<Option<RegistrationRow>> {
    let row = reader.query_one(
        "SELECT uses_left, expires_at, pos FROM oidc_registrations WHERE realm = $1 AND id = $2",
        &[realm_value(realm), id.into()],
    )?;
    row.map(|row| {
        Ok(RegistrationRow {
            uses_left: row.int("uses_left")?,
            expires_at: row.timestamp("expires_at")?,
            pos: row.int("pos")?,
        })
    })
    .transpose()
}

/// A notice of sign-out that waits: id, client, address, person, session, tries.
pub(crate) struct NoticeRow {
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) uri: String,
    pub(crate) user: String,
    pub(crate) session: String,
    pub(crate) tries: i64,
}

pub(crate) fn notices_due(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
    limit: i64,
) -> Read<Vec<NoticeRow>> {
    let rows = reader.query(
        "SELECT id, client, uri, user_id, session, tries FROM oidc_notices WHERE realm = $1 AND next_at <= $2 ORDER BY next_at, id LIMIT $3",
        &[realm_value(realm), now.into(), limit.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(NoticeRow {
                id: row.text("id")?,
                client: row.text("client")?,
                uri: row.text("uri")?,
                user: row.text("user_id")?,
                session: row.text("session")?,
                tries: row.int("tries")?,
            })
        })
        .collect()
}

/// A table, and the key of one of its rows.
type ExpiredRow = (&'static str, Vec<(&'static str, String)>);

/// What has expired, as table and key, so that it can be removed.
pub(crate) fn expired(
    reader: &Reader<'_>,
    realm: RealmId,
    before: Timestamp,
    limit: i64,
) -> Read<Vec<ExpiredRow>> {
    let parameters = [realm_value(realm), before.into(), limit.into()];
    let mut found = Vec::new();
    for (table, sql) in [
        (
            "oidc_codes",
            "SELECT id FROM oidc_codes WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3",
        ),
        (
            "oidc_pushed",
            "SELECT id FROM oidc_pushed WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3",
        ),
        (
            "oidc_tokens",
            "SELECT id FROM oidc_tokens WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3",
        ),
    ] {
        for row in reader.query(sql, &parameters)? {
            found.push((table, vec![("id", row.text("id")?)]));
        }
    }
    let rows = reader.query(
        "SELECT client, jti FROM oidc_assertions WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3",
        &parameters,
    )?;
    for row in rows {
        let key = vec![("client", row.text("client")?), ("jti", row.text("jti")?)];
        found.push(("oidc_assertions", key));
    }
    Ok(found)
}

fn realm_value(realm: RealmId) -> Value {
    Value::from(realm.get())
}
