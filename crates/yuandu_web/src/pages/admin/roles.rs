//! What each role may do: the policies asked, role by role and action by action, as they stand in the running program.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use std::sync::Arc;
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_identity::{
    Actor, Officer, OpCtx, PrincipalCell, Resource, ResourceKind, Scope, TaskFacts, kernel_roles,
};

use super::{enter, parts};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::shell::{Audience, render};

use ResourceKind::{Case, Package, Record, Register, System, Task};

/// The platform's actions, what they are about, and what people call them.
const ACTIONS: [(&str, &[ResourceKind], &str, &str); 21] = [
    ("cases.create", &[Case], "上报案卷", "report a case"),
    ("cases.track", &[Case], "查公开进度", "track a case"),
    ("cases.list", &[Case], "列出案卷", "list cases"),
    ("cases.view", &[Case], "查看案卷", "see a case"),
    ("cases.export", &[Case], "导出案卷", "export cases"),
    ("cases.supervise", &[Case], "督办案卷", "supervise cases"),
    (
        "cases.find",
        &[Package],
        "上报自己看到的，不再核实",
        "report own finds, not verified again",
    ),
    ("tasks.claim", &[Task], "领取任务", "take on a task"),
    ("tasks.complete", &[Task], "办理任务", "do a task"),
    (
        "restricted.view",
        &[Case, Task, Record],
        "查看受限信息",
        "see restricted facts",
    ),
    (
        "registers.list",
        &[Register],
        "打开登记簿",
        "open a register",
    ),
    (
        "registers.view",
        &[Register, Record],
        "查看登记",
        "see records",
    ),
    (
        "registers.write",
        &[Register, Record],
        "修改登记",
        "change records",
    ),
    (
        "registers.import",
        &[Register],
        "导入登记",
        "import records",
    ),
    (
        "registers.export",
        &[Register, Record],
        "导出登记",
        "export records",
    ),
    (
        "indicators.view",
        &[Package, System],
        "查看指标",
        "see figures",
    ),
    ("places.view", &[System], "看地图", "see the map"),
    ("clock.ask", &[System], "问工作日历", "ask the calendar"),
    ("log.view", &[Case, System], "查看日志", "read the log"),
    ("admin.view", &[System], "查看管理", "see administration"),
    ("admin.write", &[System], "修改管理", "administer"),
];

/// Titles of roles in the reader's language.
#[derive(Debug)]
pub(super) struct Titles(BTreeMap<String, String>);

impl Titles {
    pub(super) fn new(app: &App, lang: Lang) -> Self {
        let own = app.systems.iter().flat_map(|system| system.roles.iter());
        let own = own.map(|(role, title)| (role.clone(), title.get(lang).to_owned()));
        let kernel = kernel_roles()
            .into_iter()
            .map(|(role, title)| (role.to_owned(), title.get(lang).to_owned()));
        Self(own.chain(kernel).collect())
    }

    /// The title; the role's own name where no package gives one.
    pub(super) fn of<'a>(&'a self, role: &'a str) -> &'a str {
        self.0.get(role).map_or(role, String::as_str)
    }

    fn roles(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }
}

