//! The schema only grows: several versions of the program may use one database, and old entries stay replayable.
//!
//! `schema/2026-11-27.txt` is what a deployed version declared. A later version may add tables, columns that may be
//! empty, and indexes. It may not take anything away, nor demand what old rows do not have (expand; nothing contracts yet).

use std::fmt::Write as _;

use yuandu::compose;
use yuandu_store::testing::Cluster;
use yuandu_store::{
    Change, Column, Entry, Index, Kind, Plan, Store, StoreOptions, TableDef, verify,
};

use crate::city::PACKAGES;

const DEPLOYED: &str = include_str!("../../schema/2026-11-27.txt");

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int",
        Kind::Real => "real",
        Kind::Text => "text",
        Kind::Bytes => "bytes",
    }
}

fn written(tables: &[TableDef]) -> String {
    let mut tables = tables.to_vec();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let mut text = String::new();
    for table in tables {
        writeln!(text, "table {}", table.name).unwrap();
        for column in &table.columns {
            let empty = if column.nullable { "?" } else { "" };
            writeln!(
                text,
                "  column {} {}{empty}",
                column.name,
                kind_word(column.kind)
            )
            .unwrap();
        }
        writeln!(text, "  key {}", table.key.join(" ")).unwrap();
        for index in &table.indexes {
            let word = if index.unique { "unique" } else { "index" };
            writeln!(text, "  {word} {}", index.columns.join(" ")).unwrap();
        }
    }
    text
}

fn read(text: &str) -> Vec<TableDef> {
    let mut tables: Vec<TableDef> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let names = || {
            words[1..]
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        if words[0] == "table" {
            tables.push(TableDef::new(words[1]));
            continue;
        }
        let table = tables.last_mut().unwrap();
        match words[0] {
            "column" => table.columns.push(Column {
                name: words[1].to_owned(),
                kind: match words[2].trim_end_matches('?') {
                    "int" => Kind::Int,
                    "real" => Kind::Real,
                    "text" => Kind::Text,
                    _ => Kind::Bytes,
                },
                nullable: words[2].ends_with('?'),
            }),
            "key" => table.key = names(),
            word => table.indexes.push(Index {
                columns: names(),
                unique: word == "unique",
            }),
        }
    }
    tables
}

/// Everything in `new` that a program of the `old` schema, or a row of it, could not live with.
fn destroyed(old: &[TableDef], new: &[TableDef]) -> Vec<String> {
    let mut found = Vec::new();
    for before in old {
        let name = &before.name;
        let Some(now) = new.iter().find(|table| table.name == *name) else {
            found.push(format!("table {name} is gone"));
            continue;
        };
        if now.key != before.key {
            found.push(format!("the key of {name} changed"));
        }
        for column in &before.columns {
            match now.columns.iter().find(|kept| kept.name == column.name) {
                None => found.push(format!("column {name}.{} is gone", column.name)),
                Some(kept) if kept.kind != column.kind => {
                    found.push(format!("column {name}.{} changed its kind", column.name));
                }
                Some(kept) if column.nullable && !kept.nullable => {
                    found.push(format!(
                        "column {name}.{} may no longer be empty",
                        column.name
                    ));
                }
                Some(_) => {}
            }
        }
        let fresh =
            |column: &&Column| !before.columns.iter().any(|known| known.name == column.name);
        for column in now
            .columns
            .iter()
            .filter(fresh)
            .filter(|column| !column.nullable)
        {
            found.push(format!(
                "new column {name}.{} must be allowed to be empty",
                column.name
            ));
        }
        let fresh = |index: &&Index| index.unique && !before.indexes.contains(index);
        for index in now.indexes.iter().filter(fresh) {
            found.push(format!(
                "new unique index of {name} over {}",
                index.columns.join(", ")
            ));
        }
    }
    found
}

#[test]
fn nothing_that_a_deployed_version_needs_is_taken_away() {
    let found = destroyed(&read(DEPLOYED), &compose::tables(&PACKAGES));
    assert!(
        found.is_empty(),
        "the schema may only grow while older versions run: {found:#?}"
    );
}

