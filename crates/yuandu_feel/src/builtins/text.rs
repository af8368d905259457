//! Functions of texts. Regular expressions are XPath's, see [`crate::pattern`].

use crate::error::Fault;
use crate::eval::Run;
use crate::eval::index_of;
use crate::value::Value;

use super::{Builtin, Outcome, list, text, whole, wrong};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "substring",
        signatures: &[&["string", "start position", "length?"]],
        run: substring,
    },
    Builtin {
        name: "string length",
        signatures: &[&["string"]],
        run: |_, args| Ok(text(&args, 0)?.chars().count().into()),
    },
    Builtin {
        name: "upper case",
        signatures: &[&["string"]],
        run: |_, args| Ok(text(&args, 0)?.to_uppercase().into()),
    },
    Builtin {
        name: "lower case",
        signatures: &[&["string"]],
        run: |_, args| Ok(text(&args, 0)?.to_lowercase().into()),
    },
    Builtin {
        name: "trim",
        signatures: &[&["string"]],
        run: |_, args| Ok(text(&args, 0)?.trim().into()),
    },
    Builtin {
        name: "substring before",
        signatures: &[&["string", "match"]],
        run: before,
    },
    Builtin {
        name: "substring after",
        signatures: &[&["string", "match"]],
        run: after,
    },
    Builtin {
        name: "contains",
        signatures: &[&["string", "match"]],
        run: |_, args| Ok(text(&args, 0)?.contains(text(&args, 1)?).into()),
    },
    Builtin {
        name: "starts with",
        signatures: &[&["string", "match"]],
        run: |_, args| Ok(text(&args, 0)?.starts_with(text(&args, 1)?).into()),
    },
    Builtin {
        name: "ends with",
        signatures: &[&["string", "match"]],
        run: |_, args| Ok(text(&args, 0)?.ends_with(text(&args, 1)?).into()),
    },
    Builtin {
        name: "replace",
        signatures: &[&["input", "pattern", "replacement", "flags?"]],
        run: replace,
    },
    Builtin {
        name: "matches",
        signatures: &[&["input", "pattern", "flags?"]],
        run: matches,
    },
    Builtin {
        name: "split",
        signatures: &[&["string", "delimiter"]],
        run: split,
    },
    Builtin {
        name: "string join",
        signatures: &[&["list", "delimiter?"]],
        run: join,
    },
];

fn substring(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let source: Vec<char> = text(&args, 0)?.chars().collect();
    let start = whole(&args, 1)?;
    let Some(from) = index_of(start, source.len()).filter(|from| *from < source.len()) else {
        return Err(Fault::new(
            format!("文本没有第 {start} 个字符"),
            format!("the text has no character {start}"),
        ));
    };
    let length = match args.get(2) {
        None | Some(Value::Null) => source.len() - from,
        Some(_) => match usize::try_from(whole(&args, 2)?) {
            Ok(length) if length > 0 => length,
            _ => {
                return Err(Fault::new(
                    "长度必须大于零",
                    "the length must be above zero",
                ));
            }
        },
    };
    Ok(source
        .into_iter()
        .skip(from)
        .take(length)
        .collect::<String>()
        .into())
}

fn before(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let (source, pattern) = (text(&args, 0)?, text(&args, 1)?);
    Ok(source
        .split_once(pattern)
        .map_or("", |(before, _)| before)
        .into())
}

fn after(_: &Run<'_>, args: Vec<Value>) -> Outcome {
    let (source, pattern) = (text(&args, 0)?, text(&args, 1)?);
    Ok(source
        .split_once(pattern)
        .map_or("", |(_, after)| after)
        .into())
}

fn flags(args: &[Value], at: usize) -> Result<&str, Fault> {
    match args.get(at) {
        None | Some(Value::Null) => Ok(""),
        Some(_) => text(args, at),
    }
}

fn matches(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let pattern = run.pattern(text(&args, 1)?, flags(&args, 2)?)?;
    Ok(pattern.is_match(text(&args, 0)?)?.into())
}

