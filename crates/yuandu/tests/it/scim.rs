//! SCIM 2.0: a personnel system keeps people and who holds which post.

use axum::http::{Request, header};
use serde_json::{Value as Json, json};

use crate::city::{City, PASSWORD};
use crate::client::{Answer, Client, encoded};
use crate::relying::Rp;

/// Where people are.
const USERS: &str = "/Users";

struct Hr<'c> {
    city: &'c City,
    token: String,
}

impl<'c> Hr<'c> {
    async fn with(city: &'c City, scope: &str) -> Self {
        let more =
            json!({ "grant_types": ["client_credentials"], "redirect_uris": [], "scope": scope });
        let rp = Rp::with(city, true, more).await;
        let given = rp
            .ask(
                city,
                "/oauth/token",
                &[("grant_type", "client_credentials")],
            )
            .await
            .is(200);
        Self {
            city,
            token: given["access_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Json) -> Answer {
        self.tagged(method, path, body, None).await
    }

    async fn tagged(
        &self,
        method: &str,
        path: &str,
        body: &Json,
        tag: Option<(&str, &str)>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header(header::CONTENT_TYPE, "application/scim+json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some((name, value)) = tag {
            request = request.header(name, value);
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Client::anonymous(self.city).send(request, body).await
    }

    async fn find(&self, filter: &str) -> Json {
        self.ask(
            "GET",
            &format!("/Users?filter={}", encoded(filter)),
            &Json::Null,
        )
        .await
        .is(200)
    }
}

fn person(login: &str) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": login, "name": { "formatted": "赵敏" },
        "externalId": "hr-7", "phoneNumbers": [{ "type": "work", "value": "0536-8000000" }] })
}

#[tokio::test]
async fn a_person_comes_changes_post_and_goes() {
    let city = City::new();
    let hr = Hr::with(&city, "scim").await;
    let made = hr.ask("POST", "/Users", &person("Zhao.Min")).await;
    assert_eq!(made.header("content-type"), "application/scim+json");
    assert!(
        made.header("location")
            .starts_with(&format!("http://city.test/scim/v2{USERS}/"))
    );
    let user = made.is(201);
    assert_eq!(
        (
            user["userName"].clone(),
            user["active"].clone(),
            user["externalId"].clone()
        ),
        (json!("zhao.min"), json!(true), json!("hr-7"))
    );
    let id = user["id"].as_str().unwrap();
    assert_eq!(
        hr.ask("POST", "/Users", &person("zhao.min")).await.is(409)["scimType"],
        "uniqueness"
    );

    let patch = |op: Json| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [op] });
    let joined = hr
        .ask(
            "PATCH",
            "/Groups/seat",
            &patch(json!({ "op": "add", "path": "members", "value": [{ "value": id }] })),
        )
        .await
        .is(200);
    assert_eq!(joined["members"].as_array().unwrap().len(), 2);
    assert_eq!(
        hr.ask("GET", &format!("{USERS}/{id}"), &Json::Null)
            .await
            .is(200)["groups"][0]["value"],
        "seat"
    );
    let officer = city
        .app
        .identity
        .officer(&city.system(), "zhao.min", None)
        .unwrap();
    assert!(officer.roles.contains("city-care.seat"));
    let grab = patch(json!({ "op": "add", "path": "members", "value": [{ "value": id }] }));
    assert_eq!(
        hr.ask("PATCH", "/Groups/security", &grab).await.status,
        403,
        "administration is not for a personnel system to give"
    );
    city.clock.advance(jiff::SignedDuration::from_secs(60));
    let left = format!("members[value eq \"{id}\"]");
    hr.ask(
        "PATCH",
        "/Groups/seat",
        &patch(json!({ "op": "remove", "path": left })),
    )
    .await
    .is(200);
    assert!(
        city.app
            .identity
            .officer(&city.system(), "zhao.min", None)
            .is_err()
    );

    let off = hr
        .ask(
            "PATCH",
            &format!("{USERS}/{id}"),
            &patch(json!({ "op": "Replace", "value": { "active": "False" } })),
        )
        .await
        .is(200);
    assert_eq!(off["active"], false);
    hr.ask("DELETE", &format!("{USERS}/{id}"), &Json::Null)
        .await
        .is(204);
    hr.ask("GET", &format!("{USERS}/{id}"), &Json::Null)
        .await
        .is(404);
    assert_eq!(hr.find("userName eq \"zhao.min\"").await["totalResults"], 0);
    // The same person comes back under the same id: the log names them.
    assert_eq!(
        hr.ask("POST", "/Users", &person("zhao.min")).await.is(201)["id"],
        id
    );
}

