//! The SQL of identity: rows in, domain types out. No rule and no permission here.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::Timestamp;
use yuandu_base::LocalText;
use yuandu_ids::{PostId, RealmId, UserId};
use yuandu_store::{Change, Expect, Reader, Row, Value};

use crate::error::IdentityError;
use crate::factors::{Factor, FactorRow};
use crate::gate::PrincipalCell;
use crate::model::{
    Holding, Officer, Organisation, Person, PersonStatus, Post, Provisioned, Scope,
};
use crate::password::PasswordHash;
use crate::secret::SessionKey;

type Read<T> = Result<T, IdentityError>;

/// A person with what sign-in needs.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) person: Person,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) failed: i64,
    pub(crate) locked_until: Option<Timestamp>,
    pub(crate) pos: i64,
}

/// A stored session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id (the hash of the token).
    pub id: SessionKey,
    /// The person.
    pub user: UserId,
    /// The post acted in.
    pub post: PostId,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Language of the pages, `zh` or `en`.
    pub lang: String,
    /// When the person last proved who they are in it.
    pub proved_at: Timestamp,
    /// How, by RFC 8176, separated by spaces.
    pub methods: String,
}

const ACCOUNT: &str =
    "SELECT id, login, name, phone, password, status, failed, locked_until, pos FROM users";

pub(crate) fn account_by_login(
    reader: &Reader<'_>,
    realm: RealmId,
    login: &str,
) -> Read<Option<Account>> {
    let sql = format!("{ACCOUNT} WHERE realm = $1 AND login = $2");
    reader
        .query_one(&sql, &[realm_value(realm), login.into()])?
        .map(|row| account(&row))
        .transpose()
}

pub(crate) fn account_by_id(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &UserId,
) -> Read<Option<Account>> {
    let sql = format!("{ACCOUNT} WHERE realm = $1 AND id = $2");
    reader
        .query_one(&sql, &[realm_value(realm), user.to_string().into()])?
        .map(|row| account(&row))
        .transpose()
}

fn account(row: &Row) -> Read<Account> {
    Ok(Account {
        person: person(row)?,
        password: row.opt_text("password")?.map(PasswordHash::stored),
        failed: row.int("failed")?,
        locked_until: row.opt_timestamp("locked_until")?,
        pos: row.int("pos")?,
    })
}

fn person(row: &Row) -> Read<Person> {
    Ok(Person {
        id: id("person", &row.text("id")?)?,
        login: row.text("login")?,
        name: row.text("name")?,
        phone: row.text("phone")?,
        status: match row.text("status")?.as_str() {
            "active" => PersonStatus::Active,
            _ => PersonStatus::Suspended,
        },
    })
}

/// Posts the person holds at `now`, in the order they were given.
pub(crate) fn posts_held(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &UserId,
    now: Timestamp,
) -> Read<Vec<PostId>> {
    let rows = reader.query(
        "SELECT post_id FROM holdings WHERE realm = $1 AND user_id = $2 AND from_at <= $3 AND (to_at IS NULL OR to_at > $3) \
         ORDER BY from_at, post_id",
        &[realm_value(realm), user.to_string().into(), now.into()],
    )?;
    rows.iter()
        .map(|row| id("post", &row.text("post_id")?))
        .collect()
}

const OFFICER: &str = "u.id AS user_id, u.login, u.name, u.status, p.id AS post_id, p.org, p.title_zh, p.title_en, p.roles, p.scope, \
     o.name_zh, o.name_en FROM users u JOIN posts p ON p.realm = u.realm JOIN orgs o ON o.realm = p.realm AND o.id = p.org";
const HELD: &str = "EXISTS (SELECT 1 FROM holdings h WHERE h.realm = u.realm AND h.user_id = u.id AND h.post_id = p.id \
     AND h.from_at <= $4 AND (h.to_at IS NULL OR h.to_at > $4))";

/// The person as an officer in a post held at `now`; `None` if suspended or not held.
pub(crate) fn officer(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &UserId,
    post: &PostId,
    now: Timestamp,
) -> Read<Option<Officer>> {
    let sql = format!(
        "SELECT {OFFICER} WHERE u.realm = $1 AND u.id = $2 AND p.id = $3 AND u.status = 'active' AND {HELD}"
    );
    let parameters = [
        realm_value(realm),
        user.to_string().into(),
        post.to_string().into(),
        now.into(),
    ];
    reader
        .query_one(&sql, &parameters)?
        .map(|row| officer_of(&row))
        .transpose()
}