#[test]
fn the_check_finds_what_it_is_for() {
    let old = vec![
        TableDef::new("a")
            .text("id")
            .opt_text("b")
            .int("c")
            .key(["id"]),
    ];
    let grown = vec![
        TableDef::new("a")
            .text("id")
            .opt_text("b")
            .int("c")
            .opt_int("d")
            .key(["id"])
            .index(["b"]),
    ];
    assert_eq!(destroyed(&old, &grown), Vec::<String>::new());
    for (new, told) in [
        (vec![], "table a is gone"),
        (
            vec![TableDef::new("a").text("id").int("c").key(["id"])],
            "column a.b is gone",
        ),
        (
            vec![
                TableDef::new("a")
                    .text("id")
                    .opt_text("b")
                    .opt_real("c")
                    .key(["id"]),
            ],
            "column a.c changed its kind",
        ),
        (
            vec![TableDef::new("a").text("id").text("b").int("c").key(["id"])],
            "column a.b may no longer be empty",
        ),
        (
            vec![
                TableDef::new("a")
                    .text("id")
                    .opt_text("b")
                    .int("c")
                    .key(["c"]),
            ],
            "the key of a changed",
        ),
        (
            vec![
                TableDef::new("a")
                    .text("id")
                    .opt_text("b")
                    .int("c")
                    .int("d")
                    .key(["id"]),
            ],
            "new column a.d must be allowed to be empty",
        ),
        (
            vec![
                TableDef::new("a")
                    .text("id")
                    .opt_text("b")
                    .int("c")
                    .key(["id"])
                    .unique(["b"]),
            ],
            "new unique index of a over b",
        ),
    ] {
        assert_eq!(destroyed(&old, &new), [told]);
    }
    let text = written(&compose::tables(&PACKAGES));
    assert_eq!(written(&read(&text)), text, "what is written is read back");
}

/// A row of every table of the deployed version, each column filled.
fn filled(table: &TableDef) -> Change {
    table
        .columns
        .iter()
        .fold(Change::put(table.name.clone()), |change, column| {
            let name = column.name.clone();
            match column.kind {
                Kind::Int => change.with(name, 7_i64),
                Kind::Real => change.with(name, 0.5),
                Kind::Text => change.with(name, "字"),
                Kind::Bytes => change.with(name, vec![1_u8, 2]),
            }
        })
}

fn migrates(options: &StoreOptions) {
    let (old, new) = (read(DEPLOYED), compose::tables(&PACKAGES));
    let deployed = Store::open(options, &old).unwrap();
    let entry = Entry {
        op: "test.fill".to_owned(),
        actor: "system:test".to_owned(),
        on_behalf: None,
        subject: "test/all".to_owned(),
        purpose: "test".to_owned(),
        at: "2026-11-27T00:00:00Z".parse().unwrap(),
        note: serde_json::Value::Null,
    };
    let realm = "370700".parse().unwrap();
    let plan = old
        .iter()
        .map(filled)
        .fold(Plan::new(realm, entry), Plan::change);
    deployed.commit(plan).unwrap();
    drop(deployed);
    drop(Store::open(options, &new).unwrap());
    let report = verify::verify_store(options, &new, &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:#?}");
    for table in &old {
        assert!(
            report.tables.contains(&(table.name.clone(), 1)),
            "{}",
            table.name
        );
    }
    // The older program still starts, should the newer one have to be taken back.
    drop(Store::open(options, &old).unwrap());
}

#[test]
fn a_city_of_the_deployed_version_opens_with_this_one_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    migrates(&StoreOptions::new(dir.path()));
    let Some(cluster) = Cluster::start(false).unwrap() else {
        let remedy = "SKIPPED on PostgreSQL, which is not installed: `apt-get install postgresql`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    migrates(&StoreOptions::new(dir.path()).on(cluster.database("deployed").unwrap()));
}

/// Prints the snapshot of today, to be committed beside the older ones when a version is deployed.
#[test]
fn a_snapshot_can_be_printed() {
    println!("{}", written(&compose::tables(&PACKAGES)));
}
