//! `package.toml`: what a package is, the roles it knows, the posts that hold them, and its kind of case.

use yuandu_base::LocalText;
use yuandu_process::Stage;
use yuandu_schema::Located;
use yuandu_schema::reading::{Document, Table};

/// The name of the manifest's file.
pub(crate) const MANIFEST: &str = "package.toml";

/// A package as its manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Id: the name of the folder.
    pub id: String,
    /// Version, three numbers.
    pub version: String,
    /// Name.
    pub title: LocalText,
    /// What it is for.
    pub summary: LocalText,
    /// The clause of the city's plan it answers.
    pub plan_clause: String,
    /// The organisation in charge of it.
    pub owner: String,
    /// Laws and standards it stands on.
    pub legal_basis: Vec<LegalBasis>,
    /// Packages whose facts and roles it uses.
    pub needs: Vec<String>,
    /// What a person may be here.
    pub roles: Vec<Role>,
    /// Templates of posts.
    pub posts: Vec<PostTemplate>,
    /// Its kind of case, if it has one.
    pub case: Option<CaseDef>,
    /// The organisations its scenarios are set in; a city has its own.
    pub scenario_orgs: Vec<String>,
    pub(crate) needs_line: usize,
}

/// A law or standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalBasis {
    /// Its title.
    pub title: LocalText,
    /// The clauses meant.
    pub clause: Option<String>,
}

/// What a person may be in the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Full name, `<package>.<role>`.
    pub name: String,
    /// What people read.
    pub title: LocalText,
    /// What it is for.
    pub summary: LocalText,
    pub(crate) line: usize,
}

/// A template of a post: the city makes posts of organisations from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTemplate {
    /// Id inside the package.
    pub id: String,
    /// What people read.
    pub title: LocalText,
    /// Full names of the roles its holder has.
    pub roles: Vec<String>,
    pub(crate) line: usize,
    pub(crate) roles_line: usize,
}

/// The kind of case of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseDef {
    /// The register of its declared facts.
    pub register: String,
    /// The process a case begins with.
    pub process: String,
    /// Template of a case's title, with `{category}` and `{place}`.
    pub title: LocalText,
    /// Stages in order.
    pub stages: Vec<Stage>,
    pub(crate) register_line: usize,
    pub(crate) process_line: usize,
    pub(crate) stage_lines: Vec<usize>,
}

impl Manifest {
    /// Reads a manifest. What is missing is told and stood in for, so that the rest can still be checked.
    pub(crate) fn read(folder: &str, text: &str) -> (Self, Vec<Located>) {
        let document = Document::parse(MANIFEST, text);
        let root = document.root();
        let manifest = read(folder, &root);
        root.finish();
        (manifest, document.into_problems())
    }

    /// What stands in for a manifest that is not there.
    pub(crate) fn absent(folder: &str) -> Self {
        Self::read(folder, "").0
    }
}

fn read(folder: &str, root: &Table<'_>) -> Manifest {
    let id = root.text("id").unwrap_or_else(|| folder.to_owned());
    if id != folder {
        root.problem_at(
            "id",
            "package.id_folder",
            format!("包的 id `{id}` 与文件夹 `{folder}` 不同，请改成一致"),
            format!("the id `{id}` differs from the folder `{folder}`; make them the same"),
        );
    }
    let posts: Vec<PostTemplate> = root.tables("post").iter().filter_map(post).collect();
    // Of two names that which the package itself goes by counts: a copied folder is one mistake, not one for every role.
    let own = format!("{id}.");
    let mut roles = posts.iter().flat_map(|post| &post.roles);
    let id = match roles.any(|role| role.starts_with(&own)) {
        true => id,
        false => folder.to_owned(),
    };
    Manifest {
        version: version(root),
        title: root.local("title").unwrap_or_default(),
        summary: root.local("summary").unwrap_or_default(),
        plan_clause: root.text("plan_clause").unwrap_or_default(),
        owner: root.text("owner").unwrap_or_default(),
        legal_basis: root.tables("legal_basis").iter().map(legal_basis).collect(),
        needs: root.texts("needs"),
        needs_line: root.line_of("needs"),
        roles: root
            .tables("role")
            .iter()
            .filter_map(|table| role(&id, table))
            .collect(),
        posts,
        scenario_orgs: root
            .table("scenarios")
            .map(|t| organisations(&t))
            .unwrap_or_default(),
        case: root.table("case").and_then(|table| case(&table)),
        id,
    }
}

fn organisations(table: &Table<'_>) -> Vec<String> {
    let organisations = table.texts("organisations");
    table.finish();
    organisations
}

fn version(root: &Table<'_>) -> String {
    let version = root.text("version").unwrap_or_else(|| "0.0.0".to_owned());
    let parts: Vec<&str> = version.split('.').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.parse::<u32>().is_err()) {
        root.problem_at(
            "version",
            "package.version",
            format!("版本 `{version}` 应为三个数字，例如 1.0.0"),
            format!("the version `{version}` must be three numbers, for example 1.0.0"),
        );
    }
    version
}

fn legal_basis(table: &Table<'_>) -> LegalBasis {
    let basis = LegalBasis {
        title: table.local("title").unwrap_or_default(),
        clause: table.opt_text("clause"),
    };
    table.finish();
    basis
}

fn role(package: &str, table: &Table<'_>) -> Option<Role> {
    let id = table.text("id");
    let (title, summary) = (table.local("title"), table.local("summary"));
    table.finish();
    Some(Role {
        name: format!("{package}.{}", id?),
        title: title.unwrap_or_default(),
        summary: summary.unwrap_or_default(),
        line: table.line_of("id"),
    })
}

fn post(table: &Table<'_>) -> Option<PostTemplate> {
    let id = table.text("id");
    let title = table.local("title");
    let roles = table.texts("roles");
    if roles.is_empty() {
        table.problem_at(
            "roles",
            "package.post_without_role",
            "岗位没有角色，请写 roles = [\"包.角色\"]",
            "the post has no role; write roles = [\"package.role\"]",
        );
    }
    table.finish();
    Some(PostTemplate {
        id: id?,
        title: title.unwrap_or_default(),
        roles,
        line: table.line_of("id"),
        roles_line: table.line_of("roles"),
    })
}

fn case(table: &Table<'_>) -> Option<CaseDef> {
    let (register, process, title) = (
        table.text("register"),
        table.text("process"),
        table.local("title"),
    );
    let (mut stages, mut stage_lines) = (Vec::new(), Vec::new());
    for stage in table.tables("stage") {
        let id = stage.text("id");
        let (title, public) = (stage.local("title"), stage.local("public"));
        stage.finish();
        if let Some(id) = id {
            stages.push(Stage {
                id,
                title: title.unwrap_or_default(),
                public: public.unwrap_or_default(),
            });
            stage_lines.push(stage.line_of("id"));
        }
    }
    table.finish();
    Some(CaseDef {
        register: register?,
        process: process?,
        title: title.unwrap_or_default(),
        stages,
        register_line: table.line_of("register"),
        process_line: table.line_of("process"),
        stage_lines,
    })
}