fn officer_of(row: &Row) -> Read<Officer> {
    Ok(Officer {
        user: id("person", &row.text("user_id")?)?,
        login: row.text("login")?,
        name: row.text("name")?,
        post: id("post", &row.text("post_id")?)?,
        post_title: LocalText::new(row.text("title_zh")?, row.text("title_en")?),
        org: id("organisation", &row.text("org")?)?,
        org_name: LocalText::new(row.text("name_zh")?, row.text("name_en")?),
        roles: roles(row)?,
        scope: scope(row)?,
        principal: PrincipalCell::default(),
    })
}

const SESSION: &str =
    "SELECT id, user_id, post_id, created_at, expires_at, lang, proved_at, methods FROM sessions";

pub(crate) fn session(
    reader: &Reader<'_>,
    realm: RealmId,
    session: &SessionKey,
) -> Read<Option<SessionRow>> {
    let sql = format!("{SESSION} WHERE realm = $1 AND id = $2");
    reader
        .query_one(&sql, &[realm_value(realm), session.as_str().into()])?
        .map(|row| session_row(&row))
        .transpose()
}

pub(crate) fn sessions_of(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &UserId,
) -> Read<Vec<SessionRow>> {
    let sql = format!("{SESSION} WHERE realm = $1 AND user_id = $2 ORDER BY created_at, id");
    reader
        .query(&sql, &[realm_value(realm), user.to_string().into()])?
        .iter()
        .map(session_row)
        .collect()
}

pub(crate) fn sessions_expired(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
    limit: i64,
) -> Read<Vec<SessionRow>> {
    let sql =
        format!("{SESSION} WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3");
    reader
        .query(&sql, &[realm_value(realm), now.into(), limit.into()])?
        .iter()
        .map(session_row)
        .collect()
}

fn session_row(row: &Row) -> Read<SessionRow> {
    let text = row.text("id")?;
    Ok(SessionRow {
        id: SessionKey::parse(&text)
            .ok_or_else(|| IdentityError::stored("session", "its id is no hash"))?,
        user: id("person", &row.text("user_id")?)?,
        post: id("post", &row.text("post_id")?)?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        lang: row.text("lang")?,
        // Sessions from before these columns were proved when they began, with a password.
        proved_at: match row.opt_timestamp("proved_at")? {
            Some(at) => at,
            None => row.timestamp("created_at")?,
        },
        methods: row.opt_text("methods")?.unwrap_or_else(|| "pwd".to_owned()),
    })
}

pub(crate) fn organisations(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<Organisation>> {
    let rows = reader.query(
        "SELECT id, name_zh, name_en, kind, parent, division, credit_code, status FROM orgs WHERE realm = $1 ORDER BY id",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Organisation {
                id: id("organisation", &row.text("id")?)?,
                name: LocalText::new(row.text("name_zh")?, row.text("name_en")?),
                kind: row.text("kind")?,
                parent: row
                    .opt_text("parent")?
                    .map(|parent| id("organisation", &parent))
                    .transpose()?,
                division: row.text("division")?,
                credit_code: row.text("credit_code")?,
                active: row.text("status")? == "active",
            })
        })
        .collect()
}

pub(crate) fn posts(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<Post>> {
    let rows = reader.query(
        "SELECT id, org, title_zh, title_en, roles, scope FROM posts WHERE realm = $1 ORDER BY id",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Post {
                id: id("post", &row.text("id")?)?,
                org: id("organisation", &row.text("org")?)?,
                title: LocalText::new(row.text("title_zh")?, row.text("title_en")?),
                roles: roles(row)?,
                scope: scope(row)?,
            })
        })
        .collect()
}

pub(crate) fn people(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<Person>> {
    let rows = reader.query(
        "SELECT id, login, name, phone, status FROM users WHERE realm = $1 ORDER BY id",
        &[realm_value(realm)],
    )?;
    rows.iter().map(person).collect()
}

/// People whose account pauses, with the end of the pause.
pub(crate) fn paused(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
) -> Read<std::collections::BTreeMap<UserId, Timestamp>> {
    let rows = reader.query(
        "SELECT id, locked_until FROM users WHERE realm = $1 AND locked_until > $2",
        &[realm_value(realm), now.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok((
                id("users", &row.text("id")?)?,
                row.timestamp("locked_until")?,
            ))
        })
        .collect()
}

pub(crate) fn holdings(reader: &Reader<'_>, realm: RealmId) -> Read<Vec<Holding>> {
    let rows = reader.query(
        "SELECT user_id, post_id, from_at, to_at FROM holdings WHERE realm = $1 ORDER BY from_at, post_id, user_id",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Holding {
                user: id("person", &row.text("user_id")?)?,
                post: id("post", &row.text("post_id")?)?,
                from: row.timestamp("from_at")?,
                to: row.opt_timestamp("to_at")?,
            })
        })
        .collect()
}

