//! Figures in words: shares, differences, periods.

use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_insight::{Direction, IndicatorDef, Measured};

use super::asked::Period;
use super::kept::Picture;

/// A share to one decimal; a dash when nothing was due.
pub(super) fn share(figure: &Measured) -> String {
    figure
        .percent()
        .map_or_else(|| "—".to_owned(), |percent| format!("{percent:.1}"))
}

/// How a figure differs from the period before, and whether that is better.
pub(super) fn compared(
    lang: Lang,
    def: &IndicatorDef,
    now: &Measured,
    before: &Measured,
) -> String {
    let (Some(now), Some(before)) = (now.percent(), before.percent()) else {
        return lang
            .pick("上期没有可比的数", "Nothing to compare with before")
            .to_owned();
    };
    let points = ((now - before) * 10.0).round() / 10.0;
    if points == 0.0 {
        return lang
            .pick("与上期持平", "As in the period before")
            .to_owned();
    }
    let better = (points > 0.0) == (def.direction == Direction::Higher);
    let judged = if better {
        lang.pick("向好", "better")
    } else {
        lang.pick("变差", "worse")
    };
    let size = points.abs();
    match (lang, points > 0.0) {
        (Lang::Zh, true) => format!("比上期高 {size:.1} 个百分点，{judged}"),
        (Lang::Zh, false) => format!("比上期低 {size:.1} 个百分点，{judged}"),
        (Lang::En, true) => format!("{size:.1} points above the period before, {judged}"),
        (Lang::En, false) => format!("{size:.1} points below the period before, {judged}"),
    }
}

/// How a count differs from the period before.
pub(super) fn counted(lang: Lang, now: u64, before: u64) -> String {
    match lang {
        Lang::Zh => format!("上期 {before} 件"),
        Lang::En if now == before => "as many as in the period before".to_owned(),
        Lang::En => format!("{before} in the period before"),
    }
}

/// Which cases were counted, when, and up to which entry of the log.
pub(super) fn source(lang: Lang, app: &App, picture: &Picture) -> String {
    let (days, at) = (days(picture.period), local(app, picture));
    let entries = picture.entries;
    match lang {
        Lang::Zh => format!(
            "统计 {days} 上报的案卷；灯和环节统计全部在办案卷。测于 {at}，日志前 {entries} 条。"
        ),
        Lang::En => format!(
            "Cases reported {days}; lamps and stages count all open cases. Measured {at} over the first {entries} entries of the log."
        ),
    }
}

/// What the figures leave out, if they leave out anything: cases of this period, or of the one compared with, in the archive.
pub(super) fn left_out(lang: Lang, picture: &Picture) -> Option<String> {
    match (picture.archived, lang) {
        ([0, 0], _) => None,
        ([now, before], Lang::Zh) => Some(format!(
            "未计入已归档的案卷：本期上报的 {now} 件，上期的 {before} 件（全系统，不分单位和类别）；取回后才会计入。"
        )),
        ([now, before], Lang::En) => Some(format!(
            "Not counted, because they are in the archive: {now} cases reported in this period and {before} in the one before (of all units and classes); they count again once brought back."
        )),
    }
}

/// Which stretch the figures are compared with, and why care is needed: young cases had less time.
pub(super) fn comparison(lang: Lang, app: &App, period: Period) -> String {
    let (first, last) = period.days_before(app);
    match lang {
        Lang::Zh => format!(
            "上期是之前同样长的一段（{first} – {last}）。刚上报的案卷还没到办结的时候，比较时请留意。"
        ),
        Lang::En => format!(
            "The period before is the stretch of the same length ({first} – {last}). Cases just reported had less time; compare with care."
        ),
    }
}

/// When the picture was taken, in the city's time.
pub(super) fn local(app: &App, picture: &Picture) -> String {
    let zone = app.calendar().time_zone().clone();
    let at = picture.measured_at.to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// "2026-10-25 至 2026-11-23" without a language: dates read the same in both.
pub(super) fn days(period: Period) -> String {
    if period.first == period.last {
        period.first.to_string()
    } else {
        format!("{} – {}", period.first, period.last)
    }
}

#[cfg(test)]
mod tests {
    use super::{compared, share};
    use yuandu_base::{Lang, LocalText};
    use yuandu_insight::{Direction, IndicatorDef, Measured};

    fn figure(numerator: u64, denominator: u64) -> Measured {
        Measured {
            id: "a".to_owned(),
            numerator,
            denominator,
        }
    }

    fn late() -> IndicatorDef {
        let text = "id = 'a'\ntitle = { zh = '甲', en = 'a' }\ndefinition = { zh = '甲', en = 'a' }\nformula = 'a/b'\nunit = '%'\n\
            direction = 'lower'\nnumerator = '=true'\ndenominator = '=true'\nsource = 'x'\n";
        let def = IndicatorDef::read("a.toml", text).unwrap();
        assert_eq!(
            (def.direction, def.title),
            (Direction::Lower, LocalText::new("甲", "a"))
        );
        IndicatorDef::read("a.toml", text).unwrap()
    }

    #[test]
    fn less_is_better_where_the_indicator_says_so() {
        let said = compared(Lang::Zh, &late(), &figure(3, 10), &figure(5, 10));
        assert_eq!(said, "比上期低 20.0 个百分点，向好");
        let said = compared(Lang::En, &late(), &figure(5, 10), &figure(3, 10));
        assert!(said.ends_with("worse"), "{said}");
    }

    #[test]
    fn a_share_of_nothing_is_a_dash_and_not_a_zero() {
        assert_eq!(share(&figure(0, 0)), "—");
        assert_eq!(share(&figure(0, 4)), "0.0");
        let said = compared(Lang::Zh, &late(), &figure(1, 4), &figure(0, 0));
        assert_eq!(said, "上期没有可比的数");
    }
}
