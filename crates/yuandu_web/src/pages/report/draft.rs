//! A report before it is recorded: read from the form, checked as a whole, then opened as a case or joined to one.

use serde_json::{Map, Value as Json, json};
use yuandu_api::operations::{cases, places};
use yuandu_api::{ApiError, App, Visitor};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_geo::Position;
use yuandu_ids::UnitGridCode;
use yuandu_process::{JoinCase, OpenCase};
use yuandu_schema::FieldDef;

use crate::pages::forms::categories::CATEGORIES;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::{photos, read_declared};
use crate::pages::public_cases::SYSTEM;

/// Most photos of one report.
const MOST_PHOTOS: usize = 4;
/// The declared facts that the form asks for.
pub(super) const ASKED: [&str; 4] = ["words", "photos", "contact_name", "contact_phone"];

/// A report that may be sent.
#[derive(Debug)]
pub(super) struct Draft {
    /// Category code.
    pub(super) category: String,
    /// Where, if it is known to the metre.
    pub(super) position: Option<Position>,
    /// Where, in words.
    pub(super) address: String,
    /// The unit grid of the place.
    pub(super) grid: Option<String>,
    facts: Map<String, Json>,
}

impl Draft {
    /// Reads the form; the photos in it are stored and named in `sent`. All problems come at once.
    pub(super) fn check(
        app: &App,
        visitor: &Visitor,
        sent: &mut Sent,
    ) -> Result<Result<Self, Vec<Problem>>, ApiError> {
        let mut problems = photos::take_in(app, sent, "photos", MOST_PHOTOS)?;
        let today = app.calendar().local_date(visitor.ctx.now());
        let category = sent.text("category").to_owned();
        let lists = app.system(SYSTEM).map(|system| system.lists.clone());
        if category.is_empty() {
            problems.push(Problem::new(
                "report.category_missing",
                "category",
                "请选择是哪一类问题；拿不准就选最接近的",
                "choose what kind of problem it is; the nearest will do",
            ));
        } else if let Err(problem) = lists
            .unwrap_or_default()
            .require(CATEGORIES, &category, today, "category")
        {
            problems.push(Problem::new(
                &problem.code,
                "category",
                "没有选中的这一类，请从列表里重新选择",
                "the category that was sent does not exist; choose one of the list",
            ));
        }
        let place = match place(app, sent) {
            Ok(place) => Some(place),
            Err(error) if error.kind == ErrorKind::Invalid => {
                problems.extend(error.problems);
                None
            }
            Err(error) => return Err(error),
        };
        let facts = facts(app, sent, &mut problems)?;
        problems.extend(unasked(sent));
        Ok(match (place, problems.is_empty()) {
            (Some((position, address, grid)), true) => Ok(Self {
                category,
                position,
                address,
                grid,
                facts,
            }),
            _ => Err(in_order(problems)),
        })
    }

    /// Opens the case and answers with its number.
    pub(super) fn open(
        self,
        app: &App,
        visitor: &Visitor,
        key: Option<String>,
    ) -> Result<String, ApiError> {
        let mut open = OpenCase {
            system: SYSTEM.to_owned(),
            category: Some(self.category),
            place: self.position.map(|at| (at.lon(), at.lat())),
            address: Some(self.address).filter(|address| !address.is_empty()),
            grid: self.grid,
            channel: "web".to_owned(),
            facts: self.facts,
            idempotency: key,
            ..OpenCase::default()
        };
        cases::locate(app, &mut open)?;
        Ok(app.engine.open_case(&visitor.ctx, &open)?.number)
    }
}

/// Joins the case whose number stands in `join`: words may be left out, a place is not needed.
pub(super) fn join(
    app: &App,
    visitor: &Visitor,
    sent: &mut Sent,
) -> Result<Result<String, ApiError>, ApiError> {
    let mut problems = photos::take_in(app, sent, "photos", MOST_PHOTOS)?;
    let parent = sent.text("join").to_owned();
    let own = Position::parse(sent.text("lon"), sent.text("lat")).ok();
    if let Err(error) = places::joinable(app, visitor, &parent, own) {
        return Ok(Err(error));
    }
    let mut joining = sent.clone();
    if joining.given("words").is_none() {
        let same = same_words(visitor.lang()).to_owned();
        joining.replace("words", vec![same]);
    }
    let facts = facts(app, &joining, &mut problems)?;
    if !problems.is_empty() {
        return Ok(Err(ApiError::invalid(problems)));
    }
    let request = JoinCase {
        parent,
        channel: "web".to_owned(),
        facts,
        idempotency: joining.key(),
    };
    let joined = app.engine.join_case(&visitor.ctx, &request);
    Ok(joined.map(|opened| opened.number).map_err(ApiError::from))
}