/// The second factors of a person, the oldest first.
pub(crate) fn factors(reader: &Reader<'_>, realm: RealmId, user: &UserId) -> Read<Vec<FactorRow>> {
    let rows = reader.query(
        "SELECT id, kind, label, secret, counter, created_at, used_at, pos FROM factors WHERE realm = $1 AND user_id = $2 ORDER BY created_at, id",
        &[realm_value(realm), user.to_string().into()],
    )?;
    rows.iter().map(factor_row).collect()
}

/// The passkey with a credential's id, and whose it is.
pub(crate) fn passkey(
    reader: &Reader<'_>,
    realm: RealmId,
    credential: &str,
) -> Read<Option<(UserId, FactorRow)>> {
    let row = reader.query_one(
        "SELECT user_id, id, kind, label, secret, counter, created_at, used_at, pos FROM factors WHERE realm = $1 AND id = $2 AND kind = 'passkey'",
        &[realm_value(realm), credential.into()],
    )?;
    row.map(|row| Ok((id("person", &row.text("user_id")?)?, factor_row(&row)?)))
        .transpose()
}

fn factor_row(row: &Row) -> Read<FactorRow> {
    Ok(FactorRow {
        factor: Factor {
            id: row.text("id")?,
            kind: row.text("kind")?,
            label: row.text("label")?,
            created_at: row.timestamp("created_at")?,
            used_at: row.opt_timestamp("used_at")?,
        },
        secret: row.text("secret")?,
        counter: row.opt_int("counter")?,
        pos: row.int("pos")?,
    })
}

/// Ids of challenges that were answered and have expired since.
pub(crate) fn spent_expired(
    reader: &Reader<'_>,
    realm: RealmId,
    now: Timestamp,
    limit: i64,
) -> Read<Vec<String>> {
    let rows = reader.query(
        "SELECT id FROM spent WHERE realm = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3",
        &[realm_value(realm), now.into(), limit.into()],
    )?;
    rows.iter().map(|row| Ok(row.text("id")?)).collect()
}

/// What systems that provision people know about them.
pub(crate) fn provisioned(
    reader: &Reader<'_>,
    realm: RealmId,
) -> Read<std::collections::BTreeMap<UserId, Provisioned>> {
    let rows = reader.query(
        "SELECT user_id, external_id, removed FROM provisioned WHERE realm = $1",
        &[realm_value(realm)],
    )?;
    rows.iter()
        .map(|row| {
            let known = Provisioned {
                external_id: row.text("external_id")?,
                removed: row.boolean("removed")?,
            };
            Ok((id("person", &row.text("user_id")?)?, known))
        })
        .collect()
}

pub(crate) fn put_provisioned(user: &UserId, known: &Provisioned, now: Timestamp) -> Change {
    Change::put("provisioned")
        .with("user_id", user.to_string())
        .with("external_id", known.external_id.as_str())
        .with("removed", known.removed)
        .with("changed_at", now)
}

fn roles(row: &Row) -> Read<BTreeSet<String>> {
    serde_json::from_str(&row.text("roles")?).map_err(|error| IdentityError::stored("post", error))
}

fn scope(row: &Row) -> Read<Scope> {
    serde_json::from_str(&row.text("scope")?).map_err(|error| IdentityError::stored("post", error))
}

fn id<T: FromStr>(what: &'static str, text: &str) -> Read<T> {
    text.parse()
        .map_err(|_| IdentityError::stored(what, "its id cannot be read"))
}

fn realm_value(realm: RealmId) -> Value {
    Value::from(realm.get())
}

pub(crate) fn put_organisation(org: &Organisation) -> Change {
    Change::put("orgs")
        .with("id", org.id.to_string())
        .with("name_zh", org.name.zh.as_str())
        .with("name_en", org.name.en.as_str())
        .with("kind", org.kind.as_str())
        .with("parent", org.parent.as_ref().map(ToString::to_string))
        .with("division", org.division.as_str())
        .with("credit_code", org.credit_code.as_str())
        .with("status", if org.active { "active" } else { "closed" })
}

pub(crate) fn put_post(post: &Post) -> Read<Change> {
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| IdentityError::stored("post", error))
    };
    Ok(Change::put("posts")
        .with("id", post.id.to_string())
        .with("org", post.org.to_string())
        .with("title_zh", post.title.zh.as_str())
        .with("title_en", post.title.en.as_str())
        .with("roles", json(serde_json::to_string(&post.roles))?)
        .with("scope", json(serde_json::to_string(&post.scope))?))
}

