//! What is asked of others beside a step: 委派, 加签, 会办, 分办, 抄送, 传阅, 督办.
//!
//! Each is a task of its own beside the step it is about: it stands in the inbox of whoever is asked, has a due instant if one
//! was named, and is answered like any task. The model knows nothing of it, so that it can be asked at any step. Here are the
//! kinds and what they mean; asking is in `ask`, answering in `answer`.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_identity::{Actor, Officer, OpCtx, PrincipalCell, Scope};
use yuandu_ids::{OrgId, PostId, UserId};
use yuandu_schema::{FieldDef, FieldType};

use crate::store::TaskRow;

/// A way of asking others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beside {
    /// 委派: somebody else does the work and it comes back.
    Delegate,
    /// 前加签: somebody signs before the step is decided.
    Before,
    /// 并加签: somebody signs while the step is decided; it goes on when both have.
    Parallel,
    /// 后加签: somebody signs after the step is decided; only then it goes on.
    After,
    /// 会办、协办: others say what they think; the step need not wait for them.
    Consult,
    /// 分办: each unit does its part; the step waits for all of them.
    Part,
    /// 抄送: for information.
    Copy,
    /// 传阅: to be read, with a remark if one wants.
    Circulate,
    /// 督办: whoever has the case reports how it stands, by a day.
    Supervise,
}

/// How something asked beside a step was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Done, read, or signed.
    Yes,
    /// Not signed.
    No,
}

impl Beside {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Delegate,
        Self::Before,
        Self::Parallel,
        Self::After,
        Self::Consult,
        Self::Part,
        Self::Copy,
        Self::Circulate,
        Self::Supervise,
    ];

    /// The word programs use.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.node().trim_start_matches('@')
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind of a task; none for a step of the process.
    #[must_use]
    pub fn of(task: &TaskRow) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.node() == task.node)
    }

    /// What stands in the column `node`: no id of BPMN begins like this.
    pub(crate) fn node(self) -> &'static str {
        match self {
            Self::Delegate => "@delegate",
            Self::Before => "@sign_before",
            Self::Parallel => "@sign_beside",
            Self::After => "@sign_after",
            Self::Consult => "@consult",
            Self::Part => "@part",
            Self::Copy => "@copy",
            Self::Circulate => "@circulate",
            Self::Supervise => "@supervise",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> LocalText {
        let (zh, en) = match self {
            Self::Delegate => ("委派", "Delegated"),
            Self::Before => ("前加签", "Sign first"),
            Self::Parallel => ("并加签", "Sign too"),
            Self::After => ("后加签", "Sign afterwards"),
            Self::Consult => ("会办", "Consulted"),
            Self::Part => ("分办", "A part to do"),
            Self::Copy => ("抄送", "Copy"),
            Self::Circulate => ("传阅", "To read"),
            Self::Supervise => ("督办", "Supervised"),
        };
        LocalText::new(zh, en)
    }

    /// Whether the step cannot be decided before it is answered.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Delegate | Self::Before | Self::Part)
    }

    /// Whether it is a signature.
    #[must_use]
    pub fn signs(self) -> bool {
        matches!(self, Self::Before | Self::Parallel | Self::After)
    }

    /// Whether the decision of the step is kept until it is given.
    pub(crate) fn keeps(self) -> bool {
        matches!(self, Self::Parallel | Self::After)
    }

    /// Whether it is only to be read.
    #[must_use]
    pub fn is_reading(self) -> bool {
        matches!(self, Self::Copy | Self::Circulate)
    }

    /// Whether units are asked and not people.
    #[must_use]
    pub fn of_units(self) -> bool {
        self == Self::Part
    }

    /// Whether it is asked about a step; else about the case as a whole.
    #[must_use]
    pub fn of_step(self) -> bool {
        !self.is_reading() && self != Self::Supervise
    }

    /// Whether an answer must say something.
    fn needs_words(self) -> bool {
        matches!(
            self,
            Self::Delegate | Self::Consult | Self::Part | Self::Supervise
        )
    }

    /// The ways to answer: id, words on the button, style, verdict.
    pub(crate) fn answers(self) -> &'static [(&'static str, &'static str, &'static str, Verdict)] {
        match self {
            Self::Before | Self::Parallel | Self::After => &[
                ("agree", "同意", "Agree", Verdict::Yes),
                ("disagree", "不同意", "Disagree", Verdict::No),
            ],
            Self::Copy | Self::Circulate => &[("read", "已阅", "Read", Verdict::Yes)],
            Self::Consult => &[("answer", "提交意见", "Send the opinion", Verdict::Yes)],
            Self::Supervise => &[("answer", "反馈办理情况", "Report", Verdict::Yes)],
            Self::Delegate | Self::Part => {
                &[("answer", "办完交回", "Done, hand back", Verdict::Yes)]
            }
        }
    }

    /// The one field of an answer; who does not agree says why.
    pub(crate) fn opinion(self, verdict: Verdict) -> FieldDef {
        let label = match self {
            Self::Delegate | Self::Part | Self::Supervise => {
                LocalText::new("办理情况", "What was done")
            }
            Self::Copy | Self::Circulate => LocalText::new("批注（可不填）", "Remark (optional)"),
            _ => LocalText::new("意见", "Opinion"),
        };
        let field = FieldDef::new("opinion", FieldType::LongText { max: 500 }, label);
        if self.needs_words() || verdict == Verdict::No {
            field.required()
        } else {
            field
        }
    }
}

