//! Reading a scenario from Markdown: prose for people, fenced blocks marked `scenario` for the runner.

use serde_json::{Map, Value as Json};
use yuandu_schema::reading::Document;
use yuandu_schema::{Located, Table};

use super::{Action, Expectation, Scenario, Step};

/// Everything that can be expected.
const EXPECTATIONS: [&str; 17] = [
    "refused",
    "status",
    "stage",
    "tasks",
    "org",
    "lamp",
    "due",
    "red_cards",
    "yellow_cards",
    "card_at",
    "facts",
    "parent",
    "children",
    "public_status",
    "answer",
    "says",
    "incidents",
];

impl Scenario {
    /// Reads a file; every problem comes with its line.
    pub(crate) fn read(file: &str, text: &str) -> (Self, Vec<Located>) {
        let title = text
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .unwrap_or(file)
            .trim()
            .to_owned();
        let mut scenario = Self {
            file: file.to_owned(),
            title,
            steps: Vec::new(),
        };
        let mut problems = Vec::new();
        let mut block: Option<(usize, String)> = None;
        for (at, line) in text.lines().enumerate() {
            let fence = line.trim_end();
            match block.take() {
                None if fence == "```scenario" => {
                    // Lines of the block keep their numbers in the file.
                    block = Some((at + 1, "\n".repeat(at + 1)));
                }
                None => {}
                Some((line, toml)) if fence == "```" => {
                    let document = Document::parse(file, &toml);
                    scenario.steps.push(read_step(&document, line));
                    problems.extend(document.into_problems());
                }
                Some((begin, mut toml)) => {
                    toml.push_str(line);
                    toml.push('\n');
                    block = Some((begin, toml));
                }
            }
        }
        if let Some((line, _)) = block {
            problems.push(Located::new(
                file,
                line,
                "scenario.fence_open",
                "代码块没有结束，请补上 ```",
                "the block is not closed; add ```",
            ));
        }
        if scenario.steps.is_empty() {
            problems.push(Located::new(
                file,
                1,
                "scenario.empty",
                "没有步骤，请写一个 ```scenario 代码块",
                "there is no step; write a block ```scenario",
            ));
        }
        (scenario, problems)
    }
}

fn read_step(document: &Document, line: usize) -> Step {
    let root = document.root();
    let setup = root.table("setup");
    let step = Step {
        line,
        at: root.opt_text("at"),
        who: root.opt_text("who"),
        org: root.opt_text("org"),
        grids: root.texts("grids"),
        case: root.opt_text("case").unwrap_or_else(|| "A".to_owned()),
        action: read_action(&root),
        data: object(root.json("data")),
        orgs: setup
            .as_ref()
            .map(|setup| setup.texts("orgs"))
            .unwrap_or_default(),
        records: setup.as_ref().map(read_records).unwrap_or_default(),
        expect: root
            .table("expect")
            .map(|table| read_expect(&table))
            .unwrap_or_default(),
    };
    if let Some(setup) = setup {
        setup.finish();
    }
    root.finish();
    if step.action.is_some() && step.who.is_none() {
        root.problem_at(
            "do",
            "scenario.who_missing",
            "请写 who：谁来做",
            "write `who`: who does it",
        );
    }
    step
}

fn read_action(root: &Table<'_>) -> Option<Action> {
    let (task, outcome, parent) = (
        root.opt_text("task"),
        root.opt_text("outcome"),
        root.opt_text("parent"),
    );
    let needed = |key: &str, value: Option<String>| {
        if value.is_none() {
            root.problem_at(
                "do",
                "scenario.key_missing",
                format!("缺少 `{key}`"),
                format!("the key `{key}` is missing"),
            );
        }
        value.unwrap_or_default()
    };
    match root.opt_text("do").as_deref() {
        None => None,
        Some("report") => Some(Action::Report),
        Some("look") => Some(Action::Look),
        Some("join") => Some(Action::Join {
            parent: needed("parent", parent),
        }),
        Some("complete") => Some(Action::Complete {
            task: needed("task", task),
            outcome: needed("outcome", outcome),
        }),
        Some(other) => {
            root.problem_at(
                "do",
                "scenario.do_unknown",
                format!("不会做 `{other}`，可用：report、complete、join、look"),
                format!("`{other}` cannot be done; there are report, complete, join, look"),
            );
            None
        }
    }
}

fn read_records(setup: &Table<'_>) -> Vec<(String, Map<String, Json>)> {
    let record = |table: &Table<'_>| {
        let record = (
            table.text("register").unwrap_or_default(),
            object(table.json("data")),
        );
        table.finish();
        record
    };
    setup.tables("record").iter().map(record).collect()
}

fn read_expect(table: &Table<'_>) -> Vec<Expectation> {
    let read = |key: &&str| {
        let value = table.json(key)?;
        Some(Expectation {
            line: table.line_of(key),
            key: (*key).to_owned(),
            value,
        })
    };
    let found = EXPECTATIONS.iter().filter_map(read).collect();
    table.finish();
    found
}

fn object(value: Option<Json>) -> Map<String, Json> {
    match value {
        Some(Json::Object(map)) => map,
        _ => Map::new(),
    }
}
