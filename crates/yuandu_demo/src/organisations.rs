//! The organisations of the demo city: the city's management, the centres, the units that handle, districts and street offices.
//!
//! Ids are those `systems/city-care/decisions/route.dmn` sends cases to. All are synthetic and carry synthetic codes.

use serde::Serialize;

use crate::DemoError;
use crate::divisions::{Division, DivisionLevel};
use crate::grids::Grids;
use crate::synthetic_codes::credit_code;

/// What an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// A government or one of its departments.
    Government,
    /// A public institution.
    Institution,
    /// A firm.
    Firm,
}

impl OrganisationKind {
    /// The leading characters of its credit code.
    fn code_prefix(self) -> (char, char) {
        match self {
            Self::Government => ('1', '1'),
            Self::Institution => ('1', '2'),
            Self::Firm => ('9', '1'),
        }
    }

    /// The kind as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::Institution => "institution",
            Self::Firm => "firm",
        }
    }
}

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organisation {
    /// Slug, for example `street-lighting` or `sanitation-370705`.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Kind.
    pub kind: OrganisationKind,
    /// Id of the organisation it belongs to; none for the top.
    pub parent: Option<String>,
    /// Division code it works in.
    pub division: String,
    /// Synthetic unified social credit code.
    pub credit_code: String,
    /// Whether cases are dispatched to it.
    pub handles: bool,
}

/// City-wide: id, Chinese name, English name, kind, parent, whether it handles cases.
type CityRow = (
    &'static str,
    &'static str,
    &'static str,
    OrganisationKind,
    &'static str,
    bool,
);

use OrganisationKind::{Firm, Government, Institution};

const CITY: [CityRow; 26] = [
    (
        "city-management",
        "演示市城市管理局",
        "Demo City Management Bureau",
        Government,
        "",
        true,
    ),
    (
        "supervision-centre",
        "演示市城市管理监督中心",
        "Demo Supervision Centre",
        Institution,
        "city-management",
        false,
    ),
    (
        "command-centre",
        "演示市城市管理指挥中心",
        "Demo Command Centre",
        Institution,
        "city-management",
        false,
    ),
    (
        "street-lighting",
        "演示市路灯管理处",
        "Demo Street Lighting Office",
        Institution,
        "city-management",
        true,
    ),
    (
        "drainage",
        "演示市排水管理处",
        "Demo Drainage Office",
        Institution,
        "city-management",
        true,
    ),
    (
        "traffic-police",
        "演示市公安局交通警察支队",
        "Demo Traffic Police",
        Government,
        "",
        true,
    ),
    (
        "public-security",
        "演示市公安局",
        "Demo Public Security Bureau",
        Government,
        "",
        true,
    ),
    (
        "transport",
        "演示市交通运输局",
        "Demo Transport Bureau",
        Government,
        "",
        true,
    ),
    (
        "water-affairs",
        "演示市水利局",
        "Demo Water Affairs Bureau",
        Government,
        "",
        true,
    ),
    (
        "water-supply",
        "演示供水有限公司",
        "Demo Water Supply Company",
        Firm,
        "",
        true,
    ),
    (
        "power-supply",
        "演示供电公司",
        "Demo Power Supply Company",
        Firm,
        "",
        true,
    ),
    (
        "gas",
        "演示燃气有限公司",
        "Demo Gas Company",
        Firm,
        "",
        true,
    ),
    (
        "heating",
        "演示热力有限公司",
        "Demo Heating Company",
        Firm,
        "",
        true,
    ),
    (
        "telecom",
        "演示通信设施有限公司",
        "Demo Telecom Facilities Company",
        Firm,
        "",
        true,
    ),
    (
        "hotline-centre",
        "演示市 12345 热线中心",
        "Demo 12345 Hotline Centre",
        Institution,
        "",
        false,
    ),
    (
        "housing-bureau",
        "演示市住房和城乡建设局",
        "Demo Housing Bureau",
        Government,
        "",
        false,
    ),
    (
        "ecology-bureau",
        "演示市生态环境局",
        "Demo Ecology Bureau",
        Government,
        "",
        false,
    ),
    (
        "education-bureau",
        "演示市教育局",
        "Demo Education Bureau",
        Government,
        "",
        false,
    ),
    (
        "human-resources-bureau",
        "演示市人力资源和社会保障局",
        "Demo Human Resources Bureau",
        Government,
        "",
        false,
    ),
    (
        "market-bureau",
        "演示市市场监督管理局",
        "Demo Market Bureau",
        Government,
        "",
        false,
    ),
    (
        "health-bureau",
        "演示市卫生健康委员会",
        "Demo Health Commission",
        Government,
        "",
        false,
    ),
    (
        "civil-affairs-bureau",
        "演示市民政局",
        "Demo Civil Affairs Bureau",
        Government,
        "",
        false,
    ),
    (
        "agriculture-bureau",
        "演示市农业农村局",
        "Demo Agriculture Bureau",
        Government,
        "",
        false,
    ),
    (
        "data-centre",
        "演示市大数据中心",
        "Demo Data Centre",
        Institution,
        "",
        false,
    ),
    (
        "natural-resources-bureau",
        "演示市自然资源和规划局",
        "Demo Natural Resources Bureau",
        Government,
        "",
        false,
    ),
    (
        "statistics-bureau",
        "演示市统计局",
        "Demo Statistics Bureau",
        Government,
        "",
        false,
    ),
];

