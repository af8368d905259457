//! Code lists as files, on dates, and as people search them.

use super::*;

const CSV: &str = "# source: GB/T 47678.5-2026\n# licence: public\ncode,name_zh,name_en,class,words,kind,valid_from,valid_to\n01001,供水井盖,Water manhole cover,01,自来水井盖;阀门井盖,component,,\n06010,暴露垃圾,Exposed litter,06,垃圾没人收;垃圾堆,matter,2026-07-01,\n06011,积存垃圾渣土,Piled rubble,06,,matter,,2026-06-30\n";

fn list() -> CodeList {
    let (list, problems) = CodeList::read("categories", "codes/categories.csv", CSV);
    assert_eq!(problems, []);
    list
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn found(words: &str) -> Vec<String> {
    list()
        .search(words, day("2026-07-02"), 3)
        .into_iter()
        .map(|entry| entry.code.clone())
        .collect()
}

#[test]
fn a_list_keeps_its_source_and_its_free_columns() {
    let list = list();
    assert_eq!(list.source, "source: GB/T 47678.5-2026\nlicence: public");
    assert_eq!(list.get("01001").unwrap().column("kind"), Some("component"));
    assert_eq!(list.label("06010").unwrap().en, "Exposed litter");
    assert_eq!(list.get("06010").unwrap().line, 5);
}

#[test]
fn a_code_counts_from_its_first_to_its_last_day() {
    let list = list();
    assert!(
        list.valid_on("06010", day("2026-07-01")) && !list.valid_on("06010", day("2026-06-30"))
    );
    assert!(
        list.valid_on("06011", day("2026-06-30")) && !list.valid_on("06011", day("2026-07-01"))
    );
    assert!(!list.valid_on("99999", day("2026-07-01")));
}

#[test]
fn search_finds_by_code_name_everyday_words_and_whole_sentences() {
    assert_eq!(found("０1001"), ["01001"]);
    assert_eq!(found("井盖"), ["01001"]);
    assert_eq!(found("我家门口的自来水井盖没了"), ["01001"]);
    assert_eq!(found("楼下垃圾没人收已经三天"), ["06010"]);
    assert_eq!(found("manhole"), ["01001"]);
    assert_eq!(
        found("垃圾"),
        ["06010"],
        "a code past its last day is not offered"
    );
    assert_eq!(found("天气真好"), Vec::<String>::new());
}

#[test]
fn every_bad_row_is_reported_with_its_line() {
    let csv = "# source: x\ncode,name_zh,name_en,valid_from\n1,一,One,\n1,又一,Again,\n,无,None,\n2,二,,2026-13-01\n3,三\n";
    let (list, problems) = CodeList::read("x", "codes/x.csv", csv);
    let found: Vec<(usize, &str)> = problems
        .iter()
        .map(|p| (p.line, p.problem.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (4, "schema.code_twice"),
            (5, "schema.code_missing"),
            (6, "schema.label_missing"),
            (6, "schema.not_date"),
            (7, "schema.csv_width"),
            (7, "schema.label_missing"),
        ]
    );
    assert_eq!(list.entries().len(), 3);
}