/// A replacement's parts: words, and groups by number.
enum Part {
    Words(String),
    Group(usize),
}

fn replace(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let (source, replacement) = (text(&args, 0)?, text(&args, 2)?);
    let flags = flags(&args, 3)?;
    let pattern = run.pattern(text(&args, 1)?, flags)?;
    let grown = source
        .len()
        .saturating_add(1)
        .saturating_mul(replacement.len().saturating_add(1));
    if !run.spend(u64::try_from(grown / 64).unwrap_or(u64::MAX)) {
        return Ok(Value::Null);
    }
    // XPath refuses to replace what may be nothing: there would be no end of places.
    if pattern.is_match("")? {
        return Err(Fault::new(
            "正则表达式可匹配空文本，无法替换",
            "the regular expression matches the empty text, which cannot be replaced",
        ));
    }
    let parts = if flags.contains('q') {
        vec![Part::Words(replacement.to_owned())]
    } else {
        parts(replacement, pattern.groups())?
    };
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for groups in pattern.matches(source)? {
        let Some(whole) = groups.first().cloned().flatten() else {
            continue;
        };
        out.push_str(source.get(done..whole.start).unwrap_or_default());
        for part in &parts {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Group(number) => {
                    let range = groups.get(*number).cloned().flatten();
                    out.push_str(
                        range
                            .and_then(|range| source.get(range))
                            .unwrap_or_default(),
                    );
                }
            }
        }
        done = whole.end;
    }
    out.push_str(source.get(done..).unwrap_or_default());
    Ok(out.into())
}

/// Reads `[$1]`: a dollar needs a digit, a backslash a dollar or a backslash. Of several digits as many count as make the
/// number of a group that exists.
fn parts(replacement: &str, groups: usize) -> Result<Vec<Part>, Fault> {
    let wrong = || {
        Fault::new(
            "替换文本中 `$` 后应为组号，`\\` 后应为 `$` 或 `\\`",
            "in a replacement `$` needs the number of a group, `\\` needs `$` or `\\`",
        )
    };
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some(next @ ('$' | '\\')) => words.push(next),
                _ => return Err(wrong()),
            },
            '$' => {
                let digit = |c: &char| c.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
                let mut number = rest.next().as_ref().and_then(digit).ok_or_else(wrong)?;
                while let Some(next) = rest.peek().and_then(digit) {
                    let longer = number * 10 + next;
                    if longer > groups {
                        break;
                    }
                    number = longer;
                    rest.next();
                }
                parts.push(Part::Words(std::mem::take(&mut words)));
                parts.push(Part::Group(number));
            }
            c => words.push(c),
        }
    }
    parts.push(Part::Words(words));
    Ok(parts)
}

fn split(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let source = text(&args, 0)?;
    if !run.spend(u64::try_from(source.len()).unwrap_or(u64::MAX)) {
        return Ok(Value::Null);
    }
    let pattern = run.pattern(text(&args, 1)?, "")?;
    let mut pieces = Vec::new();
    let mut done = 0;
    for groups in pattern.matches(source)? {
        let Some(whole) = groups.first().cloned().flatten() else {
            continue;
        };
        // A delimiter of nothing cuts between characters, not before the first or after the last.
        if whole.is_empty() && (whole.start == 0 || whole.start == source.len()) {
            continue;
        }
        pieces.push(Value::from(
            source.get(done..whole.start).unwrap_or_default(),
        ));
        done = whole.end;
    }
    pieces.push(Value::from(source.get(done..).unwrap_or_default()));
    Ok(Value::List(pieces))
}

fn join(_: &Run<'_>, mut args: Vec<Value>) -> Outcome {
    let list = list(&mut args, 0)?;
    let delimiter = match args.get(1) {
        None | Some(Value::Null) => "",
        Some(_) => text(&args, 1)?,
    };
    let mut parts = Vec::with_capacity(list.len());
    for item in &list {
        match item {
            Value::Text(text) => parts.push(text.as_str()),
            Value::Null => {}
            other => return Err(wrong(0, "list<string>", other)),
        }
    }
    Ok(parts.join(delimiter).into())
}
