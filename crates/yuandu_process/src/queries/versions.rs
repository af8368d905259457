//! Published versions, which cases run on them, and migrations between them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, StoreError, Value};

use crate::engine::Mapping;
use crate::error::ProcessError;
use crate::ops::Engine;
use crate::parts::{self, PartChange};
use crate::store::{CaseRow, realm};

/// A version as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The system.
    pub system: String,
    /// The version.
    pub version: String,
    /// The hash of what is frozen.
    pub digest: String,
    /// Its files by their path in the package.
    pub files: BTreeMap<String, String>,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_name: String,
}

/// A version with the cases that run on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The system.
    pub system: String,
    /// The version.
    pub version: String,
    /// Whether new cases begin with it.
    pub current: bool,
    /// When it was published, once it was.
    pub published_at: Option<Timestamp>,
    /// Open cases that run on it.
    pub open: i64,
}

/// A migration of cases from one version to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRow {
    /// Its id.
    pub id: String,
    /// The system.
    pub system: String,
    /// From this version.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Nodes that have another id there.
    pub mapping: Mapping,
    /// Why.
    pub reason: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// By whom.
    pub begun_name: String,
    /// Cases that are in the new version by it.
    pub moved: i64,
    /// Cases that went back.
    pub back: i64,
    /// Log position that last wrote it.
    pub pos: i64,
}

/// Which open cases of a version are meant; empty fields ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationFilter {
    /// Those with an open task at this node.
    pub node: Option<String>,
    /// Those of this category.
    pub category: Option<String>,
    /// Those this organisation has.
    pub org: Option<String>,
    /// This one, by number.
    pub number: Option<String>,
}

/// Where a look over cases is.
pub(crate) struct Stretch<'a> {
    pub(crate) system: &'a str,
    pub(crate) version: &'a str,
    /// Only those a migration brought.
    pub(crate) migration: Option<&'a str>,
    pub(crate) filter: &'a MigrationFilter,
    pub(crate) after: &'a str,
    pub(crate) limit: usize,
}

/// Every version that was published, in the order of publication.
pub(crate) fn published(
    reader: &Reader<'_>,
    realm_id: RealmId,
) -> Result<Vec<PublishedVersion>, StoreError> {
    let sql = "SELECT * FROM process_versions WHERE realm = $1 ORDER BY published_at, id";
    let rows = reader.query(sql, &[realm(realm_id)])?;
    rows.iter().map(version).collect()
}

fn version(row: &Row) -> Result<PublishedVersion, StoreError> {
    let files = row.text("files")?;
    Ok(PublishedVersion {
        system: row.text("system")?,
        version: row.text("version")?,
        digest: row.text("digest")?,
        files: serde_json::from_str(&files).map_err(|_| StoreError::Column {
            column: "process_versions.files".to_owned(),
            wanted: "files by path",
        })?,
        published_at: row.timestamp("published_at")?,
        published_name: row.text("published_name")?,
    })
}

fn migration(row: &Row) -> Result<MigrationRow, StoreError> {
    let mapping = row.text("mapping")?;
    Ok(MigrationRow {
        id: row.text("id")?,
        system: row.text("system")?,
        from: row.text("from_version")?,
        to: row.text("to_version")?,
        mapping: serde_json::from_str(&mapping).map_err(|_| StoreError::Column {
            column: "migrations.mapping".to_owned(),
            wanted: "nodes by node",
        })?,
        reason: row.text("reason")?,
        begun_at: row.timestamp("begun_at")?,
        begun_name: row.text("begun_name")?,
        moved: row.int("moved")?,
        back: row.int("back")?,
        pos: row.int("pos")?,
    })
}

