//! Scores of people as offices meet them.

use yuandu_schema::RegisterDef;

use super::*;

fn residents() -> RegisterDef {
    let path = "/../../systems/population/registers/resident.toml";
    let text = std::fs::read_to_string(format!("{}{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (def, problems) = RegisterDef::read("population", "resident", &text);
    assert_eq!(problems, []);
    def.unwrap()
}

fn person(changes: &[(&str, &str)]) -> Compared {
    let base = [
        ("number", "370702199001011234"),
        ("name", "王小明"),
        ("birth_date", "1990-01-01"),
        ("sex", "1"),
        ("phone", "13800000001"),
        ("residence_address", "东风街12号3号楼2单元501室"),
    ];
    let mut person: Compared = base
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in changes {
        if value.is_empty() {
            person.remove(*name);
        } else {
            person.insert((*name).to_owned(), (*value).to_owned());
        }
    }
    person
}

#[test]
fn the_same_person_waits_for_review_and_others_do_not() {
    let def = residents();
    let matching = def.matching.as_ref().unwrap();
    let same: [&[(&str, &str)]; 4] = [
        // A digit of the number mistyped, and the check digit with it.
        &[("number", "370702199001012235")],
        // Registered twice under two numbers, at one address.
        &[("number", "110101199001015678"), ("phone", "")],
        // The name misheard.
        &[("name", "王晓明"), ("number", "370702199001011235")],
        // Moved and with a new telephone, the number off by one.
        &[
            ("number", "370702199001011235"),
            ("phone", "13900000000"),
            ("residence_address", "向阳路7号"),
        ],
    ];
    for changes in same {
        let (found, evidence) = score(matching, &person(&[]), &person(changes));
        assert!(
            found >= matching.review,
            "{changes:?}: {found} {evidence:?}"
        );
    }
    let others: [&[(&str, &str)]; 4] = [
        // Born on one day under one name, and nothing else in common.
        &[
            ("number", "110101199001015678"),
            ("phone", "13900000000"),
            ("residence_address", "向阳路7号"),
        ],
        // A twin at home.
        &[
            ("name", "王小亮"),
            ("number", "370702199001015678"),
            ("phone", ""),
        ],
        // Husband and wife.
        &[
            ("name", "李芳"),
            ("birth_date", "1991-05-06"),
            ("number", "370702199105064321"),
            ("sex", "2"),
        ],
        // Too little is known of this one.
        &[
            ("number", ""),
            ("phone", ""),
            ("birth_date", ""),
            ("residence_address", ""),
            ("sex", ""),
        ],
    ];
    for changes in others {
        let (found, evidence) = score(matching, &person(&[]), &person(changes));
        assert!(found < matching.review, "{changes:?}: {found} {evidence:?}");
    }
}

#[test]
fn a_score_does_not_depend_on_the_order() {
    let def = residents();
    let matching = def.matching.as_ref().unwrap();
    let (one, other) = (person(&[]), person(&[("name", "王晓明"), ("phone", "")]));
    assert_eq!(score(matching, &one, &other), score(matching, &other, &one));
}