/// `GET /admin/roles`.
pub(super) async fn show(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    enter(&app, &here)?;
    let officer = Arc::clone(&here.officer()?.officer);
    let lang = here.lang();
    let reader = here.clone();
    let (columns, holders) = app
        .run(move |app| {
            let directory = app.identity.directory(app.realm)?;
            let mut held: BTreeMap<String, usize> = BTreeMap::new();
            for post in directory.posts() {
                let holders = directory
                    .holders(&post.id, reader.visitor.ctx.now())
                    .count();
                for role in &post.roles {
                    *held.entry(role.clone()).or_default() += holders;
                }
            }
            Ok((columns(app, &reader, &officer), held))
        })
        .await?;
    let title = lang.pick("角色与权限", "Roles and permissions");
    let body = html! {
        h1 { (lang.pick("管理", "Administration")) }
        (parts(lang, "/admin/roles"))
        h2 { (title) }
        p class="hint" { (lang.pick(
            "● 表示这个角色在其范围内可以做；具体到哪一件，还要看策略里的条件（单位、网格、类别、办理人）。空白表示不能。",
            "● means that the role may do it within its bounds; which ones exactly depends on the conditions of the policies (unit, grid, category, assignee). Blank means never.",
        )) }
        (matrix(&app, lang, &columns, &holders))
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// One kind of person in the matrix.
struct Column {
    role: String,
    title: String,
    /// One answer for each of [`ACTIONS`].
    may: Vec<bool>,
}

fn columns(app: &App, here: &Here, officer: &Officer) -> Vec<Column> {
    let lang = here.lang();
    let ctx = &here.visitor.ctx;
    let tasks = task_roles(app);
    let anyone = Column {
        role: String::new(),
        title: lang
            .pick("任何人（未登录）", "Anyone, not signed in")
            .to_owned(),
        may: asked(app, &ctx.as_actor(Actor::Anonymous), &tasks),
    };
    let as_role = |roles: BTreeSet<String>| {
        // The facts of a post do not matter here: what may ever be done is asked, not about what.
        let someone = Officer {
            roles,
            scope: Scope::default(),
            principal: PrincipalCell::default(),
            ..officer.clone()
        };
        asked(
            app,
            &ctx.as_actor(Actor::Officer(Arc::new(someone))),
            &tasks,
        )
    };
    let any_officer = Column {
        role: String::new(),
        title: lang.pick("任何工作人员", "Any officer").to_owned(),
        may: as_role(BTreeSet::new()),
    };
    let titles = Titles::new(app, lang);
    let roles = titles.roles().map(|(role, title)| Column {
        role: role.clone(),
        title: title.clone(),
        may: as_role([role.clone()].into()),
    });
    [anyone, any_officer].into_iter().chain(roles).collect()
}

/// One answer for each action. Tasks are asked about by the roles that processes give them: a task of a role that no
/// process knows is no task.
fn asked(app: &App, ctx: &OpCtx, task_roles: &BTreeSet<(String, String)>) -> Vec<bool> {
    let may = |action: &str, kinds: &[ResourceKind]| {
        if kinds == [Task] {
            return task_roles.iter().any(|(system, role)| {
                let task = TaskFacts {
                    system,
                    role,
                    status: "open",
                    ..TaskFacts::default()
                };
                app.gate.decide(ctx, action, &Resource::task(&task)).allowed
            });
        }
        kinds
            .iter()
            .any(|kind| app.gate.may_ever(ctx, action, *kind))
    };
    ACTIONS
        .iter()
        .map(|(action, kinds, ..)| may(action, kinds))
        .collect()
}

/// The roles of the tasks of every process, each with its system.
fn task_roles(app: &App) -> BTreeSet<(String, String)> {
    let kinds = app.engine.current_kinds();
    kinds
        .flat_map(|kind| {
            let models = kind.declared.models.iter();
            let tasks = models
                .flat_map(|model| model.nodes())
                .filter_map(|node| node.user_task());
            tasks.map(|task| (kind.declared.system.clone(), task.role.clone()))
        })
        .collect()
}

fn matrix(app: &App, lang: Lang, columns: &[Column], holders: &BTreeMap<String, usize>) -> Markup {
    let known = ACTIONS
        .iter()
        .enumerate()
        .filter(|(_, (action, ..))| app.gate.knows(action));
    html! {
        div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("角色与权限", "Roles and permissions")) {
            table class="table plain matrix" {
                thead { tr {
                    th scope="col" { (lang.pick("可以做什么", "Action")) }
                    @for column in columns {
                        th scope="col" {
                            (column.title)
                            @if !column.role.is_empty() {
                                br; span class="hint" { @match (lang, holders.get(&column.role).copied().unwrap_or_default()) {
                                    (Lang::Zh, count) => { (count) " 人" }
                                    (Lang::En, 1) => { "1 person" }
                                    (Lang::En, count) => { (count) " people" }
                                } }
                            }
                        }
                    }
                } }
                tbody { @for (at, (action, _, zh, en)) in known {
                    tr {
                        th scope="row" { (lang.pick(zh, en)) " " code class="hint" { (action) } }
                        @for column in columns {
                            td class="mark" { @if column.may.get(at).copied().unwrap_or_default() { span aria-hidden="true" { "●" } span class="sr" { (lang.pick("可以", "may")) } } }
                        }
                    }
                } }
            }
        }
    }
}
