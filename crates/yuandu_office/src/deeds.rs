//! What may be done by hand, in the words of offices, and whether it is offered.

use yuandu_base::Lang;
use yuandu_process::{Beside, CaseView, TaskView};

/// One thing that can be done by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed {
    /// The word in addresses.
    pub(crate) word: &'static str,
    label: (&'static str, &'static str),
    /// What will come of it.
    hint: (&'static str, &'static str),
}

impl Deed {
    pub(crate) fn label(&self, lang: Lang) -> &'static str {
        lang.pick(self.label.0, self.label.1)
    }

    pub(crate) fn hint(&self, lang: Lang) -> &'static str {
        lang.pick(self.hint.0, self.hint.1)
    }

    /// The way of asking others, if it is one.
    pub(crate) fn asks(&self) -> Option<Beside> {
        Beside::of_word(self.word)
    }

    /// Whether it is refused, undone or ended by it.
    pub(crate) fn is_grave(&self) -> bool {
        matches!(
            self.word,
            "send_back" | "withdraw" | "terminate" | "remove_signer"
        )
    }
}

const fn deed(
    word: &'static str,
    zh: &'static str,
    en: &'static str,
    hint: (&'static str, &'static str),
) -> Deed {
    Deed {
        word,
        label: (zh, en),
        hint,
    }
}

/// What is done with a step.
static OF_STEP: [Deed; 10] = [
    deed(
        "hand_over",
        "转办",
        "Hand over",
        (
            "这一步交给另一个人办，时限不变；您不再办理。",
            "Somebody else does this step from now on; the limit stays. It leaves your desk.",
        ),
    ),
    deed(
        "delegate",
        "委派",
        "Delegate",
        (
            "请别人代为办理，办完交回给您，由您作决定。交回之前这一步不能办结。",
            "Somebody does the work and hands it back; you decide. Until then the step cannot be completed.",
        ),
    ),
    deed(
        "sign_before",
        "前加签",
        "Sign first",
        (
            "先请别人签署意见，您再作决定。",
            "Somebody signs first; then you decide.",
        ),
    ),
    deed(
        "sign_beside",
        "并加签",
        "Sign too",
        (
            "您和对方都签了，才进入下一步；对方不同意，这一步回到您手上。",
            "The step goes on when both of you have signed; if they disagree it comes back to you.",
        ),
    ),
    deed(
        "sign_after",
        "后加签",
        "Sign afterwards",
        (
            "您办理之后再请对方签署，签了才进入下一步；对方不同意，这一步回到您手上。",
            "They sign after you have decided; only then it goes on. If they disagree it comes back to you.",
        ),
    ),
    deed(
        "consult",
        "会办",
        "Consult",
        (
            "请别人提意见，不影响您继续办理；您办结时还没有答复的自动收回。",
            "Others say what they think; you need not wait. What is unanswered when you decide is taken back.",
        ),
    ),
    deed(
        "part",
        "分办",
        "Split among units",
        (
            "分给几个单位各办一部分，都交回以后您再办结。",
            "Each unit does its part; you complete the step when all have handed back.",
        ),
    ),
    deed(
        "send_back",
        // Models call their own ways 退回: this one must not read the same.
        "退到前面",
        "Back to an earlier step",
        (
            "退回到前面办过的一步重办。",
            "An earlier step is done again.",
        ),
    ),
    deed(
        "remove_signer",
        "减签",
        "Remove this signer",
        (
            "会签中的这一人不再需要签署。",
            "This signer of a countersigned step need not sign any more.",
        ),
    ),
    deed(
        "take_back",
        "撤回",
        "Take back",
        (
            "把您刚办的一步撤回来重办；下一步还没有人认领时才可以。",
            "The step you did comes back to you, as long as nobody has taken the next one on.",
        ),
    ),
];

/// What is done with a case as a whole.
static OF_CASE: [Deed; 6] = [
    deed(
        "copy",
        "抄送",
        "Copy to",
        (
            "发给别人知悉，进入对方的收件箱，不影响办理。",
            "For information: it goes to their inbox and holds nothing up.",
        ),
    ),
    deed(
        "circulate",
        "传阅",
        "Circulate",
        (
            "请几个人阅看，各自标记已阅，可以写批注。",
            "Several people read it, mark it as read, and may remark on it.",
        ),
    ),
    deed(
        "urge",
        "催办",
        "Urge",
        (
            "提醒现在的经办人，对方收件箱里会标出被催。",
            "Reminds whoever has it; their inbox shows that it was urged.",
        ),
    ),
    deed(
        "supervise",
        "督办",
        "Supervise",
        (
            "要求现在的承办人在期限前反馈办理情况；反馈会送到您的收件箱。",
            "Whoever has it reports by a day; the report comes to your inbox.",
        ),
    ),
    deed(
        "withdraw",
        "撤销",
        "Withdraw",
        (
            "把您发起的这件撤掉；还没有别人办理时才可以。",
            "Takes out what you opened, as long as nobody else has decided anything.",
        ),
    ),
    deed(
        "terminate",
        "终止",
        "End it",
        (
            "由管理员终止，全部任务和时限随之结束。",
            "The administrator ends the case; every task and clock ends with it.",
        ),
    ),
];

static QUESTION_BACK: Deed = deed(
    "question_back",
    "收回",
    "Take the question back",
    (
        "收回请别人办理、签署或阅看的事项。",
        "What was asked of somebody is taken back.",
    ),
);

/// The deed of a word.
pub(crate) fn of_word(word: &str) -> Option<&'static Deed> {
    let mut known = OF_STEP.iter().chain(&OF_CASE);
    if word == QUESTION_BACK.word {
        return Some(&QUESTION_BACK);
    }
    known.find(|deed| deed.word == word)
}

/// What is offered for a step.
pub(crate) fn for_step(task: &TaskView) -> Vec<&'static Deed> {
    let possible = &task.possible;
    let offered = |deed: &&Deed| match deed.word {
        "send_back" => !possible.earlier.is_empty(),
        "take_back" => possible.take_back,
        "remove_signer" => possible.countersigned,
        // A step that is decided is not worked for any more.
        "delegate" | "sign_before" | "part" => possible.ask && task.task.kept.is_none(),
        _ => possible.ask,
    };
    OF_STEP.iter().filter(offered).collect()
}

/// What is offered for the case as a whole.
pub(crate) fn for_case(view: &CaseView) -> Vec<&'static Deed> {
    let may = view.may;
    let offered = |deed: &&Deed| match deed.word {
        "urge" => may.urge && !view.tasks.is_empty(),
        "supervise" => may.supervise,
        "withdraw" => may.withdraw,
        "terminate" => may.terminate,
        _ => may.copy,
    };
    OF_CASE.iter().filter(offered).collect()
}
