//! What can go wrong in the exchange: refusals that both sides know by name, and failures of our own.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_identity::IdentityError;
use yuandu_store::StoreError;

/// Why a message is refused; both sides know it by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A header, the body or a name is not as agreed.
    Malformed,
    /// The signature is missing or does not cover what it must.
    Unsigned,
    /// The body is not the one whose digest was signed.
    Truncated,
    /// No such node is registered here.
    UnknownNode,
    /// The node is registered but not active.
    NodeSuspended,
    /// The signature is not the node's.
    Forged,
    /// The signature is too old, or of the future.
    Expired,
    /// The same signed message came before.
    Replayed,
    /// There is no such contract, or it is not approved.
    UnknownContract,
    /// The contract is over.
    ContractEnded,
    /// The two sides agreed on different terms.
    TermsDiffer,
    /// The register is no longer declared as the contract says.
    SchemaChanged,
    /// The sender is not the party that may send this.
    NotParty,
    /// The batch is not the one that is under way.
    OutOfOrder,
    /// A part came again with other content.
    PartDiffers,
    /// There is no such record, or none that may be passed on.
    NoRecord,
    /// The contract's quota of the day is used up.
    QuotaUsed,
}

impl Why {
    /// Every reason.
    const ALL: [Self; 17] = [
        Self::Malformed,
        Self::Unsigned,
        Self::Truncated,
        Self::UnknownNode,
        Self::NodeSuspended,
        Self::Forged,
        Self::Expired,
        Self::Replayed,
        Self::UnknownContract,
        Self::ContractEnded,
        Self::TermsDiffer,
        Self::SchemaChanged,
        Self::NotParty,
        Self::OutOfOrder,
        Self::PartDiffers,
        Self::NoRecord,
        Self::QuotaUsed,
    ];

    /// The reason that the other side named.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == code)
    }

    /// The code as it is sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "exchange.malformed",
            Self::Unsigned => "exchange.unsigned",
            Self::Truncated => "exchange.truncated",
            Self::UnknownNode => "exchange.unknown_node",
            Self::NodeSuspended => "exchange.node_suspended",
            Self::Forged => "exchange.forged",
            Self::Expired => "exchange.expired",
            Self::Replayed => "exchange.replayed",
            Self::UnknownContract => "exchange.unknown_contract",
            Self::ContractEnded => "exchange.contract_ended",
            Self::TermsDiffer => "exchange.terms_differ",
            Self::SchemaChanged => "exchange.schema_changed",
            Self::NotParty => "exchange.not_party",
            Self::OutOfOrder => "exchange.out_of_order",
            Self::PartDiffers => "exchange.part_differs",
            Self::NoRecord => "exchange.no_record",
            Self::QuotaUsed => "exchange.quota_used",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Malformed => ("消息格式不对", "the message is not of the agreed form"),
            Self::Unsigned => (
                "消息没有签名，或签名没有覆盖应覆盖的内容",
                "the message is not signed, or its signature does not cover what it must",
            ),
            Self::Truncated => (
                "内容与签名的摘要不符，请重新发送",
                "the body is not the one whose digest was signed; send it again",
            ),
            Self::UnknownNode => (
                "没有登记这个节点，请先登记它的公钥",
                "no such node is registered here; register it with its public key first",
            ),
            Self::NodeSuspended => ("节点已停用", "the node is suspended"),
            Self::Forged => ("签名不是该节点的", "the signature is not that of the node"),
            Self::Expired => (
                "签名已过期或时间在将来，请核对时钟后重新发送",
                "the signature is too old or of the future; check the clocks and send again",
            ),
            Self::Replayed => (
                "这条签名消息已经收到过",
                "this signed message was received before",
            ),
            Self::UnknownContract => (
                "没有这份已批准的交换协议",
                "there is no approved contract of this name",
            ),
            Self::ContractEnded => ("交换协议已到期或终止", "the contract is over"),
            Self::TermsDiffer => (
                "双方登记的协议内容不同，请对照后重新登记",
                "the two sides registered different terms; compare and register them again",
            ),
            Self::SchemaChanged => (
                "登记簿的结构与协议不符，请重新订立协议",
                "the register is no longer declared as the contract says; agree on a new contract",
            ),
            Self::NotParty => (
                "发送方不是协议中可以这样做的一方",
                "the sender is not the party of the contract that may do this",
            ),
            Self::OutOfOrder => (
                "批次不是正在进行的那一批",
                "the batch is not the one that is under way",
            ),
            Self::PartDiffers => (
                "同一分片再次送达，但内容不同",
                "the same part came again with other content",
            ),
            Self::NoRecord => ("没有这条记录", "there is no such record"),
            Self::QuotaUsed => (
                "今天的交换额度已用完，明天继续",
                "the quota of the day is used up; go on tomorrow",
            ),
        }
    }
}

