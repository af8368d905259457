//! The demo's posts and the synthetic people who hold them.
//!
//! One account for each part a newcomer may play, forty collectors with a responsibility grid each, and a handler in every
//! handling unit, so that no case waits at a desk nobody holds.

use serde::Serialize;

use crate::DemoError;
use crate::grids::{Grids, ResponsibilityGrid};
use crate::organisations::Organisation;
use crate::random::Dice;
use crate::synthetic_codes::person_number;

/// The password of every demo account; the demo prints it, and nobody real has one like it.
pub const DEMO_PASSWORD: &str = "yuandu-demo";

/// A post: a seat with powers in an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    /// Slug.
    pub id: String,
    /// Organisation it belongs to.
    pub organisation: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// Roles, as `package.role`; the administrator's is the kernel's own.
    pub roles: Vec<&'static str>,
    /// Unit grids the post is limited to; none means it is not limited by grid.
    pub grids: Option<Vec<String>>,
}

/// A synthetic person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Sign-in name.
    pub login: String,
    /// Name, always beginning with 演示.
    pub name: String,
    /// A number of the shape of a mobile number, of nobody.
    pub phone: String,
    /// Synthetic citizen number.
    pub person_number: String,
    /// The post held.
    pub post: String,
    /// Printed by `yuandu demo` as an account to try.
    pub featured: bool,
}

/// Posts with one holder: id and sign-in name, organisation, titles, roles, surname and part.
type SeatRow = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const SEATS: [SeatRow; 16] = [
    (
        "seat",
        "supervision-centre",
        "受理派遣坐席",
        "Intake and dispatch seat",
        &["city-care.seat"],
        "演示·李坐席",
    ),
    (
        "dispatcher",
        "command-centre",
        "派遣坐席",
        "Dispatch seat",
        &["city-care.seat"],
        "演示·赵派遣",
    ),
    (
        "inspector",
        "supervision-centre",
        "核查结案岗",
        "Closing desk",
        &["city-care.inspector"],
        "演示·周核查",
    ),
    (
        "arbiter",
        "command-centre",
        "指挥中心值班长",
        "Duty chief of the command centre",
        &["city-care.arbiter"],
        "演示·吴值班长",
    ),
    (
        "leader",
        "city-management",
        "分管领导",
        "Leader in charge",
        &["city-care.leader"],
        "演示·郑领导",
    ),
    (
        "admin",
        "city-management",
        "系统管理员",
        "Administrator",
        &["kernel.admin"],
        "演示·孙管理",
    ),
    // Administration of the system, of data, of security and of the audit are separate posts (GB/T 22239).
    (
        "registrar",
        "city-management",
        "数据管理员",
        "Registrar",
        &["kernel.registrar"],
        "演示·钱数据",
    ),
    (
        "auditor",
        "city-management",
        "审计管理员",
        "Auditor",
        &["kernel.auditor"],
        "演示·冯审计",
    ),
    (
        "agent",
        "hotline-centre",
        "话务席",
        "Agent's seat",
        &["hotline.agent"],
        "演示·何话务",
    ),
    (
        "hotline-dispatcher",
        "hotline-centre",
        "分办席",
        "Dispatch seat",
        &["hotline.dispatcher", "hotline.keeper"],
        "演示·罗分办",
    ),
    (
        "hotline-chief",
        "hotline-centre",
        "热线值班长",
        "Duty chief of the hotline",
        &["hotline.arbiter"],
        "演示·宋值班长",
    ),
    (
        "hotline-water",
        "water-supply",
        "热线承办岗",
        "Hotline desk of a unit",
        &["hotline.handler", "hotline.keeper"],
        "演示·梁承办",
    ),
    (
        "hotline-ecology",
        "ecology-bureau",
        "热线承办岗",
        "Hotline desk of a unit",
        &["hotline.handler", "hotline.keeper"],
        "演示·谢承办",
    ),
    (
        "security",
        "city-management",
        "安全管理员",
        "Security administrator",
        &["kernel.security"],
        "演示·韩安全",
    ),
    // Approves what the registrar proposes where a register wants a second person.
    (
        "data-reviewer",
        "city-management",
        "数据审核员",
        "Data reviewer",
        &["kernel.registrar"],
        "演示·沈审核",
    ),
    (
        "population-steward",
        "city-management",
        "人口数据管理员",
        "Steward of population data",
        &["population.steward"],
        "演示·蒋人口",
    ),
];