/// A migration by its id.
pub(crate) fn migration_row(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<MigrationRow>, StoreError> {
    let sql = "SELECT * FROM migrations WHERE realm = $1 AND id = $2";
    let row = reader.query_one(sql, &[realm(realm_id), id.into()])?;
    row.as_ref().map(migration).transpose()
}

/// Open cases of a version in the order of their ids.
pub(crate) fn cases_of(
    reader: &Reader<'_>,
    realm_id: RealmId,
    of: &Stretch<'_>,
) -> Result<Vec<CaseRow>, StoreError> {
    let (sql, params) = condition("SELECT * FROM cases", realm_id, of);
    let limit = i64::try_from(of.limit).unwrap_or(i64::MAX);
    let mut params = params;
    params.push(limit.into());
    let sql = format!("{sql} ORDER BY cases.id LIMIT ${}", params.len());
    let rows = reader.query(&sql, &params)?;
    rows.iter().map(CaseRow::read).collect()
}

/// How many open cases of a version are meant.
pub(crate) fn count_of(
    reader: &Reader<'_>,
    realm_id: RealmId,
    of: &Stretch<'_>,
) -> Result<i64, StoreError> {
    let (sql, params) = condition("SELECT count(*) AS cases FROM cases", realm_id, of);
    match reader.query_one(&sql, &params)? {
        Some(row) => row.int("cases"),
        None => Ok(0),
    }
}

fn condition(select: &str, realm_id: RealmId, of: &Stretch<'_>) -> (String, Vec<Value>) {
    let mut params: Vec<Value> = vec![
        realm(realm_id),
        of.system.into(),
        of.version.into(),
        of.after.into(),
    ];
    let mut sql = format!(
        "{select} WHERE cases.realm = $1 AND cases.system = $2 AND cases.process_version = $3 AND cases.status = 'open' AND cases.id > $4"
    );
    let filter = of.filter;
    let columns = [
        ("cases.migration", of.migration.map(str::to_owned)),
        ("cases.category", filter.category.clone()),
        ("cases.org", filter.org.clone()),
        ("cases.number", filter.number.clone()),
    ];
    for (column, wanted) in columns {
        if let Some(wanted) = wanted {
            params.push(wanted.into());
            sql.push_str(&format!(" AND {column} = ${}", params.len()));
        }
    }
    if let Some(node) = &filter.node {
        params.push(node.as_str().into());
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM tasks WHERE tasks.realm = cases.realm AND tasks.case_id = cases.id AND tasks.status = 'open' AND tasks.node = ${})",
            params.len()
        ));
    }
    (sql, params)
}

impl Engine {
    /// The versions that are loaded, with the open cases of each.
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub fn list_versions(&self, ctx: &OpCtx) -> Result<Vec<VersionRow>, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let sql = "SELECT system, process_version, count(*) AS cases FROM cases WHERE realm = $1 AND status = 'open' GROUP BY system, process_version";
        let (published, counts) = self.store.read(|reader| {
            let published = published(reader, ctx.realm)?;
            let rows = reader.query(sql, &[realm(ctx.realm)])?;
            let counts = rows.iter().map(|row| {
                let key = (row.text("system")?, row.text("process_version")?);
                Ok((key, row.int("cases")?))
            });
            Ok::<_, StoreError>((
                published,
                counts.collect::<Result<BTreeMap<_, _>, StoreError>>()?,
            ))
        })?;
        let mut keys: Vec<(String, String)> = published
            .iter()
            .map(|v| (v.system.clone(), v.version.clone()))
            .collect();
        let current = self.current_kinds();
        keys.extend(current.map(|k| (k.declared.system.clone(), k.declared.version.clone())));
        keys.extend(counts.keys().cloned());
        keys.sort_by_key(|(system, version)| (system.clone(), by_number(version)));
        keys.dedup();
        let row = |(system, version): (String, String)| {
            let when = published
                .iter()
                .find(|v| v.system == system && v.version == version);
            let current = self.kind(&system);
            VersionRow {
                current: current.is_ok_and(|kind| kind.declared.version == version),
                published_at: when.map(|v| v.published_at),
                open: counts
                    .get(&(system.clone(), version.clone()))
                    .copied()
                    .unwrap_or(0),
                system,
                version,
            }
        };
        Ok(keys.into_iter().map(row).collect())
    }

    /// What changed from one version of a system to another: nodes and flows added, removed, changed.
    ///
    /// # Errors
    /// [`ProcessError::VersionMissing`]; a refusal of the gate.
    pub fn compare_versions(
        &self,
        ctx: &OpCtx,
        system: &str,
        (from, to): (&str, &str),
    ) -> Result<Vec<PartChange>, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let of = |version: &str| {
            let kind = self.version(system, version)?;
            let files = kind.declared.files.iter();
            let models = files.filter(|(path, _)| path.ends_with(".bpmn"));
            // A file that was published has been read once: what cannot be read now adds nothing.
            let parts = models.flat_map(|(_, text)| parts::parts(text).unwrap_or_default());
            Ok::<_, ProcessError>(parts.collect::<Vec<_>>())
        };
        Ok(parts::compare(&of(from)?, &of(to)?))
    }

    /// Migrations, the newest first.
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub fn list_migrations(&self, ctx: &OpCtx) -> Result<Vec<MigrationRow>, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let sql =
            "SELECT * FROM migrations WHERE realm = $1 ORDER BY begun_at DESC, id DESC LIMIT 200";
        Ok(self.store.read(|reader| {
            let rows = reader.query(sql, &[realm(ctx.realm)])?;
            rows.iter()
                .map(migration)
                .collect::<Result<Vec<_>, StoreError>>()
        })?)
    }
}

/// `1.10.0` after `1.9.0`.
fn by_number(version: &str) -> Vec<u64> {
    let parts = version.split('.');
    parts.map(|part| part.parse().unwrap_or(0)).collect()
}