/// A message that was refused: why, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub why: Why,
    /// The words for people.
    pub message: LocalText,
}

/// A failure of the exchange.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// A message is refused by name.
    #[error("{}: {}", .0.why.code(), .0.message.en)]
    Refused(Refusal),
    /// The input breaks rules; all problems at once.
    #[error("the input has {} problems; mend them and send it again", .0.len())]
    Invalid(Vec<Problem>),
    /// There is no such node, contract or batch.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// `node`, `contract`, `batch`.
        what: &'static str,
        /// The name asked for.
        id: String,
    },
    /// It is not in the state that this needs.
    #[error("{}", .0.en)]
    State(LocalText),
    /// The records that are exchanged cannot be read now.
    #[error("the records cannot be read: {0}")]
    Holdings(String),
    /// The gate refused or failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored row cannot be read; our fault.
    #[error("a stored {what} cannot be read: {reason}")]
    Stored {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl ExchangeError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => match refusal.why {
                Why::UnknownNode
                | Why::NodeSuspended
                | Why::Forged
                | Why::Expired
                | Why::Unsigned
                | Why::NotParty => ErrorKind::Denied,
                Why::UnknownContract | Why::NoRecord => ErrorKind::NotFound,
                Why::ContractEnded => ErrorKind::Gone,
                Why::QuotaUsed => ErrorKind::Busy,
                Why::Replayed
                | Why::TermsDiffer
                | Why::SchemaChanged
                | Why::OutOfOrder
                | Why::PartDiffers => ErrorKind::Conflict,
                Why::Malformed | Why::Truncated => ErrorKind::Invalid,
            },
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::State(_) => ErrorKind::Conflict,
            Self::Holdings(_) => ErrorKind::Unavailable,
            Self::Identity(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Stored { .. } => ErrorKind::Internal,
        }
    }

    /// What people read.
    #[must_use]
    pub fn messages(&self) -> Vec<LocalText> {
        match self {
            Self::Refused(refusal) => vec![refusal.message.clone()],
            Self::Invalid(problems) => problems.iter().map(|one| one.message.clone()).collect(),
            Self::NotFound { what, id } => {
                let zh = match *what {
                    "node" => "节点",
                    "contract" => "交换协议",
                    _ => "批次",
                };
                vec![LocalText::new(format!("没有{zh} `{id}`"), self.to_string())]
            }
            Self::State(words) => vec![words.clone()],
            Self::Identity(error) => error.messages(),
            Self::Holdings(_) | Self::Store(_) | Self::Stored { .. } => vec![LocalText::new(
                "暂时无法保存或读取，请稍后重试",
                "nothing can be saved or read at the moment; try again later",
            )],
        }
    }

    pub(crate) fn stored(what: &'static str, reason: impl ToString) -> Self {
        Self::Stored {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Store(StoreError::Changed { .. }))
    }

    pub(crate) fn state(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::State(LocalText::new(zh, en))
    }
}

/// A refusal with the detail that names the place; an empty detail adds nothing.
pub(crate) fn refused(why: Why, detail: &str) -> ExchangeError {
    let (zh, en) = why.words();
    let message = if detail.is_empty() {
        LocalText::new(zh, en)
    } else {
        LocalText::new(format!("{zh}：{detail}"), format!("{en}: {detail}"))
    };
    ExchangeError::Refused(Refusal { why, message })
}
