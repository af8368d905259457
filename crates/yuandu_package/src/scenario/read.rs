//! Reading a scenario from Markdown: the heading, and the TOML of its blocks with the lines of the file.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::{Map, Value as Json};
use yuandu_base::LocalText;
use yuandu_base::calendar::{CalendarChange, DayEdit};
use yuandu_schema::Located;
use yuandu_schema::reading::{Document, Table};

use super::{ByHand, Deed, Expectation, Scenario, Step, Who, records};

/// What a step may expect, beside facts named `<fact>_due` or `<fact>_at`.
const EXPECTED: [&str; 20] = [
    "stage",
    "status",
    "lamp",
    "due",
    "org",
    "title",
    "category",
    "number",
    "parent",
    "children",
    "children_status",
    "cards",
    "open_tasks",
    "fact",
    "explains",
    "answer",
    "refused",
    "outcome",
    "value",
    "pairs",
];

impl Scenario {
    /// Reads a file; every problem comes with its line, and good steps are kept.
    pub(crate) fn read(file: &str, text: &str) -> (Self, Vec<Located>) {
        let mut problems = Vec::new();
        let title = title(file, text, &mut problems);
        let mut steps: Vec<Step> = Vec::new();
        for (line, block) in blocks(file, text, &mut problems) {
            // Empty lines before the block make the lines of its TOML those of the file.
            let document = Document::parse(file, &format!("{}{block}", "\n".repeat(line)));
            let step = step(&document.root(), line, steps.last());
            problems.extend(document.into_problems());
            steps.extend(step);
        }
        if steps.is_empty() && problems.is_empty() {
            problems.push(Located::new(
                file,
                1,
                "scenarios.empty",
                "没有一个步骤：请写 ```scenario 代码块",
                "there is no step: write a block ```scenario",
            ));
        }
        let file = file.to_owned();
        (Self { file, title, steps }, problems)
    }
}

/// The heading `# 中文 · English`.
fn title(file: &str, text: &str, problems: &mut Vec<Located>) -> LocalText {
    let mut lines = text.lines().zip(1..);
    let heading = lines.find_map(|(line, number)| Some((line.strip_prefix("# ")?, number)));
    let (heading, line) = heading.unwrap_or(("", 1));
    let (zh, en) = heading.split_once('·').unwrap_or((heading, ""));
    let (zh, en) = (zh.trim(), en.trim());
    if zh.is_empty() || en.is_empty() {
        problems.push(Located::new(
            file,
            line,
            "schema.label_missing",
            "标题应写成 `# 中文 · English`，每种语言都要写",
            "the heading must be `# 中文 · English`; every language is required",
        ));
    }
    LocalText::new(zh, en)
}

