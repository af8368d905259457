//! Entries, their codes, what may leave, and how they are found and described.

use super::*;
use crate::dcat;

const TREES: &str = "id = \"tree\"\ntitle = { zh = \"古树名木\", en = \"Old trees\" }\nsummary = { zh = \"古树名木的位置与养护\", en = \"Where old trees stand and who keeps them\" }\nauthority = \"parks\"\nretention = \"permanent\"\nlegal_basis = \"x\"\nresource_class = \"209001\"\nkey = \"number\"\n[[field]]\nname = \"number\"\ntype = \"text\"\nlabel = { zh = \"编号\", en = \"Number\" }\nrequired = true\n[[field]]\nname = \"keeper\"\ntype = \"phone\"\nauthority = \"owners\"\nsensitivity = \"restricted\"\nlabel = { zh = \"养护电话\", en = \"Keeper\" }\n[[field]]\nname = \"street\"\ntype = \"reference\"\nregister = \"street\"\nlabel = { zh = \"街道\", en = \"Street\" }\n[[field]]\nname = \"street_name\"\ntype = \"text\"\nsource = \"green.street.name\"\nlabel = { zh = \"街道名称\", en = \"Street name\" }\n";
const STREETS: &str = "id = \"street\"\ntitle = { zh = \"街道\", en = \"Streets\" }\nauthority = \"roads\"\nsensitivity = \"internal\"\nretention = \"10y\"\nlegal_basis = \"x\"\nkey = \"code\"\n[[field]]\nname = \"code\"\ntype = \"text\"\nlabel = { zh = \"代码\", en = \"Code\" }\nrequired = true\n[[field]]\nname = \"name\"\ntype = \"text\"\nauthority = \"namers\"\nlabel = { zh = \"名称\", en = \"Name\" }\n";

fn provider(id: &str) -> Provider {
    Provider {
        id: id.to_owned(),
        name: LocalText::new(format!("{id} \"局\""), format!("Office of {id}")),
        credit_code: None,
    }
}

fn town() -> Catalogue {
    let read = |text| RegisterDef::read("green", "x.toml", text).0.unwrap();
    let (trees, streets) = (read(TREES), read(STREETS));
    let title = LocalText::new("园林绿化", "Parks");
    let source = Source {
        title: &title,
        registers: vec![&trees, &streets],
    };
    Catalogue::build([source], None, &provider)
}

#[test]
fn every_register_is_an_entry_with_its_items_and_terms() {
    let catalogue = town();
    let trees = catalogue.entry("green.tree").unwrap();
    assert_eq!(trees.class.zh, "主题信息资源");
    assert!(trees.code.starts_with("209001/"));
    assert_eq!(trees.items.len(), 4);
    assert!(trees.items[0].key && !trees.items[0].nullable);
    assert_eq!(trees.items[1].openness, Terms::Withheld);
    assert_eq!(trees.openness.terms, Terms::Conditional);
    assert!(trees.openness.reason.is_some());
    let streets = catalogue.entry("green.street").unwrap();
    assert_eq!(trees.related, std::slice::from_ref(&streets.code));
    assert_eq!(
        (streets.sharing.terms, streets.openness.terms),
        (Terms::Conditional, Terms::Withheld)
    );
}

#[test]
fn every_item_names_who_answers_for_it_wherever_the_fact_is_shown() {
    let catalogue = town();
    let authorities = |register: &str| -> Vec<String> {
        let items = &catalogue.entry(register).unwrap().items;
        items.iter().map(|item| item.authority.id.clone()).collect()
    };
    assert_eq!(
        authorities("green.tree"),
        ["parks", "owners", "parks", "namers"]
    );
    assert_eq!(authorities("green.street"), ["roads", "namers"]);
}

#[test]
fn words_of_both_languages_find_entries_and_new_ones_at_once() {
    let mut catalogue = town();
    let found = |catalogue: &Catalogue, words: &str| -> Vec<String> {
        let entries = catalogue.search(words, 10);
        entries.iter().map(|entry| entry.register.clone()).collect()
    };
    assert_eq!(found(&catalogue, "古树"), ["green.tree"]);
    assert_eq!(found(&catalogue, "old tre"), ["green.tree"]);
    assert_eq!(found(&catalogue, "园林 街道")[0], "green.street");
    assert_eq!(found(&catalogue, "河流"), Vec::<String>::new());
    let mut river = catalogue.entry("green.tree").unwrap().clone();
    river.register = "water.river".to_owned();
    river.name = LocalText::new("河流", "Rivers");
    catalogue.put(river.clone());
    assert_eq!(found(&catalogue, "河流"), ["water.river"]);
    river.name = LocalText::new("湖泊", "Lakes");
    catalogue.put(river);
    assert_eq!(found(&catalogue, "河流"), Vec::<String>::new());
    assert_eq!(catalogue.entries().len(), 3);
}

#[test]
fn harvesters_get_what_may_be_open_in_both_ways_of_writing() {
    let catalogue = town();
    let city = LocalText::new("潍坊市", "Weifang");
    let publisher = provider("data-centre");
    let head = dcat::Head {
        base: "https://city.example",
        city: &city,
        publisher: &publisher,
    };
    let graph = dcat::graph(&head, catalogue.entries());
    let json = graph.to_json_ld().to_string();
    let turtle = graph.to_turtle();
    for text in [&json, &turtle] {
        assert!(text.contains("https://city.example/catalog/green.tree"));
        assert!(
            !text.contains("green.street"),
            "what is withheld is not offered"
        );
    }
    assert!(turtle.contains("\\\"局\\\""), "quotes are escaped");
}
