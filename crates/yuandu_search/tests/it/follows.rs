//! The index is a view of the log: what was committed is found, what was removed is not, and the cost stays the same.

use yuandu_search::SearchError;

use crate::town::{Town, found};

#[test]
fn phrases_that_a_word_list_would_cut_otherwise_are_found() {
    let town = Town::new();
    town.write("1", "关于城乡建设用地的请示");
    town.write("2", "东风街管网爆管，停水三天");
    town.write("3", "建设城乡用地");
    let search = town.search();
    assert_eq!(found(&search, "城乡建设"), ["1"]);
    assert_eq!(found(&search, "管网爆管"), ["2"]);
    assert_eq!(
        found(&search, "爆管停水"),
        [""; 0],
        "a comma is between them"
    );
    assert_eq!(found(&search, "停水 管网"), ["2"], "words in any order");
    assert_eq!(found(&search, "街"), ["2"], "one character");
    assert_eq!(found(&search, ""), [""; 0]);
    assert_eq!(found(&search, "……"), [""; 0]);
}

#[test]
fn numbers_and_latin_are_found_by_any_part_in_any_width_and_case() {
    let town = Town::new();
    town.write("1", "来电 13800001234，16路公交BRT站");
    town.write("2", "来电 13800004321");
    let search = town.search();
    assert_eq!(found(&search, "0000123"), ["1"]);
    assert_eq!(found(&search, "ｂｒｔ"), ["1"]);
    assert_eq!(
        found(&search, "138"),
        ["2", "1"],
        "of equals the later first"
    );
}

#[test]
fn an_entry_is_found_right_after_its_commit_changed_and_removed_rows_as_well() {
    let town = Town::new();
    let search = town.search();
    assert_eq!(search.position(), None);
    assert_eq!(found(&search, "停水"), [""; 0]);
    town.write("1", "停水");
    assert_eq!(found(&search, "停水"), ["1"]);
    town.write("1", "停电");
    assert_eq!(found(&search, "停水"), [""; 0]);
    assert_eq!(found(&search, "停电"), ["1"]);
    town.remove("1");
    assert_eq!(found(&search, "停电"), [""; 0]);
    assert_eq!(search.position(), Some(3));
    assert_eq!(search.rows("note").unwrap(), 0);
}

#[test]
fn columns_that_were_not_named_are_not_searched() {
    let town = Town::new();
    town.write("1", "停水");
    assert_eq!(found(&town.search(), "绝密"), [""; 0]);
}

#[test]
fn a_search_made_anew_finds_the_same_as_one_that_followed() {
    let town = Town::new();
    let followed = town.search();
    for number in 0..50 {
        town.write(
            &format!("{}", number % 20),
            &format!("第{number}号记录，停水"),
        );
        let _ = found(&followed, "停水");
    }
    let anew = town.search();
    for words in ["停水", "4", "号记录"] {
        assert_eq!(found(&followed, words), found(&anew, words), "{words}");
    }
}

#[test]
fn an_answer_costs_one_query_when_nothing_is_new_and_three_more_at_most_otherwise() {
    let town = Town::new();
    for number in 0..300 {
        town.write(&number.to_string(), "停水");
    }
    let search = town.search();
    let _ = found(&search, "停水");
    let before = town.store().queries();
    let _ = found(&search, "停水");
    assert_eq!(town.store().queries() - before, 1);
    town.write("new", "停水");
    let before = town.store().queries();
    let _ = found(&search, "停水");
    assert_eq!(town.store().queries() - before, 4);
}

#[test]
fn the_most_similar_text_comes_first() {
    let town = Town::new();
    town.write("water", "福寿街某小区停水三天，无人通知，老人无法做饭");
    town.write("noise", "楼下烧烤店半夜噪声扰民");
    town.write("bus", "16路公交车甩站");
    let search = town.search();
    let hits = search
        .similar("note", "我们小区也停水了，没有人通知", 2)
        .unwrap();
    assert_eq!(hits[0].id, "water");
    assert!(search.similar("note", "🙂", 3).unwrap().is_empty());
}

#[test]
fn a_source_nobody_declared_is_an_error_of_ours() {
    let town = Town::new();
    let error = town.search().find("case", "停水", 3).unwrap_err();
    assert!(matches!(error, SearchError::NoSource(name) if name == "case"));
}

#[test]
fn a_row_that_cannot_be_read_holds_the_index_up_and_nothing_else() {
    let town = Town::new();
    let Some(path) = town.file() else { return };
    town.write("1", "东风街停水");
    let search = town.search();
    assert_eq!(found(&search, "停水"), ["1"]);
    let position = search.position();
    town.write("2", "胜利街停水");
    let damage = "UPDATE notes SET words = CAST(x'e5ff' AS TEXT) WHERE id = '2'";
    let database = rusqlite::Connection::open(path).unwrap();
    assert_eq!(database.execute(damage, []).unwrap(), 1);
    assert_eq!(found(&search, "停水"), ["1"], "answered as of before");
    let standing = search.standing();
    assert_eq!(standing.position, position);
    assert!(standing.failure.is_some());
    // Once the table is what the log says, the next question goes on.
    assert_eq!(town.rebuild(), 1);
    assert_eq!(found(&search, "停水"), ["2", "1"]);
    assert_eq!(search.standing().failure, None);
}