/// The blocks marked `scenario`, each with the line of its fence. A fence that is neither that nor `text` is refused:
/// a step behind a misspelt one would vanish without a word.
fn blocks(file: &str, text: &str, problems: &mut Vec<Located>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, bool, String)> = None;
    for (line, number) in text.lines().zip(1..) {
        let begun = line.trim_start();
        match (&mut open, begun.strip_prefix("```").map(str::trim)) {
            (None, Some(name)) => {
                if !matches!(name, "scenario" | "text") {
                    problems.push(unknown_fence(file, number, name));
                }
                open = Some((number, name == "scenario", String::new()));
            }
            (None, None) if looks_like_a_fence(begun) => {
                problems.push(unknown_fence(file, number, begun));
            }
            (Some(_), Some("")) => {
                let closed = open.take().filter(|(_, ours, _)| *ours);
                found.extend(closed.map(|(line, _, body)| (line, body)));
            }
            (Some((line, _, _)), Some(name)) => {
                // The block above was never closed; this fence begins the next.
                problems.push(unclosed(file, *line));
                open = Some((number, name == "scenario", String::new()));
            }
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    problems.extend(open.map(|(line, _, _)| unclosed(file, line)));
    found
}

/// A fence of other marks, or of too few: nothing else in a story begins with them.
fn looks_like_a_fence(line: &str) -> bool {
    let name = line.trim_matches(['`', '~', '\'', '·', ' ']);
    line.starts_with("~~~") || (line.starts_with(['`', '\'', '·']) && name == "scenario")
}

fn unknown_fence(file: &str, line: usize, name: &str) -> Located {
    Located::new(
        file,
        line,
        "scenarios.fence_unknown",
        format!("代码块 `{name}` 不认识，里面的步骤不会运行：步骤写 ```scenario，其他写 ```text"),
        format!(
            "a block `{name}` is not known and its step would not run: steps are ```scenario, anything else is ```text"
        ),
    )
}

fn unclosed(file: &str, line: usize) -> Located {
    Located::new(
        file,
        line,
        "scenarios.fence",
        "代码块没有结束，请补上 ```",
        "the block is not closed; add ```",
    )
}

fn step(table: &Table<'_>, line: usize, before: Option<&Step>) -> Option<Step> {
    let at = at(table, before);
    let who = who(table);
    let deed = deed(table);
    let case = table.opt_text("case").unwrap_or_else(|| "A".to_owned());
    let data = match table.json("with") {
        None => Map::new(),
        Some(Json::Object(data)) => data,
        Some(_) => {
            let en = "`with` must be { field = value }";
            problem(table, "with", "with 应写成 { 字段 = 值 }", en);
            Map::new()
        }
    };
    let data_lines = match data.is_empty() {
        true => BTreeMap::new(),
        false => table.table("with").map(lines_of).unwrap_or_default(),
    };
    let who_line = if table.has("who") {
        table.line_of("who")
    } else {
        line
    };
    let expect = expect(table);
    table.finish();
    let deed = deed?;
    let nobody = matches!(deed, Deed::Wait | Deed::Calendar { .. });
    let who = match who? {
        Some(_) if nobody => {
            let en = "nobody acts in this step; remove `who`";
            problem(table, "who", "这一步没有人办理，请删去 who", en);
            return None;
        }
        Some(who) => who,
        None if nobody || matches!(deed, Deed::Record(_)) => Who::Platform,
        None => {
            let en = "`who` is missing: who acts?";
            problem(table, "who", "缺少 who：谁来做？", en);
            return None;
        }
    };
    Some(Step {
        line,
        at,
        who,
        deed,
        case,
        data,
        expect,
        who_line,
        data_lines,
    })
}

fn lines_of(table: Table<'_>) -> BTreeMap<String, usize> {
    let keys = table.keys().into_iter();
    keys.map(|key| (table.line_of(&key), key))
        .map(|(line, key)| (key, line))
        .collect()
}

fn problem(table: &Table<'_>, key: &str, zh: &str, en: &str) {
    table.problem_at(key, "scenarios.step", zh, en);
}

fn at(table: &Table<'_>, before: Option<&Step>) -> Option<DateTime> {
    let earlier = before.and_then(|step| step.at);
    let Some(text) = table.opt_scalar("at") else {
        if before.is_none() {
            let en = "the first step needs `at`, for example 2026-09-21T09:00";
            problem(table, "at", "第一步要写 at，例如 2026-09-21T09:00", en);
        }
        return earlier;
    };
    let Ok(at) = text.parse::<DateTime>() else {
        let en = format!(
            "`at` is `{text}`; it must be a date and time that exist, like 2026-09-21T09:00"
        );
        let zh = format!("at 是 `{text}`，应写成存在的日期和时间，例如 2026-09-21T09:00");
        table.problem_at("at", "scenarios.step", zh, en);
        return earlier;
    };
    if earlier.is_some_and(|earlier| at < earlier) {
        let en = "`at` is before the step above: time does not run back";
        problem(table, "at", "at 早于上一步：时间不能倒流", en);
    }
    Some(at)
}

/// `"resident"`, `"<post>@<organisation>"` or a table. The outer `None` means it cannot be understood.
fn who(table: &Table<'_>) -> Option<Option<Who>> {
    match table.json("who") {
        None => Some(None),
        Some(Json::String(text)) if text == "resident" => Some(Some(Who::Resident)),
        Some(Json::String(text)) => match text.split_once('@') {
            Some((template, org)) if !template.is_empty() && !org.is_empty() => {
                Some(Some(Who::Post {
                    template: template.to_owned(),
                    org: org.to_owned(),
                    grids: None,
                    categories: None,
                }))
            }
            _ => {
                let en = "`who` must be \"resident\" or \"post@organisation\"";
                problem(table, "who", "who 应写成 \"resident\" 或 \"岗位@机构\"", en);
                None
            }
        },
        Some(_) => {
            let inner = table.table("who")?;
            let limit = |key: &str| inner.has(key).then(|| inner.texts(key));
            let (grids, categories) = (limit("grids"), limit("categories"));
            let (template, org) = (inner.text("post"), inner.text("org"));
            inner.finish();
            Some(Some(Who::Post {
                template: template?,
                org: org?,
                grids,
                categories,
            }))
        }
    }
}

fn deed(table: &Table<'_>) -> Option<Deed> {
    match table.text("do")?.as_str() {
        "report" => Some(Deed::Report),
        "join" => table.text("parent").map(|parent| Deed::Join { parent }),
        "complete" => {
            let (task, outcome) = (table.text("task"), table.text("outcome"));
            Some(Deed::Complete {
                task: task?,
                outcome: outcome?,
            })
        }
        "claim" => table.text("task").map(|task| Deed::Claim { task }),
        "release" => table.text("task").map(|task| Deed::Release { task }),
        "hand" => hand(table).map(Deed::Hand),
        "record" => records::to_record(table),
        "read" => records::to_read(table),
        "decide" => records::decide(table),
        "calendar" => Some(calendar(table)),
        "look" => Some(Deed::Look),
        "wait" => Some(Deed::Wait),
        _ => {
            let en = "`do` is report, join, complete, claim, release, hand, record, read, decide, calendar, look or wait";
            let zh = "do 应为 report、join、complete、claim、release、hand、record、read、decide、calendar、look 或 wait";
            problem(table, "do", zh, en);
            None
        }
    }
}

/// Days that become work or rest, and the order it rests on.
fn calendar(table: &Table<'_>) -> Deed {
    let mut days = Vec::new();
    for text in table.texts("days") {
        match DayEdit::read(&text) {
            Some(edit) => days.push(edit),
            None => {
                let en = "`days` are written like \"2026-10-09..2026-10-10 off typhoon\"; there are off, work and usual";
                let zh = "days 应写成 \"2026-10-09..2026-10-10 放假 台风\"，可用 放假、上班、照常";
                problem(table, "days", zh, en);
            }
        }
    }
    Deed::Calendar {
        change: CalendarChange {
            days,
            ..CalendarChange::default()
        },
        basis: table.text("basis").unwrap_or_default(),
    }
}

/// What is done by hand, with everything that belongs to it.
fn hand(table: &Table<'_>) -> Option<ByHand> {
    let mut people = Vec::new();
    for name in table.texts("people") {
        match name.split_once('@') {
            Some((post, org)) => people.push((post.to_owned(), org.to_owned())),
            None => {
                let en = "`people` are written like \"post@organisation\"";
                problem(table, "people", "people 应写成 \"岗位@机构\"", en);
            }
        }
    }
    let due = table.opt_scalar("due").and_then(|text| {
        let read = text.parse::<DateTime>();
        if read.is_err() {
            let en = format!(
                "`due` is `{text}`; it must be a date and time that exist, like 2026-09-21T09:00"
            );
            let zh = format!("due 是 `{text}`，应写成存在的日期和时间，例如 2026-09-21T09:00");
            table.problem_at("due", "scenarios.step", zh, en);
        }
        read.ok()
    });
    Some(ByHand {
        what: table.text("hand")?,
        task: table.opt_text("task"),
        to: table.opt_text("to"),
        straight: table.flag("straight"),
        people,
        units: table.texts("units"),
        reason: table.opt_text("reason").unwrap_or_default(),
        due,
    })
}

fn expect(table: &Table<'_>) -> Vec<Expectation> {
    let Some(expect) = table.table("expect") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for key in expect.keys() {
        let line = expect.line_of(&key);
        let known = EXPECTED.contains(&key.as_str());
        if !known && !key.ends_with("_due") && !key.ends_with("_at") {
            let list = EXPECTED.join(", ");
            expect.problem_at(
                &key,
                "scenarios.expect_unknown",
                format!("不能期望 `{key}`；可用：{list}，以及 fact.<信息项>"),
                format!("`{key}` cannot be expected; there are: {list} and fact.<name>"),
            );
            continue;
        }
        if let Some(want) = expect.json(&key) {
            found.push(Expectation { key, line, want });
        }
    }
    found
}
