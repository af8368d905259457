//! Which unit owns a component and handles a matter, by its code.
//!
//! The same table as `systems/city-care/decisions/route.dmn`; a test compares the two, so the census never contradicts the routing.

/// Trades with one unit for the whole city: unit, codes.
const CITY_TRADES: [(&str, &[&str]); 11] = [
    (
        "water-supply",
        &["01001", "01024", "01025", "01063", "01068"],
    ),
    (
        "drainage",
        &[
            "01002", "01003", "01004", "01018", "01019", "01072", "01073", "03003", "03011",
            "03012", "06030",
        ],
    ),
    (
        "power-supply",
        &[
            "01005", "01017", "01028", "01029", "01030", "01047", "01048", "01054",
        ],
    ),
    (
        "street-lighting",
        &["01006", "01037", "01038", "01039", "01060", "01077"],
    ),
    (
        "telecom",
        &[
            "01007", "01008", "01009", "01027", "01031", "01041", "01062", "10002",
        ],
    ),
    ("heating", &["01010", "01061"]),
    ("gas", &["01011", "01021", "01036", "01049", "01057"]),
    (
        "public-security",
        &["01012", "01050", "01051", "01066", "02039"],
    ),
    (
        "traffic-police",
        &[
            "01015", "02010", "02014", "02015", "02016", "02017", "02018", "02023", "02033",
            "02043", "06016", "09009", "09018",
        ],
    ),
    (
        "transport",
        &[
            "01020", "01032", "02004", "02005", "02028", "02032", "02042", "02044",
        ],
    ),
    (
        "water-affairs",
        &[
            "01067", "01069", "01070", "01071", "06015", "06023", "06024", "06025", "06026",
            "06046",
        ],
    ),
];

/// Trades each district keeps a unit for: trade, codes, whole classes. The first match counts.
const DISTRICT_TRADES: [(&str, &[&str], &[&str]); 4] = [
    (
        "greening",
        &[
            "01014", "06017", "06018", "06021", "06022", "06045", "06047",
        ],
        &["04"],
    ),
    (
        "sanitation",
        &[
            "06010", "06012", "06014", "06020", "06035", "06036", "06037", "06041", "06042",
            "10001",
        ],
        &["03"],
    ),
    (
        "municipal-works",
        &[
            "06003", "06013", "06039", "06048", "06049", "06050", "06051", "06052",
        ],
        &["01", "02"],
    ),
    ("enforcement", &[], &["06", "07", "08", "09"]),
];

/// The id of the organisation in charge of `code` in `district` (six digits).
#[must_use]
pub fn unit_in_charge(code: &str, district: &str) -> String {
    if let Some((unit, _)) = CITY_TRADES.iter().find(|(_, codes)| codes.contains(&code)) {
        return (*unit).to_owned();
    }
    let class = code.get(..2).unwrap_or_default();
    DISTRICT_TRADES
        .iter()
        .find(|(_, codes, classes)| codes.contains(&code) || classes.contains(&class))
        .map_or_else(
            || "city-management".to_owned(),
            |(trade, _, _)| format!("{trade}-{district}"),
        )
}