pub(crate) fn put_person(person: &Person, password: Option<&PasswordHash>) -> Change {
    Change::put("users")
        .with("id", person.id.to_string())
        .with("login", person.login.as_str())
        .with("name", person.name.as_str())
        .with("phone", person.phone.as_str())
        .with("password", password.map(|hash| hash.as_str().to_owned()))
        .with("status", person.status.as_str())
        .with("failed", 0_i64)
        .with("locked_until", Value::Null)
}

/// Changes what is known about a person; password and failures stay.
pub(crate) fn set_person(person: &Person) -> Change {
    Change::set("users")
        .key("id", person.id.to_string())
        .with("login", person.login.as_str())
        .with("name", person.name.as_str())
        .with("phone", person.phone.as_str())
        .with("status", person.status.as_str())
}

pub(crate) fn set_failures(user: &UserId, failed: i64, locked_until: Option<Timestamp>) -> Change {
    Change::set("users")
        .key("id", user.to_string())
        .with("failed", failed)
        .with("locked_until", locked_until)
}

pub(crate) fn set_password(user: &UserId, password: &PasswordHash) -> Change {
    Change::set("users")
        .key("id", user.to_string())
        .with("password", password.as_str())
        .with("failed", 0_i64)
        .with("locked_until", Value::Null)
}

pub(crate) fn put_holding(holding: &Holding) -> Change {
    Change::put("holdings")
        .with("user_id", holding.user.to_string())
        .with("post_id", holding.post.to_string())
        .with("from_at", holding.from)
        .with("to_at", holding.to)
}

pub(crate) fn put_session(session: &SessionRow) -> Change {
    Change::put("sessions")
        .with("id", session.id.as_str())
        .with("user_id", session.user.to_string())
        .with("post_id", session.post.to_string())
        .with("created_at", session.created_at)
        .with("expires_at", session.expires_at)
        .with("lang", session.lang.as_str())
        .with("proved_at", session.proved_at)
        .with("methods", session.methods.as_str())
}

pub(crate) fn delete_session(session: &SessionKey) -> Change {
    Change::delete("sessions").key("id", session.as_str())
}

/// The account is as it was read.
pub(crate) fn account_unchanged(account: &Account) -> Expect {
    Expect::unchanged(
        "users",
        [("id", account.person.id.to_string().into())],
        account.pos,
    )
}

/// Somebody who stands in for a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubstitutionRow {
    /// The post made for it.
    pub post: String,
    /// The post it stands in for.
    pub of_post: String,
    /// Who stands in.
    pub user: String,
    /// Who appointed them.
    pub by_user: String,
    /// From when.
    pub from_at: Timestamp,
    /// Until when.
    pub to_at: Timestamp,
    /// Why.
    pub reason: String,
    /// `open` or `ended` before its time.
    pub status: String,
    /// Log position that last wrote the row.
    pub pos: i64,
}

impl SubstitutionRow {
    fn read(row: &Row) -> Read<Self> {
        Ok(Self {
            post: row.text("post_id")?,
            of_post: row.text("of_post")?,
            user: row.text("user_id")?,
            by_user: row.text("by_user")?,
            from_at: row.timestamp("from_at")?,
            to_at: row.timestamp("to_at")?,
            reason: row.text("reason")?,
            status: row.text("status")?,
            pos: row.int("pos")?,
        })
    }

    pub(crate) fn put(&self) -> Change {
        Change::put("substitutions")
            .with("post_id", self.post.as_str())
            .with("of_post", self.of_post.as_str())
            .with("user_id", self.user.as_str())
            .with("by_user", self.by_user.as_str())
            .with("from_at", self.from_at)
            .with("to_at", self.to_at)
            .with("reason", self.reason.as_str())
            .with("status", self.status.as_str())
    }
}

/// The substitution a post was made for.
pub(crate) fn substitution(
    reader: &Reader<'_>,
    realm: RealmId,
    post: &str,
) -> Read<Option<SubstitutionRow>> {
    let sql = "SELECT * FROM substitutions WHERE realm = $1 AND post_id = $2";
    let row = reader.query_one(sql, &[realm_value(realm), post.into()])?;
    row.as_ref().map(SubstitutionRow::read).transpose()
}

/// Whom a user lets stand in, the newest first.
pub(crate) fn substitutions_by(
    reader: &Reader<'_>,
    realm: RealmId,
    user: &str,
) -> Read<Vec<SubstitutionRow>> {
    let sql = "SELECT * FROM substitutions WHERE realm = $1 AND by_user = $2 ORDER BY from_at DESC, post_id LIMIT 100";
    let rows = reader.query(sql, &[realm_value(realm), user.into()])?;
    rows.iter().map(SubstitutionRow::read).collect()
}
