//! A town with cases and tasks, some of them closed long ago.

use yuandu_archive::{
    ArchiveError, Found, Kind, Question, count_of, find, get, is_empty, recall, schema, seal,
};
use yuandu_ids::RealmId;
use yuandu_store::verify::verify_store;
use yuandu_store::{Change, Entry, Plan, Store, StoreError, TableDef, TemporaryStore};

const DAY: i64 = 86_400_000;

fn realm() -> RealmId {
    RealmId::new(370_700).unwrap()
}

fn kind() -> Kind {
    let own = TableDef::new("cases")
        .text("id")
        .text("number")
        .text("system")
        .opt_text("parent")
        .opt_text("words")
        .int("opened_at")
        .opt_int("closed_at")
        .int("updated_at")
        .opt_real("lon")
        .key(["id"])
        .unique(["number"]);
    let tasks = TableDef::new("tasks")
        .text("id")
        .text("case_id")
        .opt_bytes("data")
        .key(["id"])
        .index(["case_id"]);
    let text = str::to_owned;
    Kind {
        own,
        id: text("id"),
        number: text("number"),
        words: text("words"),
        group: text("system"),
        parent: text("parent"),
        opened_at: text("opened_at"),
        closed_at: text("closed_at"),
        updated_at: text("updated_at"),
        parts: vec![(tasks, text("case_id"))],
    }
}

fn tables() -> Vec<TableDef> {
    let kind = kind();
    let parts = kind.parts.into_iter().map(|(table, _)| table);
    parts.chain([kind.own]).chain(schema()).collect()
}

fn entry(op: &str) -> Entry {
    Entry {
        op: op.to_owned(),
        actor: "system:test".to_owned(),
        on_behalf: None,
        subject: "archive/test".to_owned(),
        purpose: "test".to_owned(),
        at: "2026-11-27T00:00:00Z".parse().unwrap(),
        note: serde_json::Value::Null,
    }
}

/// Case number n was opened and closed on day n and has two tasks. Those that end in 8 were merged into the one before.
fn town(cases: i64) -> TemporaryStore {
    let store = Store::temporary(&tables()).unwrap();
    let plans = (0..cases).map(|number| {
        let case = Change::put("cases")
            .with("id", format!("c{number}"))
            .with("number", format!("GD{number:05}"))
            .with("system", "care")
            .with(
                "parent",
                (number % 10 == 8).then(|| format!("c{}", number - 1)),
            )
            .with("opened_at", number * DAY)
            .with("words", format!("东风街{number}号 路灯不亮"))
            .with("closed_at", number * DAY)
            .with("updated_at", number * DAY)
            .with("lon", 119.1);
        let task = |at: i64| {
            Change::put("tasks")
                .with("id", format!("t{number}-{at}"))
                .with("case_id", format!("c{number}"))
                .with("data", vec![1_u8, 2, 255])
        };
        Plan::new(realm(), entry("cases.open")).changes([case, task(0), task(1)])
    });
    for receipt in store.commit_all(plans.collect()) {
        receipt.unwrap();
    }
    store
}

fn ids(range: std::ops::Range<i64>) -> Vec<String> {
    range.map(|number| format!("c{number}")).collect()
}

fn seal_some(store: &Store, range: std::ops::Range<i64>) {
    let sealed = seal(
        store,
        realm(),
        &kind(),
        &ids(range.clone()),
        entry("archive.seal"),
    );
    let sealed = sealed.unwrap().unwrap();
    let matters = usize::try_from(range.end - range.start).unwrap();
    assert_eq!((sealed.matters, sealed.rows), (matters, 3 * matters));
}

fn all_with(words: &str) -> Question<'_> {
    Question {
        words,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        most: 10,
        after: None,
    }
}

fn look(store: &Store, words: &str) -> Found {
    find(store, realm(), &all_with(words), &mut |_| true).unwrap()
}

fn rows(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = store.read(|reader| reader.query_one(&sql, &[])).unwrap();
    row.unwrap().int("n").unwrap()
}

fn numbers(found: &Found) -> Vec<&str> {
    found
        .matters
        .iter()
        .map(|one| one.number.as_str())
        .collect()
}

#[test]
fn sealed_matters_leave_the_tables_and_are_found_by_words_number_and_time() {
    let store = town(300);
    for from in [0, 100] {
        seal_some(&store, from..from + 100);
    }
    assert_eq!((rows(&store, "cases"), rows(&store, "tasks")), (100, 200));
    assert_eq!(numbers(&look(&store, "GD00042")), ["GD00042"]);
    assert_eq!(numbers(&look(&store, "路灯 东风街142号")), ["GD00142"]);
    let nothing = look(&store, "水管");
    assert_eq!((nothing.opened, nothing.passed_over), (0, 2));
    assert!(
        numbers(&look(&store, "GD00250")).is_empty(),
        "it is in the tables"
    );
    let newest = look(&store, "路灯");
    assert_eq!((newest.matters.len(), numbers(&newest)[0]), (10, "GD00199"));
    let question = Question {
        from_ms: 5 * DAY,
        to_ms: 6 * DAY,
        ..all_with("")
    };
    let found = find(&store, realm(), &question, &mut |one| one.id != "c6").unwrap();
    assert_eq!(numbers(&found), ["GD00005"], "c6 may not be seen");
    let report = verify_store(store.options(), &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.blobs, 2);
}