#[tokio::test]
async fn who_is_taken_away_is_out_at_once() {
    let city = City::new();
    let hr = Hr::with(&city, "scim").await;
    let mut seat = Client::officer(&city, "seat").await;
    let found = hr.find("userName eq \"seat\"").await;
    let id = found["Resources"][0]["id"].as_str().unwrap().to_owned();
    hr.ask("DELETE", &format!("{USERS}/{id}"), &Json::Null)
        .await
        .is(204);
    seat.get("/api/v1/session/current").await.is(401);
    let body = json!({ "login": "seat", "password": PASSWORD });
    assert_ne!(
        Client::anonymous(&city)
            .post("/api/v1/session", &body)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn lists_are_filtered_paged_and_cut_to_what_was_asked_for() {
    let city = City::new();
    let hr = Hr::with(&city, "scim").await;
    let all = hr
        .ask(
            "GET",
            "/Users?startIndex=2&count=3&attributes=userName",
            &Json::Null,
        )
        .await
        .is(200);
    assert_eq!(
        (
            all["totalResults"].clone(),
            all["itemsPerPage"].clone(),
            all["startIndex"].clone()
        ),
        (json!(16), json!(3), json!(2))
    );
    let first = all["Resources"][0].as_object().unwrap();
    let shown: std::collections::BTreeSet<&String> = first.keys().collect();
    assert_eq!(
        shown.into_iter().collect::<Vec<_>>(),
        ["id", "schemas", "userName"]
    );
    assert_eq!(
        hr.find("userName sw \"a\" and not (userName eq \"admin\")")
            .await["totalResults"],
        4
    );
    assert_eq!(
        hr.find("groups.value eq \"seat\"").await["Resources"][0]["userName"],
        "seat"
    );
    let bad = hr
        .ask("GET", "/Users?filter=userName%20zz%201", &Json::Null)
        .await
        .is(400);
    assert_eq!(
        (bad["scimType"].clone(), bad["status"].clone()),
        (json!("invalidFilter"), json!("400"))
    );
    let groups = hr
        .ask(
            "GET",
            "/Groups?excludedAttributes=members&count=1",
            &Json::Null,
        )
        .await
        .is(200);
    assert!(groups["Resources"][0].get("members").is_none());
    assert_eq!(
        hr.ask("POST", "/Groups", &json!({ "displayName": "x" }))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let city = City::new();
    let hr = Hr::with(&city, "scim").await;
    let user = hr.ask("POST", "/Users", &person("zhao.min")).await;
    let (tag, id) = (
        user.header("etag").to_owned(),
        user.json()["id"].as_str().unwrap().to_owned(),
    );
    let path = format!("{USERS}/{id}");
    assert_eq!(
        hr.tagged("GET", &path, &Json::Null, Some(("if-none-match", &tag)))
            .await
            .status,
        304
    );
    let mut changed = person("zhao.min");
    changed["displayName"] = json!("赵敏敏");
    hr.tagged("PUT", &path, &changed, Some(("if-match", &tag)))
        .await
        .is(200);
    assert_eq!(
        hr.tagged("PUT", &path, &changed, Some(("if-match", &tag)))
            .await
            .is(412)["status"],
        "412"
    );
    changed["password"] = json!("let-me-in-now");
    assert_eq!(
        hr.ask("PUT", &path, &changed).await.is(400)["scimType"],
        "mutability"
    );
    assert_eq!(
        hr.ask("PUT", &path, &json!({ "userName": "a b/c" }))
            .await
            .is(400)["scimType"],
        "invalidValue"
    );
}

#[tokio::test]
async fn without_the_scope_nothing_is_shown_and_the_description_is_open() {
    let city = City::new();
    let hr = Hr::with(&city, "authzen").await;
    assert_eq!(
        hr.ask("GET", "/Users", &Json::Null).await.is(403)["status"],
        "403"
    );
    assert_eq!(
        Client::anonymous(&city).get("/scim/v2/Users").await.is(401)["status"],
        "401"
    );
    let mut anyone = Client::anonymous(&city);
    let config = anyone.get("/scim/v2/ServiceProviderConfig").await.is(200);
    assert_eq!(
        (
            config["patch"]["supported"].clone(),
            config["etag"]["supported"].clone()
        ),
        (json!(true), json!(true))
    );
    assert_eq!(
        anyone.get("/scim/v2/ResourceTypes").await.is(200)["totalResults"],
        2
    );
    let schema = "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
    assert_eq!(anyone.get(schema).await.is(200)["name"], "User");
    let log = city.app.store.size();
    let hr = Hr::with(&city, "scim").await;
    hr.ask("POST", "/Users", &person("zhao.min")).await.is(201);
    assert!(city.app.store.size() > log);
}
