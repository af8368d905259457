//! What a list of cases can be filtered by: the stages and classes of the systems that its reader works in.
//!
//! Codes mean something only within their system, so classes are offered for one system at a time and stages of the same
//! id once.

use yuandu_api::{ApiError, App};
use yuandu_base::{Lang, Problem};
use yuandu_process::CaseFilter;
use yuandu_schema::CodeEntry;

use crate::forms::categories::CATEGORIES;
use crate::here::Here;

/// How a case may stand as a whole.
pub const STATUSES: [&str; 5] = ["open", "closed", "refused", "merged", "withdrawn"];
/// How a case may come in.
pub const CHANNELS: [&str; 5] = ["web", "collector", "open311", "hotline", "import"];

/// Codes with their names.
pub type Named = Vec<(String, String)>;

/// What can be chosen, in the reader's language.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Systems, when there is more than one to choose from.
    pub systems: Named,
    /// Stages in the order of the process.
    pub stages: Named,
    /// Classes of the one system that is meant.
    pub classes: Named,
    /// Categories of the chosen class; all of them would be a list nobody reads.
    pub categories: Named,
}

/// What `here`'s reader can choose from, once a system or class is chosen.
#[must_use]
pub fn choices(app: &App, here: &Here, system: &str, class: &str) -> Choices {
    let lang = here.lang();
    let own = works_in(app, here);
    let meant: Vec<&str> = match system {
        "" => own.iter().map(String::as_str).collect(),
        one => vec![one],
    };
    let mut stages = Named::new();
    for kind in meant
        .iter()
        .filter_map(|system| app.engine.kind(system).ok())
    {
        for stage in &kind.declared.stages {
            let title = stage.title.get(lang);
            match stages.iter_mut().find(|(id, _)| *id == stage.id) {
                Some((_, known)) if known.as_str() != title => {
                    *known = format!("{known} / {title}")
                }
                Some(_) => {}
                None => stages.push((stage.id.clone(), title.to_owned())),
            }
        }
    }
    // Classes and categories of several systems side by side would share their codes.
    let one = match meant.as_slice() {
        [one] => *one,
        _ => "",
    };
    let classes = class_names(app, lang, one).into_iter();
    Choices {
        systems: systems(app, lang, &own),
        stages,
        classes: classes
            .map(|(code, name)| (code.clone(), format!("{code} {name}")))
            .collect(),
        categories: entries(app, one)
            .iter()
            .filter(|entry| !class.is_empty() && entry.class.as_deref() == Some(class))
            .map(|entry| (entry.code.clone(), entry.name.get(lang).to_owned()))
            .collect(),
    }
}

/// Refuses codes that nothing is called by: a list of nothing would read like an answer. Call it inside [`App::run`].
///
/// # Errors
/// Every unknown code with its filter; a failure of the store.
pub fn known(app: &App, filters: &[(&str, &str)]) -> Result<(), ApiError> {
    let directory = app.identity.directory(app.realm)?;
    let lists = || {
        app.systems
            .iter()
            .filter_map(|system| system.lists.get(CATEGORIES))
    };
    let is_known = |filter: &str, value: &str| match filter {
        "system" => app.system(value).is_some(),
        "status" => STATUSES.contains(&value),
        "channel" => CHANNELS.contains(&value),
        "stage" => app
            .engine
            .current_kinds()
            .any(|kind| kind.stage(value).is_some()),
        "class" => lists()
            .flat_map(|list| list.entries())
            .any(|entry| entry.class.as_deref() == Some(value)),
        "category" => lists().any(|list| list.get(value).is_some()),
        "org" => directory.orgs().any(|org| org.id.to_string() == value),
        _ => true,
    };
    let unknown = filters.iter().filter(|(filter, value)| {
        let value = value.trim();
        !value.is_empty() && value != CaseFilter::NONE && !is_known(filter, value)
    });
    let problems: Vec<Problem> = unknown
        .map(|(filter, value)| {
            let name = |lang| name_of(lang, filter);
            Problem::new(
                "query.unknown",
                filter,
                format!("{}里没有 `{value}`，请从列表里选择", name(Lang::Zh)),
                format!(
                    "there is no {} `{value}`; choose one of the list",
                    name(Lang::En)
                ),
            )
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(problems))
    }
}

fn name_of(lang: Lang, filter: &str) -> &str {
    match filter {
        "system" => lang.pick("业务", "system"),
        "status" => lang.pick("状态", "status"),
        "channel" => lang.pick("来源", "channel"),
        "stage" => lang.pick("环节", "stage"),
        "class" => lang.pick("大类", "class"),
        "category" => lang.pick("小类", "category"),
        "org" => lang.pick("单位", "unit"),
        other => other,
    }
}

/// The systems with cases in which the reader holds a role; those who hold none, such as auditors, look at all.
fn works_in(app: &App, here: &Here) -> Vec<String> {
    let all = app.systems.iter().filter(|system| system.has_cases);
    let all: Vec<String> = all.map(|system| system.id.clone()).collect();
    let signed_in = here.visitor.signed_in.as_ref();
    let holds = |system: &String| {
        let mut roles = signed_in.into_iter().flat_map(|one| &one.officer.roles);
        roles.any(|role| role.split_once('.').is_some_and(|(of, _)| of == system))
    };
    let own: Vec<String> = all.iter().filter(|system| holds(system)).cloned().collect();
    if own.is_empty() { all } else { own }
}

fn systems(app: &App, lang: Lang, own: &[String]) -> Named {
    if own.len() < 2 {
        return Named::new();
    }
    let known = own.iter().filter_map(|id| app.system(id));
    known
        .map(|system| (system.id.clone(), system.title.get(lang).to_owned()))
        .collect()
}

/// The classes of a system's categories.
#[must_use]
pub fn class_names(app: &App, lang: Lang, system: &str) -> Named {
    let column = lang.pick("class_name_zh", "class_name_en");
    let mut classes = Named::new();
    for entry in entries(app, system) {
        if let Some(class) = &entry.class
            && !classes.iter().any(|(known, _)| known == class)
        {
            let name = entry.column(column).unwrap_or(class);
            classes.push((class.clone(), name.to_owned()));
        }
    }
    classes
}

fn entries<'a>(app: &'a App, system: &str) -> &'a [CodeEntry] {
    let list = app
        .system(system)
        .and_then(|known| known.lists.get(CATEGORIES));
    list.map(|list| list.entries()).unwrap_or_default()
}
