//! Reasons of other programs' parsers (TOML, XML, Cedar, CSV, the system's files) in Chinese: people who write
//! packages need not read English to mend a bracket.
//!
//! A reason that is not known here is quoted as it is, marked as the program's own words.

/// What a reason looks like, `{}` standing for anything, and what it means.
type Known = (&'static str, &'static str);

/// Words before a reason that say nothing to those who mend it.
const BEFORE: [&str; 4] = [
    "syntax error: ",
    "ill-formed document: ",
    "error while parsing attribute: ",
    "I/O error: ",
];

const TOML: &[Known] = &[
    ("duplicate key", "这个键已经写过了，请删去一个"),
    (
        "missing assignment between key-value pairs",
        "键和值之间缺少 `=`",
    ),
    ("key with no value", "这个键没有值"),
    ("missing value", "缺少值"),
    ("missing value for key", "这个键没有值"),
    ("missing key for inline table element", "`{ }` 里缺少键"),
    (
        "missing comma between array elements",
        "`[ ]` 里的两项之间缺少逗号",
    ),
    (
        "missing comma between key-value pairs",
        "`{ }` 里的两项之间缺少逗号",
    ),
    ("extra comma in inline table", "`{ }` 里多了一个逗号"),
    ("unclosed array", "`[` 没有结束，缺少 `]`"),
    ("unclosed array table", "`[[` 没有结束，缺少 `]]`"),
    ("unclosed table", "`[` 没有结束，缺少 `]`"),
    ("unclosed inline table", "`{` 没有结束，缺少 `}`"),
    ("string values must be quoted", "文字要写在引号里"),
    ("invalid basic string", "这段文字不对，或缺少结尾的双引号"),
    (
        "invalid multi-line basic string",
        "这段多行文字不对，或缺少结尾的三个双引号",
    ),
    ("invalid literal string", "这段文字不对，或缺少结尾的单引号"),
    (
        "invalid multi-line literal string",
        "这段多行文字不对，或缺少结尾的三个单引号",
    ),
    (
        "missing escaped value",
        "反斜杠后面缺少内容；要写反斜杠本身请写两个",
    ),
    ("missing opening quote", "缺少开头的引号"),
    (
        "invalid unquoted key",
        "键只能用字母、数字、`_` 和 `-`，其他的要写在引号里",
    ),
    ("unquoted keys cannot be empty", "缺少键"),
    ("invalid key-value pair", "这一行应写成 `键 = 值`"),
    ("unexpected leading zero", "数字前面多了 0"),
    ("unexpected {}", "这里多了内容"),
];

const XML: &[Known] = &[
    ("unknown or missed symbol in markup", "`<!` 后面的内容不对"),
    (
        "processing instruction not closed: {}",
        "`<?` 没有结束，缺少 `?>`",
    ),
    (
        "XML declaration not closed: {}",
        "XML 声明没有结束，缺少 `?>`",
    ),
    ("comment not closed: {}", "注释没有结束，缺少 `-->`"),
    ("DOCTYPE not closed: {}", "DOCTYPE 没有结束，缺少 `>`"),
    ("CDATA not closed: {}", "CDATA 没有结束，缺少 `]]>`"),
    ("tag not closed: {}", "标签没有结束，缺少 `>`"),
    (
        "attribute value not closed: {}",
        "属性的值没有结束，缺少引号",
    ),
    (
        "start tag not closed: `</{}>` not found before end of input",
        "标签 `{}` 没有结束，缺少 `</{}>`",
    ),
    (
        "expected `</{}>`, but `</{}>` was found",
        "此处应为 `</{}>`，写的是 `</{}>`",
    ),
    (
        "close tag `</{}>` does not match any open tag",
        "`</{}>` 没有对应的开始标签",
    ),
    (
        "forbidden string `--` was found in a comment",
        "注释里不能有 `--`",
    ),
    ("`{}` is not closed", "`{}` 没有结束"),
    ("the prefix `{}` is not declared", "前缀 `{}` 没有声明"),
    (
        "the entity `{}` is not declared",
        "`&{};` 没有声明；要写 & 本身请写 `&amp;`",
    ),
    (
        "at {}: unrecognized entity `{}`",
        "{} 处的 `&{};` 没有声明；要写 & 本身请写 `&amp;`",
    ),
    (
        "position {}: duplicated attribute, previous declaration at position {}",
        "同一个属性写了两次",
    ),
    (
        "position {}: attribute value must be enclosed in `\"` or `'`",
        "属性的值要写在引号里",
    ),
    (
        "position {}: attribute key must be directly followed by `=` or space",
        "属性名后面缺少 `=`",
    ),
];