/// Units every district has: trade, Chinese name after the district's, English name.
const DISTRICT_UNITS: [(&str, &str, &str); 4] = [
    ("municipal-works", "市政工程养护中心", "Municipal Works"),
    ("sanitation", "环境卫生中心", "Sanitation"),
    ("greening", "园林绿化中心", "Parks and Greening"),
    ("enforcement", "综合行政执法大队", "City Enforcement"),
];

/// All organisations, parents before children.
pub fn organisations(
    divisions: &[Division],
    grids: &Grids,
) -> Result<Vec<Organisation>, DemoError> {
    let mut all = Vec::new();
    for (id, zh, en, kind, parent, handles) in CITY {
        let parent = (!parent.is_empty()).then_some(parent);
        push(
            &mut all,
            (id.to_owned(), zh.to_owned(), en.to_owned()),
            kind,
            parent,
            "370700",
            handles,
        )?;
    }
    let districts = divisions
        .iter()
        .filter(|d| d.level == DivisionLevel::County && !d.statistical);
    for district in districts {
        push_district(&mut all, district)?;
    }
    let mut streets: Vec<&str> = grids.units().iter().map(|unit| unit.street()).collect();
    streets.dedup();
    for street in divisions
        .iter()
        .filter(|d| streets.contains(&d.code.as_str()))
    {
        let names = (
            format!("street-{}", street.code),
            format!("演示·{}办事处", street.name_zh),
            format!("Demo {} Office", street.name_en),
        );
        let parent = format!("government-{}", street.parent);
        push(
            &mut all,
            names,
            Government,
            Some(&parent),
            &street.code,
            true,
        )?;
    }
    Ok(all)
}

fn push_district(all: &mut Vec<Organisation>, district: &Division) -> Result<(), DemoError> {
    let government = format!("government-{}", district.code);
    let names = (
        government.clone(),
        format!("演示·{}人民政府", district.name_zh),
        format!("Demo {} Government", district.name_en),
    );
    push(all, names, Government, None, &district.code, false)?;
    for (trade, zh, en) in DISTRICT_UNITS {
        let names = (
            format!("{trade}-{}", district.code),
            format!("演示·{}{zh}", district.name_zh),
            format!("Demo {} {en}", district.name_en),
        );
        let kind = if trade == "enforcement" {
            Government
        } else {
            Institution
        };
        push(all, names, kind, Some(&government), &district.code, true)?;
    }
    Ok(())
}

fn push(
    all: &mut Vec<Organisation>,
    (id, name_zh, name_en): (String, String, String),
    kind: OrganisationKind,
    parent: Option<&str>,
    division: &str,
    handles: bool,
) -> Result<(), DemoError> {
    let number = u32::try_from(all.len()).unwrap_or(u32::MAX) + 1;
    let registered = division.get(..6).unwrap_or("370700");
    all.push(Organisation {
        id,
        name_zh,
        name_en,
        kind,
        parent: parent.map(str::to_owned),
        division: division.to_owned(),
        credit_code: credit_code(kind.code_prefix(), registered, number)?.to_string(),
        handles,
    });
    Ok(())
}
