//! States and times in the words officers read: lamps, how much time is left, channels, stages, people.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_base::calendar::{self, Calendar};
use yuandu_identity::Directory;
use yuandu_process::CaseRow;

use crate::here::Here;
use yuandu_design::components::status::Lamp;

/// What every one of these pages needs to name things: language, calendar, directory and the present instant.
#[derive(Debug, Clone)]
pub struct Words {
    pub lang: Lang,
    pub now: Timestamp,
    pub calendar: Arc<Calendar>,
    pub directory: Arc<Directory>,
    app: App,
}

impl Words {
    /// Call it inside [`App::run`]: the directory may have to be read.
    pub fn new(app: &App, here: &Here) -> Result<Self, ApiError> {
        Ok(Self {
            lang: here.lang(),
            now: here.visitor.ctx.now(),
            calendar: app.calendar(),
            directory: app.identity.directory(app.realm)?,
            app: app.clone(),
        })
    }

    pub fn zone(&self) -> &TimeZone {
        self.calendar.time_zone()
    }

    /// The lamp of something due; none burns without a due instant.
    pub fn lamp(&self, due: Option<Timestamp>, warn: Option<Timestamp>) -> Lamp {
        let Some(due) = due else {
            return Lamp::Off;
        };
        match calendar::Lamp::at(self.now, warn.unwrap_or(due), due) {
            calendar::Lamp::Green => Lamp::Green,
            calendar::Lamp::Yellow => Lamp::Yellow,
            calendar::Lamp::Red => Lamp::Red,
        }
    }

    /// "还剩 1 天 3 小时工作时间", "已超 40 分钟工作时间".
    pub fn rest(&self, due: Timestamp) -> String {
        rest(self.lang, &self.calendar, due, self.now)
    }

    /// An instant in the city's time, the year left out when it is this one.
    pub fn instant(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone().clone());
        let this_year = self.now.to_zoned(self.zone().clone()).year() == local.year();
        let form = match (self.lang, this_year) {
            (Lang::Zh, true) => "%-m 月 %-d 日 %H:%M",
            (Lang::Zh, false) => "%Y 年 %-m 月 %-d 日 %H:%M",
            (Lang::En, true) => "%-d %b %H:%M",
            (Lang::En, false) => "%-d %b %Y %H:%M",
        };
        local.strftime(form).to_string()
    }

    /// An instant in the log's or a fact's RFC 3339; the text itself when it is none.
    pub fn instant_of(&self, text: &str) -> String {
        text.parse()
            .map_or_else(|_| text.to_owned(), |at| self.instant(at))
    }

    pub fn org<'a>(&'a self, id: &'a str) -> &'a str {
        self.directory.org_name(id, self.lang)
    }

    /// The name of a stage; the id itself if the system has none of that name.
    pub fn stage(&self, system: &str, id: &str) -> String {
        let kind = self.app.engine.kind(system).ok();
        let stage = kind.and_then(|kind| kind.stage(id));
        stage.map_or_else(
            || id.to_owned(),
            |stage| stage.title.get(self.lang).to_owned(),
        )
    }

    /// The title of a case in the reader's language.
    pub fn title(&self, (system, category): (&str, &str), of: (&str, Option<&str>)) -> String {
        let kind = self.app.engine.kind(system).ok();
        kind.map_or_else(
            || of.0.to_owned(),
            |kind| kind.title_in(self.lang, category, of),
        )
    }

    /// The title of a case that was read.
    pub fn title_of(&self, case: &CaseRow) -> String {
        let category = case.category.as_deref().unwrap_or_default();
        self.title(
            (&case.system, category),
            (&case.title, case.address.as_deref()),
        )
    }

    /// The title of a role by its full name.
    pub fn role(&self, role: &str) -> String {
        let system = role.split_once('.').map_or("", |(system, _)| system);
        let title = self
            .app
            .system(system)
            .and_then(|known| known.roles.get(role));
        title.map_or_else(|| role.to_owned(), |title| title.get(self.lang).to_owned())
    }

    /// The name of a code in one of the system's lists; the code itself if it is not there.
    pub fn code(&self, system: &str, list: &str, code: &str) -> String {
        let label = self
            .app
            .system(system)
            .and_then(|known| known.lists.label(list, code));
        label.map_or_else(|| code.to_owned(), |label| label.get(self.lang).to_owned())
    }

    /// Stage of an open case, or how it ended.
    pub fn standing(&self, case: &CaseRow) -> String {
        match case.stage.as_deref() {
            Some(stage) if case.status == "open" => self.stage(&case.system, stage),
            _ => status(self.lang, &case.status).to_owned(),
        }
    }
}

