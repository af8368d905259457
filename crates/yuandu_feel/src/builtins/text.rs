//! Functions of texts. Regular expressions run in linear time, so no pattern can hang an evaluation; XPath's
//! back-references are therefore not available.

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

/// Compiles an XPath pattern; its flags are `s`, `m`, `i`, `x` and `q`.
fn pattern(run: &Run<'_>, pattern: &str, flags: &str) -> Result<regex::Regex, Fault> {
    run.pattern(pattern, flags, || compiled(pattern, flags))
}

fn compiled(pattern: &str, flags: &str) -> Result<regex::Regex, Fault> {
    if let Some(unknown) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
        return Err(Fault::new(
            format!("正则标志 `{unknown}` 不存在，可用 s、m、i、x、q"),
            format!("there is no regular expression flag `{unknown}`; use s, m, i, x, q"),
        ));
    }
    let source = if flags.contains('q') {
        regex::escape(pattern)
    } else {
        translated(pattern, flags.contains('x'))
    };
    regex::RegexBuilder::new(&source)
        .dot_matches_new_line(flags.contains('s'))
        .multi_line(flags.contains('m'))
        .case_insensitive(flags.contains('i'))
        .crlf(true)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| {
            Fault::new(
                format!("正则表达式 `{pattern}` 不正确"),
                format!("the regular expression `{pattern}` is not valid"),
            )
        })
}

/// XPath's pattern in the library's words: a class is subtracted with two signs (`[a-z--[aeiou]]`), and with the flag `x`
/// blanks outside of classes are dropped.
fn translated(pattern: &str, drop_blanks: bool) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut depth = 0_u32;
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '-' if depth > 0 && rest.peek() == Some(&'[') => out.push('-'),
            c if drop_blanks && depth == 0 && c.is_whitespace() => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn flags(args: &[Value], at: usize) -> Result<&str, Fault> {
    match args.get(at) {
        None | Some(Value::Null) => Ok(""),
        Some(_) => text(args, at),
    }
}

fn matches(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let pattern = pattern(run, text(&args, 1)?, flags(&args, 2)?)?;
    Ok(pattern.is_match(text(&args, 0)?).into())
}

fn replace(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let (source, replacement) = (text(&args, 0)?, text(&args, 2)?);
    let flags = flags(&args, 3)?;
    let pattern = pattern(run, text(&args, 1)?, flags)?;
    let grown = source
        .len()
        .saturating_add(1)
        .saturating_mul(replacement.len().saturating_add(1));
    if !run.spend(u64::try_from(grown / 64).unwrap_or(u64::MAX)) {
        return Ok(Value::Null);
    }
    let replaced = if flags.contains('q') {
        pattern.replace_all(source, regex::NoExpand(replacement))
    } else {
        pattern.replace_all(source, braced(replacement).as_str())
    };
    Ok(replaced.into_owned().into())
}

/// XPath's `$1` may be followed by a letter; the library's needs braces then.
fn braced(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.next_if_eq(&'$').is_some() => out.push_str("$$"),
            '\\' if rest.next_if_eq(&'\\').is_some() => out.push('\\'),
            '$' => {
                let mut digits = String::new();
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                if digits.is_empty() {
                    out.push_str("$$");
                } else {
                    out.push_str(&format!("${{{digits}}}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn split(run: &Run<'_>, args: Vec<Value>) -> Outcome {
    let source = text(&args, 0)?;
    if !run.spend(u64::try_from(source.len()).unwrap_or(u64::MAX)) {
        return Ok(Value::Null);
    }
    let pattern = pattern(run, text(&args, 1)?, "")?;
    Ok(Value::List(
        pattern.split(source).map(Value::from).collect(),
    ))
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