/// What someone says who only confirms another's report.
fn same_words(lang: Lang) -> &'static str {
    lang.pick("我也遇到了同样的问题", "I have met the same problem")
}

type Place = (Option<Position>, String, Option<String>);

/// The place by mark or coordinates, by grid, or by words alone; a known position must lie in the city.
fn place(app: &App, sent: &Sent) -> Result<Place, ApiError> {
    let (lon, lat) = (sent.text("lon"), sent.text("lat"));
    let address = sent.text("address").to_owned();
    if let Some(position) = places::marked(lon, lat)? {
        let found = places::inside(app, position, "place")?;
        let address = if address.is_empty() {
            found.words
        } else {
            address
        };
        return Ok((Some(position), address, found.grid));
    }
    if let Some(code) = sent.given("grid") {
        return by_grid(app, code, address);
    }
    if address.chars().count() < 2 {
        return Err(ApiError::invalid(vec![Problem::new(
            "report.place_missing",
            "place",
            "请告诉我们在什么地方：在地图上点，或写地址、附近的标志物",
            "tell us where it is: mark it on the map, or write an address or a landmark nearby",
        )]));
    }
    Ok((None, address, None))
}

fn by_grid(app: &App, code: &str, address: String) -> Result<Place, ApiError> {
    let grid: UnitGridCode = code.parse().map_err(|error: yuandu_ids::IdError| {
        ApiError::invalid(vec![Problem::new(
            error.code(),
            "grid",
            error.message_zh(),
            error.message_en(),
        )])
    })?;
    let code = grid.to_string();
    let Some(centre) = app.locator.grid_centre(&code)? else {
        return Err(ApiError::invalid(vec![Problem::new(
            "report.grid_unknown",
            "grid",
            format!("本市没有网格 `{code}`，请核对编号，或改写地址"),
            format!("there is no grid `{code}` in this city; check the code, or write an address"),
        )]));
    };
    let address = if address.is_empty() {
        places::locate(app, centre)?.words
    } else {
        address
    };
    Ok((Some(centre), address, Some(code)))
}

/// The declared facts of the report.
fn facts(
    app: &App,
    sent: &Sent,
    problems: &mut Vec<Problem>,
) -> Result<Map<String, Json>, ApiError> {
    let kind = app.engine.kind(SYSTEM)?;
    let asked: Vec<&FieldDef> = kind
        .declared
        .fields
        .iter()
        .filter(|field| ASKED.contains(&field.name.as_str()))
        .collect();
    let mut facts = match read_declared(asked, sent) {
        Ok(facts) => facts,
        Err(found) => {
            problems.extend(found.into_iter().map(in_the_words_of_the_page));
            Map::new()
        }
    };
    facts.retain(|_, value| !value.is_null());
    facts.insert("reporter_kind".to_owned(), json!("public"));
    Ok(facts)
}

/// The page asks what is wrong in other words than the register's label.
fn in_the_words_of_the_page(problem: Problem) -> Problem {
    if problem.place == "words" && problem.code == "schema.required" {
        return Problem::new(
            "report.words_missing",
            "words",
            "请用几句话说清是怎么回事",
            "say in a few words what is wrong",
        );
    }
    problem
}

/// Problems of reading in fields that are no declared facts, such as the address.
fn unasked(sent: &Sent) -> Vec<Problem> {
    sent.problems()
        .iter()
        .filter(|problem| !ASKED.contains(&problem.place.as_str()))
        .cloned()
        .collect()
}

/// In the order of the page, so that the summary reads as the page does.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    const ORDER: [&str; 10] = [
        "category",
        "place",
        "address",
        "grid",
        "lon",
        "lat",
        "words",
        "photos",
        "contact_name",
        "contact_phone",
    ];
    problems.sort_by_key(|problem| ORDER.iter().position(|name| *name == problem.place));
    problems
}
