//! Addresses that may mean the same door, through HTTP: found, decided, merged and taken back; refused to who may not.

use axum::http::{Request, header};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::client::Client;

const REGISTER: &str = "/api/v1/registers/spatial.address";

/// Does one operation well, as someone who may.
pub async fn drive(city: &City, id: &str) {
    let mut registrar = Client::officer(city, "registrar").await;
    let code = |number: u32| format!("{id}-{number}");
    for number in [1, 2] {
        let full = if number == 1 {
            "东风街12号3号楼"
        } else {
            "东风街 12 号 3号楼"
        };
        let values = json!({
            "code": code(number), "words": full, "division": "370705001001",
            "building": "3", "unit": "1", "room": "101", "number": id,
        });
        put(&mut registrar, &values).await;
    }
    let merge = json!({ "kept": code(1), "gone": code(2), "reason": "同一楼门" });
    match id {
        "keep_apart" => {
            let pairs = registrar.get(&format!("{REGISTER}/matches")).await.is(200);
            assert_eq!(pairs[0]["first"]["id"], code(1));
            assert!(pairs[0]["evidence"][0]["alike"].is_u64());
            let body = json!({ "first": code(1), "second": code(2), "reason": "两个楼门" });
            let path = format!("{REGISTER}/matches/apart");
            registrar.post(&path, &body).await.is(200);
            assert_eq!(
                registrar.get(&format!("{REGISTER}/matches")).await.is(200),
                json!([])
            );
        }
        "merge_records" => {
            let path = format!("{REGISTER}/merges");
            registrar.post(&path, &merge).await.is(200);
            let gone = registrar
                .get(&format!("{REGISTER}/records/{}", code(2)))
                .await;
            assert_eq!(gone.status, 404);
        }
        _ => {
            let merged = registrar
                .post(&format!("{REGISTER}/merges"), &merge)
                .await
                .is(200);
            let path = format!("{REGISTER}/merges/{}/undo", merged["id"].as_str().unwrap());
            let body = json!({ "reason": "两个楼门" });
            registrar.post(&path, &body).await.is(200);
            let again = registrar
                .get(&format!("{REGISTER}/records/{}", code(2)))
                .await;
            again.is(200);
        }
    }
}

async fn put(registrar: &mut Client<'_>, values: &Json) {
    let request = Request::put(format!("{REGISTER}/records"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "values": values }).to_string();
    registrar.send(request, body).await.is(200);
}

#[tokio::test]
async fn who_may_not_write_a_register_sees_no_pairs_and_merges_nothing() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    for path in ["matches", "merges"] {
        seat.get(&format!("{REGISTER}/{path}")).await.refusal(403);
    }
    let merge = json!({ "kept": "a", "gone": "b", "reason": "x" });
    seat.post(&format!("{REGISTER}/merges"), &merge)
        .await
        .refusal(403);
    let apart = json!({ "first": "a", "second": "b", "reason": "x" });
    seat.post(&format!("{REGISTER}/matches/apart"), &apart)
        .await
        .refusal(403);
}
