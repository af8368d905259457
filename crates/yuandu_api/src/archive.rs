//! Cases that left the tables, as the API and the pages ask for them. Each is shown by the same policies as one in the tables.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use yuandu_archive::{ArchiveError, Found, Kind, Matter, Question, Sealed};
use yuandu_base::ErrorKind;
use yuandu_identity::{OpCtx, ResourceKind};
use yuandu_ids::RealmId;
use yuandu_insight::Scope;
use yuandu_process::{CaseRow, KeptCase, PublicView};
use yuandu_schema::Retention;
use yuandu_store::{Entry, Store, TableDef};

use crate::error::private;
use crate::{ApiError, App, Visitor};

/// Steps from a merged case to the one it is handled with, at most; more than any office makes.
const MERGES: usize = 16;

/// The tables of what belongs to a case, with the column that names it.
const PARTS: [(&str, &str); 9] = [
    ("case_state", "id"),
    ("case_turns", "case_id"),
    ("tasks", "case_id"),
    ("timers", "case_id"),
    ("waits", "case_id"),
    ("clocks", "case_id"),
    ("cards", "case_id"),
    ("incidents", "case_id"),
    ("repairs", "case_id"),
];

/// What a case consists of: its rows in these tables, those of declared facts among them. Nothing if one is not there.
#[must_use]
pub fn kind(tables: &[TableDef], facts: impl Iterator<Item = String>) -> Option<Kind> {
    let table = |name: &str| tables.iter().find(|table| table.name == name).cloned();
    let mut parts = Vec::new();
    for (name, column) in PARTS {
        parts.push((table(name)?, column.to_owned()));
    }
    // Versions of one system share a table.
    let facts: BTreeSet<String> = facts.collect();
    for name in facts {
        parts.push((table(&name)?, "id".to_owned()));
    }
    let column = str::to_owned;
    Some(Kind {
        own: table("cases")?,
        id: column("id"),
        number: column("number"),
        words: column("words"),
        group: column("system"),
        parent: column("parent"),
        opened_at: column("opened_at"),
        closed_at: column("closed_at"),
        updated_at: column("updated_at"),
        parts,
    })
}

/// Seals one lot of about `most` cases that ended before a moment, wait for nothing, and were not brought back since; nothing if
/// none is left.
///
/// # Errors
/// A case changed at that moment; a failure of the store.
pub fn seal_due(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    before: Timestamp,
    (most, entry): (usize, Entry),
) -> Result<Option<Sealed>, ArchiveError> {
    let asked_for = yuandu_archive::recalled_since(store, realm, before)?;
    let ids = yuandu_process::ended_before(store, realm, before, (most, &asked_for))?;
    yuandu_archive::seal(store, realm, kind, &ids, entry)
}

impl App {
    /// Looks through the archive for what the visitor may see.
    ///
    /// # Errors
    /// The visitor may see no cases at all; a failure of the archive.
    pub fn search_archive(
        &self,
        visitor: &Visitor,
        question: &Question<'_>,
    ) -> Result<Found, ApiError> {
        let ctx = &visitor.ctx;
        // An empty answer would hide from a visitor that signing in is what is missing.
        if !self.gate.may_ever(ctx, "cases.view", ResourceKind::Case) {
            visitor.officer()?;
        }
        let mut allowed = |matter: &Matter| self.may_view(ctx, matter).unwrap_or(false);
        let found = yuandu_archive::find(&self.store, self.realm, question, &mut allowed)?;
        Ok(found)
    }

    /// The facts of an archived case that every case has, if the visitor may see it.
    ///
    /// # Errors
    /// A failure of the archive.
    pub fn archived_case(&self, ctx: &OpCtx, key: &str) -> Result<Option<CaseRow>, ApiError> {
        let found = yuandu_archive::get(&self.store, self.realm, &canonical(key))?;
        match found {
            Some(matter) if self.may_view(ctx, &matter)? => {
                Ok(Some(CaseRow::read(&matter.row()?)?))
            }
            _ => Ok(None),
        }
    }

    /// Instead of "there is no such case": that it is in the archive, if it is and the visitor may see it.
    #[must_use]
    pub fn or_archived(&self, ctx: &OpCtx, key: &str, error: ApiError) -> ApiError {
        if error.kind != ErrorKind::NotFound {
            return error;
        }
        match self.archived_case(ctx, key) {
            Ok(Some(case)) => self.gone(&case),
            Ok(None) => error,
            Err(failed) => failed,
        }
    }