/// How far a due instant is, in office time: the same on every page, whether the budget was given in days or in hours.
#[must_use]
pub fn rest(lang: Lang, calendar: &Calendar, due: Timestamp, now: Timestamp) -> String {
    let late = now >= due;
    let (from, to) = if late { (due, now) } else { (now, due) };
    let minutes = calendar.working_time_between(from, to);
    let per_day = i64::from(calendar.office_hours().minutes_per_day()).max(1);
    let time = in_words(lang, minutes.max(0), per_day);
    match (late, minutes > 0, lang) {
        (false, true, Lang::Zh) => format!("还剩 {time}工作时间"),
        (false, true, Lang::En) => format!("{time} of office time left"),
        (false, false, Lang::Zh) => "上班前到期".to_owned(),
        (false, false, Lang::En) => "due before offices open".to_owned(),
        (true, true, Lang::Zh) => format!("已超 {time}工作时间"),
        (true, true, Lang::En) => format!("{time} of office time late"),
        (true, false, Lang::Zh) => "已超，不到 1 分钟工作时间".to_owned(),
        (true, false, Lang::En) => "late by less than a minute of office time".to_owned(),
    }
}

/// Minutes of office time as days, hours and minutes; minutes are dropped beside days.
fn in_words(lang: Lang, minutes: i64, per_day: i64) -> String {
    let (days, rest) = (minutes / per_day, minutes % per_day);
    let (hours, minutes) = (rest / 60, rest % 60);
    let units = match lang {
        Lang::Zh => [(days, "天"), (hours, "小时"), (minutes, "分钟")],
        Lang::En => [(days, "d"), (hours, "h"), (minutes, "min")],
    };
    let said: Vec<String> = units
        .iter()
        .skip_while(|(number, _)| *number == 0)
        .take(2)
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    said.join(" ")
}

/// How a case stands as a whole.
pub fn status(lang: Lang, status: &str) -> &str {
    match status {
        "open" => lang.pick("办理中", "Open"),
        "closed" => lang.pick("已结案", "Closed"),
        "refused" => lang.pick("不予立案", "Refused"),
        "merged" => lang.pick("已并案", "Merged"),
        "withdrawn" => lang.pick("已撤回", "Withdrawn"),
        other => other,
    }
}

/// How a case came in.
pub fn channel(lang: Lang, channel: &str) -> &str {
    match channel {
        "web" => lang.pick("市民网页", "Resident, web"),
        "collector" => lang.pick("采集员", "Collector"),
        "open311" => lang.pick("Open311 接口", "Open311"),
        "hotline" => lang.pick("热线", "Hotline"),
        "import" => lang.pick("导入", "Import"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;
    use yuandu_base::Lang;

    #[test]
    fn office_time_is_told_in_its_two_largest_units() {
        let zh = |minutes| in_words(Lang::Zh, minutes, 480);
        assert_eq!(zh(480 + 180), "1 天 3 小时");
        assert_eq!(zh(480 + 20), "1 天");
        assert_eq!(zh(95), "1 小时 35 分钟");
        assert_eq!(zh(40), "40 分钟");
        assert_eq!(in_words(Lang::En, 2 * 480, 480), "2 d");
    }
}