/// The name of the form of answers.
pub(crate) fn form_title() -> &'static LocalText {
    static TITLE: OnceLock<LocalText> = OnceLock::new();
    TITLE.get_or_init(|| LocalText::new("答复", "Answer"))
}

/// A decision that waits for signatures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The outcome chosen.
    pub(crate) outcome: String,
    /// The data of its form as it was sent.
    pub(crate) data: Map<String, Json>,
    /// Who decided; none when the platform did.
    decider: Option<Decider>,
}

/// Who decided, as they were then: formulas and the history are about them and not about who signs last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Decider {
    user: UserId,
    login: String,
    name: String,
    post: PostId,
    post_title: LocalText,
    org: OrgId,
    org_name: LocalText,
    roles: BTreeSet<String>,
}

impl Kept {
    /// What whoever acts has decided.
    pub(crate) fn new(ctx: &OpCtx, outcome: &str, data: &Map<String, Json>) -> Self {
        let decider = ctx.officer().map(|officer| Decider {
            user: officer.user,
            login: officer.login.clone(),
            name: officer.name.clone(),
            post: officer.post,
            post_title: officer.post_title.clone(),
            org: officer.org,
            org_name: officer.org_name.clone(),
            roles: officer.roles.clone(),
        });
        Self {
            outcome: outcome.to_owned(),
            data: data.clone(),
            decider,
        }
    }

    /// The kept decision of a step.
    pub(crate) fn of(task: &TaskRow) -> Option<Self> {
        serde_json::from_str(task.kept.as_deref()?).ok()
    }

    /// The context of who decided, at the moment of who signs last. It asks no permission: that was asked of the decision.
    pub(crate) fn decider(&self, ctx: &OpCtx) -> OpCtx {
        let actor = match self.decider.clone() {
            None => Actor::System("process"),
            Some(decider) => Actor::Officer(Arc::new(Officer {
                user: decider.user,
                login: decider.login,
                name: decider.name,
                post: decider.post,
                post_title: decider.post_title,
                org: decider.org,
                org_name: decider.org_name,
                roles: decider.roles,
                scope: Scope::default(),
                principal: PrincipalCell::default(),
            })),
        };
        ctx.as_actor(actor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Beside, Verdict};

    #[test]
    fn every_kind_has_its_word_and_can_be_answered() {
        for kind in Beside::ALL {
            assert_eq!(Beside::of_word(kind.word()), Some(kind));
            assert!(!kind.answers().is_empty());
            let no = kind.answers().iter().any(|(.., v)| *v == Verdict::No);
            assert_eq!(no, kind.signs());
        }
    }
}
