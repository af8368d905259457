//! A resident says "this one, too": their report becomes a child of an open case, with a number of its own.

use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan, StoreError};

use crate::case_type::Kind;
use crate::engine::State;
use crate::error::ProcessError;
use crate::store::{self, CaseRow};

use super::advance::main_case;
use super::open_case::search_text;
use super::{Engine, OpenCase, Opened, case_resource, idempotency, note};

/// A further report of something that is already a case.
#[derive(Debug, Clone, Default)]
pub struct JoinCase {
    /// Number or id of the open case.
    pub parent: String,
    /// `web`, `collector`, `open311`, `hotline`, `import`.
    pub channel: String,
    /// Declared facts of this report: words, photos, contact.
    pub facts: Map<String, Json>,
    /// Makes the request safe to send twice.
    pub idempotency: Option<String>,
}

const OP: &str = "cases.join";

impl Engine {
    /// Joins an open case. The child has the status `merged` and follows its parent; nothing is decided for it.
    ///
    /// # Errors
    /// All problems of the input at once, one of them a parent that has ended; a refusal of the gate; the store's.
    pub fn join_case(&self, ctx: &OpCtx, request: &JoinCase) -> Result<Opened, ProcessError> {
        self.retrying(|| match self.store.commit(self.plan_join(ctx, request)?) {
            // A taken number is drawn anew with everything else.
            Err(StoreError::Taken { .. }) => Err(StoreError::Changed {
                table: "cases".to_owned(),
            }
            .into()),
            result => Ok(Opened::of(&result?)),
        })
    }

    fn plan_join(&self, ctx: &OpCtx, request: &JoinCase) -> Result<Plan, ProcessError> {
        let parent = self
            .store
            .read(|reader| main_case(reader, ctx, &request.parent))?;
        let parent = parent.ok_or_else(|| ProcessError::NotFound {
            what: "case",
            id: request.parent.clone(),
        })?;
        if parent.status != "open" {
            return Err(ProcessError::Invalid(vec![Problem::new(
                "cases.join_ended",
                "parent",
                "这个案卷已经办结，请重新上报",
                "this case has ended; please report anew",
            )]));
        }
        let kind = self.kind(&parent.system)?;
        let (case, facts) = self.child(ctx, kind, &parent, request)?;
        let photos = self.photo_rows(ctx, kind.declared.fields.iter(), &facts)?;
        let note = json!({
            "kind": "joined", "who": note::who(ctx), "number": case.number, "parent": parent.id,
            "parent_number": parent.number, "channel": case.channel, "status": case.status,
        });
        let reply = json!({ "case_id": case.id, "number": case.number, "parent": parent.number });
        let content = json!([request.parent, request.channel, request.facts]);
        let state = State {
            ended: true,
            status: Some("merged".to_owned()),
            ..State::default()
        };
        let mut row = Change::put(kind.declared.table.clone()).with("id", case.id.clone());
        for field in &kind.declared.fields {
            for (column, cell) in field.to_cells(facts.get(&field.name).unwrap_or(&Json::Null)) {
                row = row.with(column, store::cell(cell));
            }
        }
        Ok(
            Plan::new(ctx.realm, ctx.entry(OP, format!("case/{}", case.id), note))
                .expect(Expect::absent("cases", [("id", case.id.as_str().into())]))
                .change(case.put("cases"))
                .change(
                    Change::put("case_state")
                        .with("id", case.id.clone())
                        .with("state", serde_json::to_string(&state).unwrap_or_default()),
                )
                .change(row)
                .changes(photos)
                .idempotent(idempotency(
                    request.idempotency.as_deref(),
                    OP,
                    ctx,
                    &content,
                ))
                .reply(reply),
        )
    }

    fn child(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        parent: &CaseRow,
        request: &JoinCase,
    ) -> Result<(CaseRow, Map<String, Json>), ProcessError> {
        let now = ctx.now();
        let open = OpenCase {
            system: parent.system.clone(),
            category: parent.category.clone(),
            place: parent.lon.zip(parent.lat),
            address: parent.address.clone(),
            grid: parent.grid.clone(),
            division: parent.division.clone(),
            channel: request.channel.clone(),
            facts: request.facts.clone(),
            ..OpenCase::default()
        };
        let mut case = self.first_row(kind, &open, now)?;
        self.gate
            .require(ctx, "cases.create", &case_resource(&case))?;
        let facts = self.opening_facts(kind, &open, &case, now)?;
        case.title.clone_from(&parent.title);
        case.status = "merged".to_owned();
        case.parent = Some(parent.id.clone());
        case.closed_at = Some(now);
        case.words = Some(search_text(&case, &facts));
        Ok((case, facts))
    }
}
