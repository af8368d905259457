//! GeoReport v2 as other programs use it: shapes, filters, and the one case behind both doors.
//!
//! Fields and words follow the specification, <https://wiki.open311.org/GeoReport_v2/>.

use axum::http::{Request, header};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value as Json, json};

use crate::city::{City, GRID};
use crate::client::{Answer, Client, dispatched, encoded, on_the_spot};

/// A program without cookies that speaks GeoReport v2.
pub struct Program<'c>(pub Client<'c>);

impl<'c> Program<'c> {
    pub fn new(city: &'c City) -> Self {
        Self(Client::anonymous(city))
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.0.get(&format!("/open311/v2/{path}")).await
    }

    pub async fn post(&mut self, fields: &[(&str, &str)]) -> Answer {
        self.0.form("/open311/v2/requests.json", fields).await
    }

    /// Reports and gives the number.
    pub async fn report(&mut self, fields: &[(&str, &str)]) -> String {
        let answer = self.post(fields).await.is(200);
        answer[0]["service_request_id"].as_str().unwrap().to_owned()
    }
}

pub const REPORT: [(&str, &str); 6] = [
    ("service_code", "01001"),
    ("lat", "36.705"),
    ("long", "119.105"),
    ("description", "Loose cover near the bus stop"),
    ("first_name", "Demo"),
    ("phone", "13805360002"),
];

/// Reads a document to its end and gives the names of its elements in order.
fn elements(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut names = Vec::new();
    let mut open = 0;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {xml}"))
        {
            Event::Start(start) => {
                open += 1;
                names.push(start.name().as_ref().to_owned());
            }
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "every element is closed");
    names
}