#[test]
fn an_answer_goes_on_where_the_last_one_ended_and_says_what_was_not_looked_at() {
    let store = town(300);
    // Sealed out of order and overlapping: the order of an answer is that of closing.
    for lot in [100..300, 0..100] {
        let (even, odd): (Vec<_>, Vec<_>) = ids(lot).into_iter().partition(|id| id.ends_with('4'));
        for ids in [even, odd] {
            seal(&store, realm(), &kind(), &ids, entry("archive.seal")).unwrap();
        }
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let question = Question {
            most: 37,
            after,
            ..all_with("路灯")
        };
        let found = find(&store, realm(), &question, &mut |_| true).unwrap();
        // What was closed after the place to go on from is not even asked for.
        let asked = found.opened + found.passed_over + found.left;
        assert!(asked == 4 || (asked < 4 && !seen.is_empty()), "{asked}");
        seen.extend(found.matters.iter().map(|one| one.closed_at_ms / DAY));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..300).rev().collect::<Vec<_>>());
}

#[test]
fn what_lies_in_the_archive_is_counted_by_the_day_it_was_opened_on() {
    let store = town(30);
    assert!(is_empty(&store, realm()).unwrap());
    seal_some(&store, 0..10);
    seal_some(&store, 10..20);
    assert!(!is_empty(&store, realm()).unwrap());
    let count =
        |from: i64, to: i64| count_of(&store, realm(), "care", (from * DAY, to * DAY)).unwrap();
    // Midnight UTC is eight in the morning in China: the day that has begun by then counts whole, at either end.
    assert_eq!((count(0, 30), count(5, 8), count(19, 30)), (20, 4, 1));
    assert_eq!(
        count_of(&store, realm(), "other", (0, 30 * DAY)).unwrap(),
        0
    );
    recall(&store, realm(), &kind(), "c6", entry("archive.recall")).unwrap();
    assert_eq!((count(0, 30), count(5, 8)), (19, 3));
}

#[test]
fn a_matter_is_brought_back_as_it_was_with_those_that_belong_to_it_and_can_be_sealed_again() {
    let store = town(20);
    let all = |store: &Store| {
        store.read(|reader| {
            let sql = "SELECT id, number, parent, words, closed_at, lon FROM cases WHERE id = 'c7' OR id = 'c8' ORDER BY id";
            let case = reader.query(sql, &[])?;
            let tasks = reader.query(
                "SELECT id, data FROM tasks WHERE case_id = 'c7' OR case_id = 'c8' ORDER BY id",
                &[],
            )?;
            Ok::<_, StoreError>(format!("{case:?} {tasks:?}"))
        })
    };
    let before = all(&store).unwrap();
    seal_some(&store, 0..20);
    let by_number = get(&store, realm(), "GD00008").unwrap().unwrap();
    let by_id = get(&store, realm(), "c8").unwrap().unwrap();
    assert_eq!(by_number, by_id);
    assert!(get(&store, realm(), "GD0000").unwrap().is_none());
    let bring = |key: &str| recall(&store, realm(), &kind(), key, entry("archive.recall")).unwrap();
    let mut back: Vec<String> = bring("GD00008").into_iter().map(|one| one.id).collect();
    back.sort();
    assert_eq!(back, ["c7", "c8"]);
    assert_eq!(all(&store).unwrap(), before);
    assert!(numbers(&look(&store, "GD00007")).is_empty());
    assert!(get(&store, realm(), "c7").unwrap().is_none());
    assert!(
        bring("GD00008").is_empty(),
        "it is no longer in the archive"
    );
    seal_some(&store, 7..9);
    assert_eq!(
        numbers(&look(&store, "GD00007")),
        ["GD00007"],
        "once, not twice"
    );
    assert_eq!(bring("c7").len(), 2);
    let report = verify_store(store.options(), &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn a_damaged_or_missing_segment_is_told() {
    let store = town(5);
    seal_some(&store, 0..5);
    let shelf = store.dir().join("blobs");
    let folder = std::fs::read_dir(shelf).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.is_dir().then_some(path)
    });
    let file = std::fs::read_dir(folder.unwrap())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let ask = || find(&store, realm(), &all_with(""), &mut |_| true).map(|found| found.opened);
    assert!(matches!(ask(), Err(ArchiveError::Damaged { .. })));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(ask(), Err(ArchiveError::Missing { .. })));
}
