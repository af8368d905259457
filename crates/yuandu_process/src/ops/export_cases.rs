//! Hands the cases of a list out as a file: a log entry first, then page after page.

use serde_json::{Value as Json, json};
use yuandu_base::LocalText;
use yuandu_identity::{IdentityError, OpCtx};
use yuandu_store::Plan;

use crate::error::ProcessError;
use crate::queries::{CaseFilter, CaseOrder};
use crate::store::CaseRow;

use super::{Engine, note};

/// Cases read at a time.
const PAGE: usize = 500;
const OP: &str = "cases.export";

/// An export asked for.
#[derive(Debug, Clone, Default)]
pub struct ExportCases {
    /// Which cases.
    pub filter: CaseFilter,
    /// In which order.
    pub order: CaseOrder,
    /// The filter as the person asked for it, for the log.
    pub asked: Json,
}

impl Engine {
    /// Hands every case that the officer may export to `each`, page by page, until there is none left or `each` says
    /// that nobody listens any more (`false`). Returns how many were handed out.
    ///
    /// # Errors
    /// A refusal when the officer may export nothing; a failure of the gate or the store.
    pub fn export_cases(
        &self,
        ctx: &OpCtx,
        export: &ExportCases,
        each: &mut dyn FnMut(&[CaseRow]) -> bool,
    ) -> Result<u64, ProcessError> {
        let base = self.visible(ctx, OP, &export.filter)?;
        if base.nothing {
            return Err(refused());
        }
        let text = json!({ "kind": "exported", "who": note::who(ctx), "asked": export.asked });
        self.store
            .commit(Plan::new(ctx.realm, ctx.entry(OP, "cases", text)))?;
        let (mut after, mut count) = (None::<String>, 0_u64);
        loop {
            let page = self.page_of(&base, export.order, after.as_deref(), PAGE)?;
            count += u64::try_from(page.cases.len()).unwrap_or(0);
            let wanted = page.cases.is_empty() || each(&page.cases);
            after = page.next;
            if !wanted || after.is_none() {
                return Ok(count);
            }
        }
    }
}

fn refused() -> ProcessError {
    let reason = LocalText::new(
        "您的岗位没有导出案卷的权限",
        "your post may not export cases",
    );
    IdentityError::Denied {
        action: OP.to_owned(),
        reasons: vec![reason],
    }
    .into()
}