/// The handling units whose handler is shown as an account to try, with the short sign-in name.
const FEATURED_HANDLERS: [(&str, &str); 3] = [
    ("municipal-works-370702", "municipal"),
    ("sanitation-370702", "sanitation"),
    ("traffic-police", "police"),
];

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢",
];

/// Every post and its holder, in the same order.
pub fn posts_and_people(
    organisations: &[Organisation],
    grids: &Grids,
) -> Result<Vec<(Post, Person)>, DemoError> {
    let mut all = Vec::new();
    for (number, grid) in grids.responsibilities().iter().enumerate() {
        all.push(collector(number, grid));
    }
    for (id, organisation, title_zh, title_en, roles, name) in SEATS {
        let post = Post {
            id: id.to_owned(),
            organisation: organisation.to_owned(),
            title_zh: title_zh.to_owned(),
            title_en: title_en.to_owned(),
            roles: roles.to_vec(),
            grids: None,
        };
        all.push(held(post, id.to_owned(), name.to_owned(), true));
    }
    for organisation in organisations.iter().filter(|o| o.handles) {
        all.push(handler(organisation));
    }
    for (number, (_, person)) in all.iter_mut().enumerate() {
        identify(person, number)?;
    }
    Ok(all)
}

/// The sign-in name of the handler of an organisation.
#[must_use]
pub fn handler_login(organisation: &str) -> String {
    FEATURED_HANDLERS
        .iter()
        .find(|(id, _)| *id == organisation)
        .map_or_else(
            || format!("handler-{organisation}"),
            |(_, login)| (*login).to_owned(),
        )
}

/// The sign-in name and post id of the collector of responsibility grid `number`, counted from 0.
fn collector_login(number: usize) -> String {
    match number {
        0 => "collector".to_owned(),
        _ => format!("collector-{:02}", number + 1),
    }
}

/// The id of the post that collects in responsibility grid `id`; the demo account `collector` has the first.
#[must_use]
pub fn collector_of(grids: &Grids, id: &str) -> Option<String> {
    let place = grids.responsibilities().iter().position(|r| r.id == id)?;
    Some(collector_login(place))
}

fn collector(number: usize, grid: &ResponsibilityGrid) -> (Post, Person) {
    let mut dice = Dice::new("collector", number as u64);
    let surname = if number == 0 {
        "王"
    } else {
        dice.pick(&SURNAMES).unwrap_or(&"王")
    };
    let post = Post {
        id: collector_login(number),
        organisation: "supervision-centre".to_owned(),
        title_zh: format!("信息采集员（{}）", grid.name_zh),
        title_en: format!("Field collector ({})", grid.name_en),
        roles: vec!["city-care.collector"],
        grids: Some(grid.unit_grids.clone()),
    };
    let name = match number {
        0 => "演示·王采集".to_owned(),
        _ => format!("演示·{surname}采集{:02}", number + 1),
    };
    held(post, collector_login(number), name, number == 0)
}

fn handler(organisation: &Organisation) -> (Post, Person) {
    let login = handler_login(&organisation.id);
    let featured = FEATURED_HANDLERS
        .iter()
        .any(|(id, _)| *id == organisation.id);
    let seed = organisation.id.bytes().map(u64::from).sum();
    let surname = Dice::new("handler", seed)
        .pick(&SURNAMES)
        .copied()
        .unwrap_or("王");
    let post = Post {
        id: format!("handler-{}", organisation.id),
        organisation: organisation.id.clone(),
        title_zh: "处置经办岗".to_owned(),
        title_en: "Handling desk".to_owned(),
        roles: vec!["city-care.handler"],
        grids: None,
    };
    held(post, login, format!("演示·{surname}经办"), featured)
}

fn held(post: Post, login: String, name: String, featured: bool) -> (Post, Person) {
    let person = Person {
        login,
        name,
        phone: String::new(),
        person_number: String::new(),
        post: post.id.clone(),
        featured,
    };
    (post, person)
}

fn identify(person: &mut Person, number: usize) -> Result<(), DemoError> {
    let mut dice = Dice::new("person", number as u64);
    // No range of mobile numbers is set aside for examples; a block of zeros is recognised at a glance.
    person.phone = format!("1990000{:04}", number + 1);
    let year = i16::try_from(dice.between(1966, 2002)).unwrap_or(1980);
    let month = i8::try_from(dice.between(1, 12)).unwrap_or(1);
    let day = i8::try_from(dice.between(1, 28)).unwrap_or(1);
    let birthday = jiff::civil::date(year, month, day);
    let sequence = u16::try_from(number % 999 + 1).unwrap_or(1);
    person.person_number = person_number(birthday, sequence)?.to_string();
    Ok(())
}