    fn gone(&self, case: &CaseRow) -> ApiError {
        let number = &case.number;
        let day = self
            .calendar()
            .local_date(case.closed_at.unwrap_or(case.updated_at));
        ApiError::new(
            ErrorKind::Gone,
            "cases.archived",
            format!(
                "案卷 {number} 已于 {day} 办结并归档，用编号或标题里的词可在档案中查到；要看全部材料，请运维人员执行 `yuandu archive --recall {number}` 取回"
            ),
            format!(
                "case {number} ended on {day} and is in the archive, where its number or words of its title find it; to see all its papers ask an operator to bring it back with `yuandu archive --recall {number}`"
            ),
        )
    }

    fn may_view(&self, ctx: &OpCtx, matter: &Matter) -> Result<bool, ApiError> {
        Ok(self.engine.may_view_kept(ctx, &matter.row()?)?)
    }

    /// A report as its reporter follows it, also if it left the tables.
    ///
    /// # Errors
    /// There is no such report; a refusal of the gate; a failure of the store or the archive.
    pub fn track(&self, ctx: &OpCtx, number: &str) -> Result<PublicView, ApiError> {
        let unknown = match self.engine.public_view(ctx, number) {
            Err(error) if error.kind() == ErrorKind::NotFound => error,
            other => return Ok(other?),
        };
        let number = canonical(number);
        let Some(family) = yuandu_archive::family(&self.store, self.realm, &number)? else {
            return Err(unknown.into());
        };
        let Some(own) = family.first() else {
            return Err(unknown.into());
        };
        let main = main_of(&family, own);
        let facts = match self.engine.kind(main.text("system")) {
            Ok(kind) => main.rows(&kind.declared.table)?.into_iter().next(),
            Err(_) => None,
        };
        let joined = family
            .iter()
            .filter(|matter| matter.parent.as_ref() == Some(&main.id))
            .count();
        let kept = KeptCase {
            own: own.row()?,
            main: (main.id != own.id).then(|| main.row()).transpose()?,
            facts,
            clocks: main.rows("clocks")?,
            joined,
        };
        Ok(self.engine.public_view_of(ctx, &kept)?)
    }

    /// How many cases of a system opened in a time are in the archive, where no figure counts them.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn archived_in(&self, system: &str, scope: &Scope) -> Result<u64, ApiError> {
        let time = (scope.from.as_millisecond(), scope.to.as_millisecond());
        let count = yuandu_archive::count_of(&self.store, self.realm, system, time)?;
        Ok(count)
    }

    /// Whether anything was ever archived.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn has_archive(&self) -> Result<bool, ApiError> {
        Ok(!yuandu_archive::is_empty(&self.store, self.realm)?)
    }

    /// Until when the rules say that a case must be kept; nothing if for good. The archive removes nothing.
    #[must_use]
    pub fn kept_until(&self, matter: &Matter) -> Option<Timestamp> {
        let mut registers = self.registers.defs();
        let register = registers.find(|def| def.is_case && def.package == matter.text("system"))?;
        let time = match register.retention {
            Retention::Permanent => return None,
            Retention::Years(years) => Span::new().years(years),
            Retention::Months(months) => Span::new().months(months),
        };
        let closed = Timestamp::from_millisecond(matter.closed_at_ms).ok()?;
        let until = closed.to_zoned(TimeZone::UTC).checked_add(time).ok()?;
        Some(until.timestamp())
    }
}

/// The case that a merged one is handled with; they lie in one segment.
fn main_of<'a>(family: &'a [Matter], own: &'a Matter) -> &'a Matter {
    let mut main = own;
    for _ in 0..MERGES {
        let merged = main.text("status") == "merged";
        let parent = family
            .iter()
            .find(|matter| merged && main.parent.as_ref() == Some(&matter.id));
        match parent {
            Some(parent) => main = parent,
            None => break,
        }
    }
    main
}

/// A number as it is kept, whatever hyphens were typed; an id stays as it is.
fn canonical(key: &str) -> String {
    let number = key.trim().parse::<yuandu_ids::CaseNumber>();
    number.map_or_else(|_| key.trim().to_owned(), |number| number.to_string())
}

impl From<ArchiveError> for ApiError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Store(error) => error.into(),
            other => {
                private(other.kind(), &other);
                Self::new(
                    other.kind(),
                    "archive.damaged",
                    "档案的一个文件缺失或损坏，请通知运维人员运行 `yuandu verify`",
                    "a file of the archive is missing or damaged; tell the operator to run `yuandu verify`",
                )
            }
        }
    }
}