const CEDAR: &[Known] = &[
    (
        "for policy `{}`, unrecognized entity type `{}`",
        "没有 `{}` 这种主体或资源",
    ),
    ("for policy `{}`, unrecognized action `{}`", "没有操作 `{}`"),
    (
        "for policy `{}`, attribute {} on entity type {} not found",
        "没有属性 {}（在 {} 上）",
    ),
    (
        "for policy `{}`, attribute {} in context for {} not found",
        "没有属性 {}（操作 {} 不提供）",
    ),
    ("for policy `{}`, attribute {} not found", "没有属性 {}"),
    (
        "for policy `{}`, unable to guarantee safety of access to optional attribute {}",
        "属性 {} 可能没有值，请先用 `has` 判断",
    ),
    (
        "for policy `{}`, unexpected type: expected {} but saw {}",
        "类型不对：应为 {}，写的是 {}",
    ),
    (
        "for policy `{}`, the types {} and {} are not compatible",
        "{} 与 {} 类型不同，不能放在一起",
    ),
    (
        "for policy `{}`, policy is impossible: {}",
        "这条策略永远不会成立",
    ),
    (
        "for policy `{}`, undefined extension function: {}",
        "没有函数 {}",
    ),
    ("duplicate annotation: @{}", "注解 `@{}` 写了两次"),
    (
        "this policy is missing the `{}` variable in the scope",
        "括号里缺少 `{}`",
    ),
    (
        "this policy has an extra element in the scope: {}",
        "括号里多了 {}",
    ),
    (
        "invalid policy effect: {}",
        "策略应以 permit 或 forbid 开头，写的是 {}",
    ),
    (
        "invalid policy condition: {}",
        "条件应以 when 或 unless 开头，写的是 {}",
    ),
    ("'=' is not a valid operator in Cedar", "比较要写 `==`"),
    ("unexpected end of input", "文件到这里就断了，后面缺少内容"),
    ("unexpected token `{}`", "这里不能写 `{}`"),
];

const FILES: &[Known] = &[
    ("No such file or directory{}", "没有这个文件或文件夹"),
    ("Permission denied{}", "没有读取权限"),
    ("Is a directory{}", "这是文件夹，不是文件"),
    ("Not a directory{}", "这不是文件夹"),
];

/// The reason in Chinese.
#[must_use]
pub fn in_chinese(reason: &str) -> String {
    let mut reason = reason.trim();
    for before in BEFORE {
        reason = reason.strip_prefix(before).unwrap_or(reason);
    }
    // Parsers of TOML say what they would rather have seen; the place is told by the line.
    let (said, wanted) = reason.split_once(", expected ").unwrap_or((reason, ""));
    let known = |text: &str| {
        let all = TOML.iter().chain(XML).chain(CEDAR).chain(FILES);
        let mut all = all;
        all.find_map(|(pattern, words)| Some(filled(words, &caught(pattern, text)?)))
    };
    match (known(reason), known(said)) {
        (Some(words), _) => words,
        (None, Some(words)) if wanted.is_empty() => words,
        (None, Some(words)) => format!("{words}（此处应为 {wanted}）"),
        (None, None) => format!("程序原文：{reason}"),
    }
}

/// What stands for each `{}` of a pattern, if the text is like it. What stood before `policy` is left out: the place is told.
fn caught<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    for part in parts {
        let at = match part {
            "" => rest.len(),
            part => rest.find(part)?,
        };
        let (caught, after) = rest.split_at_checked(at)?;
        found.push(caught);
        rest = after.strip_prefix(part)?;
    }
    let policy = pattern.starts_with("for policy");
    rest.is_empty()
        .then(|| found.into_iter().skip(usize::from(policy)).collect())
}

/// The words with what was caught in its places; the last one fills all that are left.
fn filled(words: &str, caught: &[&str]) -> String {
    let mut text = String::new();
    for (at, part) in words.split("{}").enumerate() {
        if let Some(before) = at.checked_sub(1) {
            text.push_str(caught.get(before).or(caught.last()).unwrap_or(&""));
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::in_chinese;

    #[test]
    fn known_reasons_are_told_in_chinese_with_their_names() {
        for (reason, words) in [
            ("duplicate key", "这个键已经写过了，请删去一个"),
            (
                "unclosed array, expected `]`",
                "`[` 没有结束，缺少 `]`（此处应为 `]`）",
            ),
            (
                "ill-formed document: expected `</a>`, but `</b>` was found",
                "此处应为 `</a>`，写的是 `</b>`",
            ),
            (
                "ill-formed document: start tag not closed: `</a>` not found before end of input",
                "标签 `a` 没有结束，缺少 `</a>`",
            ),
            (
                "for policy `city-care/a:1`, unrecognized action `Action::\"x\"`",
                "没有操作 `Action::\"x\"`",
            ),
            (
                "for policy `a/b:1`, attribute `organ` on entity type `Case` not found",
                "没有属性 `organ`（在 `Case` 上）",
            ),
            (
                "No such file or directory (os error 2)",
                "没有这个文件或文件夹",
            ),
            ("something new", "程序原文：something new"),
        ] {
            assert_eq!(in_chinese(reason), words, "{reason}");
        }
    }
}