fn is_request(request: &Json) {
    let text = |name: &str| {
        request[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {request}"))
    };
    assert!(!text("service_request_id").is_empty());
    assert!(["open", "closed"].contains(&text("status")));
    assert_eq!(text("service_code").len(), 5);
    text("service_name");
    text("description");
    for name in ["requested_datetime", "updated_datetime"] {
        text(name).parse::<jiff::Timestamp>().unwrap();
    }
    assert!(request["lat"].is_null() == request["long"].is_null());
    let known = [
        "service_request_id",
        "status",
        "status_notes",
        "service_name",
        "service_code",
        "description",
        "agency_responsible",
        "service_notice",
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
        "address",
        "address_id",
        "zipcode",
        "lat",
        "long",
        "media_url",
    ];
    let fields: Vec<&str> = request
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(fields.len(), known.len(), "{fields:?}");
    assert!(fields.iter().all(|name| known.contains(name)), "{fields:?}");
}

#[tokio::test]
async fn services_are_the_categories_in_force_in_json_and_xml() {
    let city = City::new();
    let mut program = Program::new(&city);
    let services = program.get("services.json").await.is(200);
    let services = services.as_array().unwrap();
    assert_eq!(services.len(), 250);
    for service in services {
        assert_eq!(service["type"], "realtime");
        assert!(
            service["metadata"] == false
                && service["keywords"].is_string()
                && service["group"].is_string()
        );
    }
    let xml = program.get("services.xml").await;
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    let names = elements(&xml.text());
    assert_eq!(names[..2], ["services", "service"]);
    assert_eq!(
        names.iter().filter(|name| *name == "service_code").count(),
        250
    );
    let english = Client::anonymous(&city).english();
    let english = Program(english).get("services.json").await.is(200);
    let keywords = english[0]["keywords"].as_str().unwrap();
    assert!(keywords.split(',').next().unwrap().is_ascii(), "{keywords}");
    let definition = program.get("services/01001.json").await.is(200);
    assert_eq!(
        (
            &definition["service_code"],
            definition["attributes"].as_array().unwrap().len()
        ),
        (&"01001".into(), 0)
    );
    assert_eq!(
        elements(&program.get("services/01001.xml").await.text())[0],
        "service_definition"
    );
    assert_eq!(
        program.get("services/99999.json").await.is(404)[0]["code"],
        404
    );
}

#[tokio::test]
async fn a_report_made_here_is_a_case_like_any_other() {
    let city = City::new();
    let mut program = Program::new(&city);
    let number = program.report(&REPORT).await;
    let mut collector = Client::officer(&city, "collector").await;
    let inbox = collector.get("/api/v1/tasks").await.is(200);
    assert_eq!(inbox["tasks"][0]["number"], number.as_str());
    let list = collector.get("/api/v1/cases?channel=open311").await.is(200);
    assert_eq!(list["cases"][0]["number"], number.as_str());
    assert_eq!(list["cases"][0]["grid"], GRID);
    let track = Client::anonymous(&city)
        .get(&format!("/track/{number}"))
        .await;
    assert_eq!(track.status, 200);
    let read = program
        .get(&format!("requests/{number}.json"))
        .await
        .is(200);
    is_request(&read[0]);
    assert_eq!(read[0]["description"], "Loose cover near the bus stop");
    let answer = program.get(&format!("requests/{number}.json")).await;
    assert!(!answer.text().contains("13805360002") && !answer.text().contains("Demo"));
    let token = program.get(&format!("tokens/{number}.json")).await.is(200);
    assert_eq!(token[0]["service_request_id"], number.as_str());
    let xml = elements(&program.get(&format!("requests/{number}.xml")).await.text());
    assert_eq!(xml[..2], ["service_requests", "request"]);
    program.get("requests/20200101-000000-0.json").await.is(404);
    program.get("tokens/20200101-000000-0.json").await.is(404);
}

#[tokio::test]
async fn words_from_the_page_are_not_published_but_the_case_is() {
    let city = City::new();
    let (_, number) = Client::anonymous(&city).report().await;
    let read = Program::new(&city)
        .get(&format!("requests/{number}.json"))
        .await
        .is(200);
    is_request(&read[0]);
    assert!(
        !read[0]["description"]
            .as_str()
            .unwrap()
            .contains("车一过就响")
    );
}

#[tokio::test]
async fn every_filter_chooses_what_it_says() {
    let city = City::new();
    let mut program = Program::new(&city);
    let first = program.report(&REPORT).await;
    city.clock.advance(jiff::SignedDuration::from_hours(24));
    let mut lamp = REPORT;
    lamp[0].1 = "01037";
    let second = program.report(&lamp).await;
    for (query, expected) in [
        (String::new(), vec![&second, &first]),
        ("service_code=01037".into(), vec![&second]),
        ("service_code=01001,01037".into(), vec![&second, &first]),
        ("service_code=06010".into(), vec![]),
        ("status=open".into(), vec![&second, &first]),
        ("status=closed".into(), vec![]),
        ("status=open,closed".into(), vec![&second, &first]),
        ("start_date=2026-09-22T00:00:00Z".into(), vec![&second]),
        ("end_date=2026-09-22T00:00:00%2B08:00".into(), vec![&first]),
        (
            "start_date=2026-09-20T00:00:00Z&end_date=2026-09-23T00:00:00Z".into(),
            vec![&second, &first],
        ),
        (format!("service_request_id={first}"), vec![&first]),
        (
            format!("service_request_id={first},{second}"),
            vec![&first, &second],
        ),
        ("jurisdiction_id=370700".into(), vec![&second, &first]),
    ] {
        let found = program.get(&format!("requests.json?{query}")).await.is(200);
        let numbers: Vec<&str> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["service_request_id"].as_str().unwrap())
            .collect();
        assert_eq!(numbers, expected, "{query}");
        found.as_array().unwrap().iter().for_each(is_request);
        let xml = program.get(&format!("requests.xml?{query}")).await;
        let named = elements(&xml.text())
            .iter()
            .filter(|name| *name == "request")
            .count();
        assert_eq!(named, numbers.len(), "{query} in XML");
    }
}

