//! Kinds of time that the law takes out of a period. A suspension names its kind, so that figures can tell waiting for
//! the applicant from waiting for an expert.

use serde::{Deserialize, Serialize};

use crate::LocalText;

/// A kind of time that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcludedTime {
    /// A hearing (听证).
    Hearing,
    /// Inviting tenders (招标).
    Tender,
    /// An auction (拍卖).
    Auction,
    /// Inspection of goods or equipment (检验).
    Inspection,
    /// Testing (检测).
    Testing,
    /// Quarantine (检疫).
    Quarantine,
    /// Appraisal (鉴定).
    Appraisal,
    /// Review by experts (专家评审).
    ExpertReview,
    /// The applicant completes or corrects the application (补正).
    Correction,
    /// Asking a third party or another organ for its opinion (征求意见).
    ThirdPartyOpinion,
}

impl ExcludedTime {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Hearing,
        Self::Tender,
        Self::Auction,
        Self::Inspection,
        Self::Testing,
        Self::Quarantine,
        Self::Appraisal,
        Self::ExpertReview,
        Self::Correction,
        Self::ThirdPartyOpinion,
    ];

    /// The word in declarations and in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hearing => "hearing",
            Self::Tender => "tender",
            Self::Auction => "auction",
            Self::Inspection => "inspection",
            Self::Testing => "testing",
            Self::Quarantine => "quarantine",
            Self::Appraisal => "appraisal",
            Self::ExpertReview => "expert_review",
            Self::Correction => "correction",
            Self::ThirdPartyOpinion => "third_party_opinion",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> LocalText {
        let (zh, en) = match self {
            Self::Hearing => ("听证", "hearing"),
            Self::Tender => ("招标", "tender"),
            Self::Auction => ("拍卖", "auction"),
            Self::Inspection => ("检验", "inspection"),
            Self::Testing => ("检测", "testing"),
            Self::Quarantine => ("检疫", "quarantine"),
            Self::Appraisal => ("鉴定", "appraisal"),
            Self::ExpertReview => ("专家评审", "expert review"),
            Self::Correction => ("申请人补正", "correction by the applicant"),
            Self::ThirdPartyOpinion => ("征求第三方意见", "opinion of a third party"),
        };
        LocalText::new(zh, en)
    }

    /// The provision of national law that takes this time out; a matter's own rules may name another.
    #[must_use]
    pub fn legal_basis(self) -> &'static str {
        match self {
            Self::Correction => "行政许可法第三十二条",
            Self::ThirdPartyOpinion => "政府信息公开条例第三十三条",
            _ => "行政许可法第四十五条",
        }
    }

    /// Whether the time is the applicant's, which is told apart in published processing times.
    #[must_use]
    pub fn is_applicants(self) -> bool {
        self == Self::Correction
    }
}
