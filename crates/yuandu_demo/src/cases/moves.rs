//! The moves of the city-care process and the way each case has gone through them.
//!
//! Node and outcome names are those of `systems/city-care/processes`; a test compares them with the files.

use serde_json::{Map, Value, json};

use super::Progress;
use crate::random::Dice;
use crate::{City, handler_login};

/// One thing somebody does to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Verify,
    NotFound,
    Accept,
    Refuse,
    Merge,
    Dispatch,
    /// Dispatched to a unit that is not in charge.
    DispatchWrong,
    Sign,
    SendBack,
    AskExtension,
    ApproveExtension,
    Handle,
    CheckFixed,
    CheckNotFixed,
    Close,
    Rework,
}

/// The facts of a case that the forms ask for.
pub(super) struct Facts<'a> {
    pub(super) city: &'a City,
    pub(super) category: &'a str,
    pub(super) place: yuandu_geo::Position,
    pub(super) collector: &'a str,
    pub(super) unit: &'a str,
    pub(super) wrong_unit: &'a str,
}

impl Move {
    pub(super) fn node(self) -> &'static str {
        match self {
            Self::Verify | Self::NotFound => "field_verify",
            Self::Accept | Self::Refuse | Self::Merge => "accept",
            Self::Dispatch | Self::DispatchWrong => "dispatch",
            Self::Sign | Self::SendBack => "sign",
            Self::AskExtension | Self::Handle => "handle",
            Self::ApproveExtension => "approve_extension",
            Self::CheckFixed | Self::CheckNotFixed => "field_check",
            Self::Close | Self::Rework => "close",
        }
    }

    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Verify => "confirmed",
            Self::NotFound => "not_found",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::Merge => "merge",
            Self::Dispatch | Self::DispatchWrong => "dispatch",
            Self::Sign => "sign",
            Self::SendBack => "send_back",
            Self::AskExtension => "extend",
            Self::ApproveExtension => "approve",
            Self::Handle => "done",
            Self::CheckFixed => "fixed",
            Self::CheckNotFixed => "not_fixed",
            Self::Close => "close",
            Self::Rework => "rework",
        }
    }

    pub(super) fn photo_field(self) -> Option<&'static str> {
        match self {
            Self::Verify | Self::NotFound => Some("verify_photos"),
            Self::Handle => Some("handle_photos"),
            Self::CheckFixed | Self::CheckNotFixed => Some("check_photos"),
            _ => None,
        }
    }

    /// Shortest and longest time before it is done, in minutes.
    pub(super) fn minutes(self) -> (i64, i64) {
        match self {
            Self::Verify | Self::NotFound => (12, 100),
            Self::Accept | Self::Refuse | Self::Merge => (4, 45),
            Self::Dispatch | Self::DispatchWrong => (3, 30),
            Self::Sign => (10, 240),
            Self::SendBack => (30, 400),
            Self::AskExtension => (200, 1500),
            Self::ApproveExtension => (20, 200),
            Self::Handle => (90, 4300),
            Self::CheckFixed | Self::CheckNotFixed => (20, 300),
            Self::Close | Self::Rework => (5, 120),
        }
    }

    pub(super) fn actor(self, facts: &Facts<'_>, dice: &mut Dice) -> String {
        match self {
            Self::Verify | Self::NotFound | Self::CheckFixed | Self::CheckNotFixed => {
                facts.collector.to_owned()
            }
            Self::Accept | Self::Refuse | Self::Merge => "seat".to_owned(),
            Self::Dispatch | Self::DispatchWrong => {
                let login = if dice.chance(50) {
                    "seat"
                } else {
                    "dispatcher"
                };
                login.to_owned()
            }
            Self::SendBack => handler_login(facts.wrong_unit),
            Self::Sign | Self::AskExtension | Self::Handle => handler_login(facts.unit),
            Self::ApproveExtension => "arbiter".to_owned(),
            Self::Close | Self::Rework => "inspector".to_owned(),
        }
    }

    pub(super) fn data(self, facts: &Facts<'_>, dice: &mut Dice) -> Map<String, Value> {
        let place = json!({ "lon": facts.place.lon(), "lat": facts.place.lat() });
        let value = match self {
            Self::Verify => json!({ "place": place, "opinion": "现场情况与上报一致" }),
            Self::NotFound => {
                json!({ "place": place, "opinion": "按上报位置前后各走 200 米，未见所述情况" })
            }
            Self::Accept => {
                json!({ "category": facts.category, "opinion": "情况属实，属城市管理范围" })
            }
            Self::Refuse => refusal(dice),
            Self::Merge | Self::Sign => json!({}),
            Self::Dispatch => json!({ "org": facts.unit, "opinion": "请按时限处置并上传处置照片" }),
            Self::DispatchWrong => {
                json!({ "org": facts.wrong_unit, "opinion": "请到现场核对权属后处置" })
            }
            Self::SendBack => json!({
                "reason": "不在本单位养护范围内",
                "evidence_words": "部件普查权属登记与养护移交清单均不含此处",
                "suggested_owner": facts.unit,
            }),
            Self::AskExtension => {
                json!({ "days": "3d", "reason": "需更换的构件正在订货，三个工作日后到货" })
            }
            Self::ApproveExtension => json!({ "opinion": "理由成立，同意延期，期间做好现场围挡" }),
            Self::Handle => json!({ "opinion": handled(facts) }),
            Self::CheckFixed => json!({ "place": place, "opinion": "已处置到位，现场整洁" }),
            Self::CheckNotFixed => json!({ "place": place, "opinion": "只处理了一部分，问题仍在" }),
            Self::Close => {
                json!({ "answer": format!("您反映的问题已处置：{}。采集员已到现场核查，感谢您的监督。", handled(facts)) })
            }
            Self::Rework => json!({ "reason": "核查照片显示未处置到位，请重新处置" }),
        };
        match value {
            Value::Object(data) => data,
            _ => Map::new(),
        }
    }
}