#[tokio::test]
async fn a_joined_request_tells_what_became_of_the_case_it_joined() {
    let city = City::new();
    let (case, number) = dispatched(&city, "water-supply").await;
    city.clock.advance(jiff::SignedDuration::from_mins(10));
    let joined = Client::anonymous(&city)
        .post(&format!("/api/v1/cases/{number}/reports"), &report_again())
        .await
        .is(201);
    let own = joined["number"].as_str().unwrap();
    let mut program = Program::new(&city);
    let mut both = Vec::new();
    for number in [own, number.as_str()] {
        both.push(
            program
                .get(&format!("requests/{number}.json"))
                .await
                .is(200)[0]
                .clone(),
        );
    }
    for name in ["status", "agency_responsible", "expected_datetime"] {
        assert_eq!(both[0][name], both[1][name], "{name}");
    }
    assert_eq!(both[0]["status"], "open");
    // The joining is a change, too.
    assert_eq!(both[0]["updated_datetime"], "2026-09-21T09:10:00+08:00");
    let notes = |request: &Json| request["status_notes"].as_str().unwrap().to_owned();
    assert!(notes(&both[0]).starts_with(&notes(&both[1])) && notes(&both[0]).contains(&number));
    assert_ne!(both[0]["requested_datetime"], both[1]["requested_datetime"]);
    let numbers = |list: Json| -> Vec<String> {
        let list = list.as_array().unwrap().clone();
        let number = |one: &Json| one["service_request_id"].as_str().unwrap().to_owned();
        list.iter().map(number).collect()
    };
    let open = program.get("requests.json?status=open").await.is(200);
    assert_eq!(numbers(open), [own, number.as_str()]);
    let page = program
        .get("requests.json?status=open&page_size=1&page=2")
        .await
        .is(200);
    assert_eq!(numbers(page), [number.as_str()]);
    let closed = program.get("requests.json?status=closed").await.is(200);
    assert_eq!(numbers(closed), Vec::<String>::new());

    city.clock.advance(jiff::SignedDuration::from_mins(10));
    let mut water = Client::officer(&city, "water").await;
    water.decide(&case, "sign", json!({})).await.is(200);
    let done = json!({ "opinion": "已更换井盖" });
    water.decide(&case, "done", done).await.is(200);
    let mut collector = Client::officer(&city, "collector").await;
    let photo = collector.photo().await;
    let check = on_the_spot("check_photos", &photo);
    collector.decide(&case, "fixed", check).await.is(200);
    let answer = json!({ "answer": "井盖已更换" });
    let mut inspector = Client::officer(&city, "inspector").await;
    inspector.decide(&case, "close", answer).await.is(200);
    let read = program.get(&format!("requests/{own}.json")).await.is(200);
    assert_eq!(read[0]["status"], "closed");
    assert!(notes(&read[0]).starts_with("已核查结案"), "{read}");
    assert_eq!(read[0]["updated_datetime"], "2026-09-21T09:20:00+08:00");
    let closed = program.get("requests.json?status=closed").await.is(200);
    assert_eq!(numbers(closed), [own, number.as_str()]);
}

/// What a second resident says of the same thing.
fn report_again() -> Json {
    json!({ "facts": { "words": "还是这个井盖" } })
}

#[tokio::test]
async fn a_place_may_be_given_as_coordinates_grid_or_words() {
    let city = City::new();
    let mut program = Program::new(&city);
    let by_grid = program
        .report(&[("service_code", "01001"), ("address_id", GRID)])
        .await;
    let read = program
        .get(&format!("requests/{by_grid}.json"))
        .await
        .is(200);
    assert_eq!(read[0]["address_id"], GRID);
    assert!(read[0]["lat"].is_f64());
    let by_words = program
        .report(&[
            ("service_code", "01001"),
            ("address_string", "东风东街 88 号"),
        ])
        .await;
    let read = program
        .get(&format!("requests/{by_words}.json"))
        .await
        .is(200);
    assert_eq!(
        (&read[0]["address"], read[0]["lat"].is_null()),
        (&"东风东街 88 号".into(), true)
    );
}

#[tokio::test]
async fn a_form_in_parts_is_taken_and_a_file_in_it_is_said_not_to_be_kept() {
    let city = City::new();
    let mut program = Program::new(&city);
    let mut body = String::new();
    for (name, value) in REPORT {
        body.push_str(&format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--edge\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nxyz\r\n--edge--\r\n");
    let request = |kind: &str| {
        Request::post("/open311/v2/requests.json").header(header::CONTENT_TYPE, kind.to_owned())
    };
    let answer = program
        .0
        .send(request("multipart/form-data; boundary=edge"), body.clone())
        .await
        .is(200);
    assert!(
        answer[0]["service_notice"]
            .as_str()
            .unwrap()
            .contains("media"),
        "{answer}"
    );
    let size = city.size();
    for (kind, body) in [
        ("multipart/form-data; boundary=other", body.clone()),
        ("multipart/form-data", body.clone()),
        (
            "multipart/form-data; boundary=edge",
            body[..body.len() / 2].to_owned(),
        ),
    ] {
        let refused = program.0.send(request(kind), body).await.is(400);
        assert_eq!(refused[0]["code"], 400, "{kind}");
    }
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn the_same_key_makes_one_request() {
    let city = City::new();
    let mut program = Program::new(&city);
    let body: Vec<String> = REPORT
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let request = || {
        Request::post("/open311/v2/requests.xml")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("idempotency-key", "abc")
    };
    let first = program.0.send(request(), body.join("&")).await;
    let size = city.size();
    let second = program.0.send(request(), body.join("&")).await;
    assert_eq!((first.text(), city.size()), (second.text(), size));
    assert_eq!(
        elements(&first.text()),
        [
            "service_requests",
            "request",
            "service_request_id",
            "service_notice",
            "account_id"
        ]
    );
}
