//! Sets of characters: those of escapes, of categories and of blocks.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, HirKind};

use super::blocks::BLOCKS;

pub(super) fn of_ranges(ranges: &[(char, char)]) -> ClassUnicode {
    let range = |(from, to): &(char, char)| ClassUnicodeRange::new(*from, *to);
    ClassUnicode::new(ranges.iter().map(range))
}

pub(super) fn negated(mut set: ClassUnicode) -> ClassUnicode {
    set.negate();
    set
}

/// The set with every character's other cases, if wanted.
pub(super) fn folded(mut set: ClassUnicode, fold: bool) -> ClassUnicode {
    // Folding fails only where the library has no tables of cases; then nothing is folded.
    if fold {
        let _ = set.try_case_fold_simple();
    }
    set
}

/// `.`: any character, or any but line ends.
pub(super) fn dot(all: bool) -> ClassUnicode {
    let nothing = of_ranges(&[]);
    if all {
        return negated(nothing);
    }
    negated(of_ranges(&[('\n', '\n'), ('\r', '\r')]))
}

/// What the library means by a class such as `\p{Nd}`.
fn library(class: &str) -> Option<ClassUnicode> {
    let hir = regex_syntax::parse(class).ok()?;
    match hir.into_kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(set)) => Some(set),
        _ => None,
    }
}

/// `\s`, `\d`, `\w`, `\i`, `\c`; their capitals are the complements.
pub(super) fn escape(letter: char) -> Option<ClassUnicode> {
    let set = match letter.to_ascii_lowercase() {
        's' => of_ranges(&[(' ', ' '), ('\t', '\n'), ('\r', '\r')]),
        'd' => library("\\p{Nd}")?,
        'w' => library("[^\\p{P}\\p{Z}\\p{C}]")?,
        'i' => name_start(),
        'c' => {
            let mut set = name_start();
            set.union(&of_ranges(&[
                ('-', '.'),
                ('0', '9'),
                ('\u{B7}', '\u{B7}'),
                ('\u{300}', '\u{36F}'),
                ('\u{203F}', '\u{2040}'),
            ]));
            set
        }
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() {
        negated(set)
    } else {
        set
    })
}

/// Characters that may begin a name of XML.
fn name_start() -> ClassUnicode {
    of_ranges(&[
        (':', ':'),
        ('A', 'Z'),
        ('_', '_'),
        ('a', 'z'),
        ('\u{C0}', '\u{D6}'),
        ('\u{D8}', '\u{F6}'),
        ('\u{F8}', '\u{2FF}'),
        ('\u{370}', '\u{37D}'),
        ('\u{37F}', '\u{1FFF}'),
        ('\u{200C}', '\u{200D}'),
        ('\u{2070}', '\u{218F}'),
        ('\u{2C00}', '\u{2FEF}'),
        ('\u{3001}', '\u{D7FF}'),
        ('\u{F900}', '\u{FDCF}'),
        ('\u{FDF0}', '\u{FFFD}'),
        ('\u{10000}', '\u{EFFFF}'),
    ])
}

/// The categories of XML Schema.
const CATEGORIES: [&str; 36] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C",
    "Cc", "Cf", "Co", "Cn",
];

/// A category (`Lu`) or a block (`IsBasicLatin`).
pub(super) fn property(name: &str) -> Option<ClassUnicode> {
    if let Some(block) = name.strip_prefix("Is") {
        let (_, from, to) = BLOCKS.iter().find(|(known, _, _)| *known == block)?;
        let (from, to) = (char::from_u32(*from)?, char::from_u32(*to)?);
        return Some(of_ranges(&[(from, to)]));
    }
    if !CATEGORIES.contains(&name) {
        return None;
    }
    library(&format!("\\p{{{name}}}"))
}
