//! Random block-structured models: tokens are never lost or doubled, joins wait for all, and the end is always reached.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::sample::{Walk, flow, process, user};

/// A block with one way in and one way out.
#[derive(Debug, Clone)]
enum Block {
    Task,
    Pass,
    Sequence(Vec<Block>),
    Parallel(Vec<Block>),
    Inclusive(Vec<Block>),
    Choice(Vec<Block>),
    Loop(Box<Block>),
    Sub(Box<Block>),
}

fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![3 => Just(Block::Task), 1 => Just(Block::Pass)];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let some = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            some.clone().prop_map(Block::Sequence),
            some.clone().prop_map(Block::Parallel),
            some.clone().prop_map(Block::Inclusive),
            some.prop_map(Block::Choice),
            inner.clone().prop_map(|b| Block::Loop(Box::new(b))),
            inner.prop_map(|b| Block::Sub(Box::new(b))),
        ]
    })
}

/// Writes blocks as BPMN; every block gets its nodes and answers its first and last.
#[derive(Default)]
struct Writer {
    count: usize,
}

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    fn edge(&mut self, from: &str, to: &str, condition: &str) -> String {
        let id = self.id("f");
        flow(&id, from, to, condition)
    }

    fn write(&mut self, block: &Block, out: &mut String) -> (String, String) {
        match block {
            Block::Task => {
                let id = self.id("task");
                out.push_str(&user(&id));
                (id.clone(), id)
            }
            Block::Pass => {
                let id = self.id("pass");
                out.push_str(&format!(r#"<task id="{id}"/>"#));
                (id.clone(), id)
            }
            Block::Sequence(parts) => {
                let ends: Vec<_> = parts.iter().map(|part| self.write(part, out)).collect();
                for pair in ends.windows(2) {
                    let edge = self.edge(&pair[0].1, &pair[1].0, "");
                    out.push_str(&edge);
                }
                (ends[0].0.clone(), ends[ends.len() - 1].1.clone())
            }
            Block::Parallel(parts) => self.fan("parallelGateway", parts, out, |_| String::new()),
            // Every second path of an inclusive split is taken beside the first.
            Block::Inclusive(parts) => self.fan("inclusiveGateway", parts, out, |at| {
                format!("{} = 0", at % 2)
            }),
            Block::Choice(parts) => self.fan("exclusiveGateway", parts, out, |_| {
                r#"outcome = "no""#.to_owned()
            }),
            Block::Loop(inner) => {
                let (merge, again) = (self.id("merge"), self.id("again"));
                let gate = self.id("gate");
                let back = self.id("f");
                let decide = self.id("task");
                out.push_str(&format!(r#"<exclusiveGateway id="{merge}"/><exclusiveGateway id="{gate}" default="{again}"/>"#));
                out.push_str(&user(&decide));
                let (first, last) = self.write(inner, out);
                let exit = self.id("pass");
                out.push_str(&format!(r#"<task id="{exit}"/>"#));
                let edges = [
                    self.edge(&merge, &first, ""),
                    self.edge(&last, &decide, ""),
                    self.edge(&decide, &gate, ""),
                    flow(&again, &gate, &exit, ""),
                    flow(&back, &gate, &merge, r#"outcome = "no""#),
                ];
                out.push_str(&edges.concat());
                (merge, exit)
            }
            Block::Sub(inner) => {
                let (sub, start, end) = (self.id("sub"), self.id("start"), self.id("end"));
                let mut inside = format!(r#"<startEvent id="{start}"/><endEvent id="{end}"/>"#);
                let (first, last) = self.write(inner, &mut inside);
                inside.push_str(&self.edge(&start, &first, ""));
                inside.push_str(&self.edge(&last, &end, ""));
                out.push_str(&format!(r#"<subProcess id="{sub}">{inside}</subProcess>"#));
                (sub.clone(), sub)
            }
        }
    }

    fn fan(
        &mut self,
        kind: &str,
        parts: &[Block],
        out: &mut String,
        condition: impl Fn(usize) -> String,
    ) -> (String, String) {
        let (split, join) = (self.id("split"), self.id("join"));
        let default = self.id("f");
        let named = if kind == "parallelGateway" {
            String::new()
        } else {
            format!(r#" default="{default}""#)
        };
        out.push_str(&format!(
            r#"<{kind} id="{split}"{named}/><{kind} id="{join}"/>"#
        ));
        for (at, part) in parts.iter().enumerate() {
            let (first, last) = self.write(part, out);
            let edge = match (at, kind) {
                (0, "parallelGateway") => self.edge(&split, &first, ""),
                (0, _) => flow(&default, &split, &first, ""),
                _ => self.edge(&split, &first, &condition(at)),
            };
            out.push_str(&edge);
            let edge = self.edge(&last, &join, "");
            out.push_str(&edge);
        }
        (split, join)
    }
}

fn model(block: &Block) -> String {
    let mut body = String::from(r#"<startEvent id="s"/><endEvent id="x"/>"#);
    let mut writer = Writer::default();
    let (first, last) = writer.write(block, &mut body);
    body.push_str(&flow("first", "s", &first, ""));
    body.push_str(&flow("last", &last, "x", ""));
    process(&body)
}

/// How many tasks stand open when a block is entered, if choices take their default.
fn opened(block: &Block) -> usize {
    match block {
        Block::Task => 1,
        Block::Pass => 0,
        Block::Sequence(parts) => parts.iter().map(opened).find(|n| *n > 0).unwrap_or(0),
        Block::Parallel(parts) => parts.iter().map(opened).sum(),
        _ => usize::MAX,
    }
}

fn simple(block: &Block) -> bool {
    match block {
        Block::Task | Block::Pass => true,
        Block::Sequence(parts) | Block::Parallel(parts) => parts.iter().all(simple),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_random_model_reaches_its_end_without_losing_or_doubling_tokens(block in block(), choices in prop::collection::vec(any::<u8>(), 200)) {
        let mut walk = Walk::begin(&model(&block));
        if simple(&block) {
            prop_assert_eq!(walk.tasks.len(), opened(&block));
        }
        let mut steps = 0;
        while walk.ended.is_none() {
            prop_assert!(!walk.tasks.is_empty(), "nobody can go on and the case has not ended");
            let mut tokens: Vec<u64> = walk.matter.state.tokens.keys().copied().collect();
            tokens.sort_unstable();
            tokens.dedup();
            prop_assert_eq!(tokens.len(), walk.matter.state.tokens.len(), "two tokens of one number");
            let choice = choices.get(steps).copied().unwrap_or(0);
            let at = usize::from(choice) % walk.tasks.len();
            let node = walk.tasks[at].1.clone();
            // A loop is left sooner or later; what was chosen otherwise stays random.
            let outcome = if choice % 4 == 3 && steps < 60 { "no" } else { "ok" };
            walk.decide(&node, outcome, Json::Null).unwrap();
            steps += 1;
            prop_assert!(steps < 2_000, "the walk does not end");
        }
        prop_assert!(walk.tasks.is_empty(), "a task is left over after the end");
        prop_assert!(walk.matter.state.tokens.is_empty() && walk.matter.state.frames.is_empty());
        prop_assert_eq!(walk.path.iter().filter(|node| *node == "x").count(), 1, "the end is reached exactly once");
    }
}