/// The reason codes are those of `refuse-reasons.csv`.
fn refusal(dice: &mut Dice) -> Value {
    const REASONS: [(&str, &str); 3] = [
        (
            "private_property",
            "该处位于小区内部，属业主共有部分，请联系物业服务企业；物业不处理时可向街道办事处反映。",
        ),
        (
            "out_of_scope",
            "您反映的事项不属于城市管理范围，可拨打 12345 转有关部门办理。",
        ),
        (
            "not_found",
            "采集员已到现场查看，未见所述情况。如仍存在，请补充照片或具体位置再次上报。",
        ),
    ];
    let (code, answer) = dice.pick(&REASONS).copied().unwrap_or_default();
    json!({ "refuse_reason": code, "answer": answer })
}

fn handled(facts: &Facts<'_>) -> String {
    let name = facts
        .city
        .matter(facts.category)
        .map_or("问题", |matter| matter.name_zh.as_str());
    let done = match facts.category.get(..2).unwrap_or_default() {
        "01" | "02" | "03" => "已修复并清理现场",
        "04" => "已修剪、补植并清运枝叶",
        "06" => "已清理干净并安排复查",
        "07" => "已清除并通知设置人",
        "08" => "已责令整改，整改到位",
        "09" => "已劝离并恢复通行",
        _ => "已处理",
    };
    format!("{}：{done}", name.trim_end_matches("异常"))
}

/// The moves that lead to `progress`; `verified` says whether the report is verified on the spot first.
pub(super) fn way_to(progress: Progress, verified: bool, dice: &mut Dice) -> Vec<Move> {
    use Move::{
        Accept, ApproveExtension, AskExtension, CheckFixed, CheckNotFixed, Close, Dispatch,
        DispatchWrong, Handle, Merge, NotFound, Refuse, Rework, SendBack, Sign, Verify,
    };
    let mut way = match (verified, progress) {
        (_, Progress::Verifying) | (false, _) => vec![],
        (true, Progress::Refused) => vec![if dice.chance(60) { NotFound } else { Verify }],
        (true, _) => vec![Verify],
    };
    let rest: &[Move] = match progress {
        Progress::Verifying | Progress::Accepting => &[],
        Progress::Refused => &[Refuse],
        Progress::Merged => &[Merge],
        Progress::Dispatching => &[Accept],
        Progress::Signing => &[Accept, Dispatch],
        Progress::Handling => &[Accept, Dispatch, Sign],
        Progress::ExtensionAsked => &[Accept, Dispatch, Sign, AskExtension],
        Progress::SentBack => &[Accept, DispatchWrong, SendBack],
        Progress::Arbitrating => &[
            Accept,
            DispatchWrong,
            SendBack,
            DispatchWrong,
            SendBack,
            DispatchWrong,
            SendBack,
        ],
        Progress::Checking => &[Accept, Dispatch, Sign, Handle],
        Progress::Closing => &[Accept, Dispatch, Sign, Handle, CheckFixed],
        Progress::Reworking => &[Accept, Dispatch, Sign, Handle, CheckNotFixed, Rework],
        Progress::Closed => match dice.below(100) {
            0..8 => &[
                Accept,
                DispatchWrong,
                SendBack,
                Dispatch,
                Sign,
                Handle,
                CheckFixed,
                Close,
            ],
            8..16 => &[
                Accept,
                Dispatch,
                Sign,
                AskExtension,
                ApproveExtension,
                Handle,
                CheckFixed,
                Close,
            ],
            16..24 => &[
                Accept,
                Dispatch,
                Sign,
                Handle,
                CheckNotFixed,
                Rework,
                Handle,
                CheckFixed,
                Close,
            ],
            _ => &[Accept, Dispatch, Sign, Handle, CheckFixed, Close],
        },
    };
    way.extend_from_slice(rest);
    way
}
