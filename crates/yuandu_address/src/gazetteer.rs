//! Divisions by their names: which of them may stand at the beginning of a text, given what stood before.

use std::collections::HashMap;

/// A division as the gazetteer takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Code of 2, 4, 6, 9 or 12 digits; `370700` counts as `3707`, `370000` as `37`.
    pub code: String,
    /// Whole name, such as `潍坊市`.
    pub name: String,
}

/// Divisions to look names up in.
#[derive(Debug, Default)]
pub struct Gazetteer {
    divisions: Vec<Division>,
    /// Positions by whole and by short name.
    by_name: HashMap<String, Vec<usize>>,
    longest: usize,
}

/// What a whole name may end with and a short one leave out; longer ones first.
const ENDINGS: [&str; 24] = [
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "街道办事处",
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "街道",
    "地区",
    "居委会",
    "村委会",
    "社区",
    "省",
    "市",
    "区",
    "县",
    "镇",
    "乡",
    "盟",
];

impl Gazetteer {
    /// A gazetteer of divisions.
    #[must_use]
    pub fn new(divisions: impl IntoIterator<Item = Division>) -> Self {
        let mut gazetteer = Self::default();
        for division in divisions {
            gazetteer.add(division);
        }
        gazetteer
    }

    fn add(&mut self, division: Division) {
        let at = self.divisions.len();
        let whole = division.name.clone();
        let mut names = vec![whole.clone()];
        names.extend(short(&whole).map(str::to_owned));
        for name in names {
            self.longest = self.longest.max(name.chars().count());
            self.by_name.entry(name).or_default().push(at);
        }
        self.divisions.push(division);
    }

    /// The division whose name stands at the beginning of `letters`, below `within` (digits; empty for anywhere), with the
    /// number of characters it takes. Longer names win, then higher divisions.
    pub(crate) fn at_beginning(
        &self,
        letters: &[char],
        within: &str,
    ) -> Option<(&Division, usize)> {
        let most = self.longest.min(letters.len());
        for length in (2..=most).rev() {
            let name: String = letters.iter().take(length).collect();
            let Some(found) = self.by_name.get(&name) else {
                continue;
            };
            let mut fitting: Vec<&Division> = found
                .iter()
                .filter_map(|at| self.divisions.get(*at))
                .filter(|division| {
                    let digits = digits(&division.code);
                    digits.starts_with(within) && digits.len() > within.len()
                })
                .filter(|division| division.name == name || self.short_counts(letters, length))
                .collect();
            fitting.sort_by_key(|division| (digits(&division.code).len(), division.code.clone()));
            let Some(first) = fitting.first() else {
                continue;
            };
            // A name that several places of one level have says nothing without what stands above it; nor does its beginning.
            let level = digits(&first.code).len();
            let alone = fitting
                .iter()
                .filter(|division| digits(&division.code).len() == level)
                .count()
                == 1;
            return alone.then_some((*first, length));
        }
        None
    }

    /// A short name is one when more of the address follows that is not the end of a road's name.
    fn short_counts(&self, letters: &[char], length: usize) -> bool {
        let Some(next) = letters.get(length) else {
            return false;
        };
        let of_a_road = |letter: &char| "路街道巷弄".contains(*letter);
        // `青州路` is a road, and so are `青州东路` and `青州大道`.
        let further = letters.get(length + 1);
        let sided = "东西南北中大".contains(*next) && further.is_some_and(of_a_road);
        !of_a_road(next) && !sided
    }
}

fn short(name: &str) -> Option<&str> {
    let rest = ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))?;
    (rest.chars().count() >= 2).then_some(rest)
}

/// The digits that say something: pairs of zeros at the end of six digits are left out.
pub(crate) fn digits(code: &str) -> &str {
    if code.len() != 6 {
        return code;
    }
    let code = code.strip_suffix("00").unwrap_or(code);
    code.strip_suffix("00").unwrap_or(code)
}
