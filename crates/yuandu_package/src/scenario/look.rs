//! How a case stands, and each thing a scenario may expect of it as comparable JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_base::calendar::{Calendar, Lamp, TimeLedger};
use yuandu_ids::CaseNumber;
use yuandu_process::{CardRow, CaseRow, CaseType, TaskRow};
use yuandu_schema::FieldType;
use yuandu_store::{Store, StoreError};

use super::queries;

/// A case at one moment.
pub(super) struct Look {
    pub(super) case: CaseRow,
    pub(super) tasks: Vec<TaskRow>,
    cards: Vec<CardRow>,
    children: Vec<CaseRow>,
    facts: Map<String, Json>,
    instants: Vec<String>,
    now: Timestamp,
}

impl Look {
    pub(super) fn take(
        store: &Store,
        realm: i64,
        kind: &CaseType,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        store.read(|reader| {
            let Some(case) = queries::case(reader, realm, id)? else {
                return Ok(None);
            };
            let instants = kind
                .fields
                .iter()
                .filter(|field| field.kind == FieldType::Instant);
            Ok(Some(Self {
                case,
                tasks: queries::tasks(reader, realm, id)?,
                cards: queries::cards(reader, realm, id)?,
                children: queries::children(reader, realm, id)?,
                facts: queries::facts(reader, realm, (&kind.table, &kind.fields), id)?,
                instants: instants.map(|field| field.name.clone()).collect(),
                now,
            }))
        })
    }

    /// The task of a node: the open one of the user, else an open one, else the newest.
    pub(super) fn task(&self, node: &str, user: Option<&str>) -> Option<&TaskRow> {
        let mut of_node = self.tasks.iter().rev().filter(|task| task.node == node);
        let open = of_node.clone().filter(|task| task.status == "open");
        let mine = |task: &&TaskRow| task.assignee.is_some() && task.assignee.as_deref() == user;
        let own = open.clone().find(mine);
        own.or_else(|| open.clone().next())
            .or_else(|| of_node.next())
    }

    pub(super) fn open_tasks(&self) -> Vec<&str> {
        let mut open: Vec<&str> = self
            .tasks
            .iter()
            .filter(|task| task.status == "open")
            .map(|task| task.node.as_str())
            .collect();
        open.sort_unstable();
        open
    }

    /// What an expectation is compared with; none when there is no such thing.
    pub(super) fn at(&self, key: &str, labels: &BTreeMap<String, String>) -> Option<Json> {
        let case = &self.case;
        Some(match key {
            "stage" => json!(case.stage),
            "status" => json!(case.status),
            "org" => json!(case.org),
            "title" => json!(case.title),
            "category" => json!(case.category),
            "due" => local(case.due_at),
            "lamp" => json!(self.lamp()),
            "number" => json!(if case.number.parse::<CaseNumber>().is_ok() {
                "any"
            } else {
                "not a number of a case"
            }),
            "parent" => {
                let label = labels
                    .iter()
                    .find(|(_, id)| Some(*id) == case.parent.as_ref());
                json!(label.map(|(label, _)| label))
            }
            "children" => json!(self.children.len()),
            "children_status" => {
                let mut statuses: Vec<&str> = self
                    .children
                    .iter()
                    .map(|child| child.status.as_str())
                    .collect();
                statuses.dedup();
                json!(statuses.join(", "))
            }
            "open_tasks" => json!(self.open_tasks()),
            name => return self.fact(name),
        })
    }

    /// A declared fact; instants are local times.
    pub(super) fn fact(&self, name: &str) -> Option<Json> {
        let value = self.facts.get(name)?;
        if self.instants.iter().any(|known| known == name) {
            return Some(local(value.as_str().and_then(|text| text.parse().ok())));
        }
        Some(value.clone())
    }

    /// Cards of a colour, or all.
    pub(super) fn cards(&self, colour: Option<&str>) -> usize {
        self.cards
            .iter()
            .filter(|card| colour.is_none_or(|wanted| card.colour == wanted))
            .count()
    }

    fn lamp(&self) -> &'static str {
        match self.case.due_at {
            None => "none",
            Some(due) => match Lamp::at(self.now, self.case.warn_at.unwrap_or(due), due) {
                Lamp::Green => "green",
                Lamp::Yellow => "yellow",
                Lamp::Red => "red",
            },
        }
    }
}

/// An instant as a local time of the city, to the minute when it is a whole one.
pub(super) fn local(at: Option<Timestamp>) -> Json {
    let zone = Calendar::statutory().time_zone();
    match at {
        None => Json::Null,
        Some(at) => {
            let local = at.to_zoned(zone.clone()).datetime();
            let shape = if local.second() == 0 && local.subsec_nanosecond() == 0 {
                "%Y-%m-%dT%H:%M"
            } else {
                "%Y-%m-%dT%H:%M:%S"
            };
            local.strftime(shape).to_string().into()
        }
    }
}

/// The words that explain a clock of a case, in both languages.
pub(super) fn explanation(
    store: &Store,
    (realm, calendar): (i64, &Calendar),
    case: &str,
    clock: &str,
) -> Result<String, StoreError> {
    let ledger = store.read(|reader| queries::ledger(reader, realm, case, clock))?;
    let ledger: Option<TimeLedger> = ledger.and_then(|text| serde_json::from_str(&text).ok());
    let text = ledger
        .and_then(|ledger| calendar.due(&ledger).ok())
        .map(|projection| projection.text());
    Ok(text
        .map(|text| format!("{}\n{}", text.zh, text.en))
        .unwrap_or_default())
}
