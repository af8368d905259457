//! The words policies may use: kinds of principal and resource, their attributes, the kernel's actions.
//!
//! The Cedar schema is written from these tables, so that a word exists in exactly one place. No policy is read here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a permission is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A matter moved by a process.
    Case,
    /// One step of a matter that waits for a person.
    Task,
    /// A declared register as a whole.
    Register,
    /// One record of a register.
    Record,
    /// A system (package) as a whole.
    Package,
    /// The platform itself.
    System,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Case,
        Self::Task,
        Self::Register,
        Self::Record,
        Self::Package,
        Self::System,
    ];

    /// The name used in policies (`resource is Case`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "Case",
            Self::Task => "Task",
            Self::Register => "Register",
            Self::Record => "Record",
            Self::Package => "Package",
            Self::System => "System",
        }
    }

    /// Attributes a policy may read on this kind.
    #[must_use]
    pub(crate) fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Case => CASE,
            Self::Task => TASK,
            Self::Register => REGISTER,
            Self::Record => RECORD,
            Self::Package => PACKAGE,
            Self::System => &[],
        }
    }

    /// The declaration of one attribute.
    pub(crate) fn attribute(self, name: &str) -> Option<&'static Attribute> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PrincipalKind {
    Officer,
    Anonymous,
    Service,
    System,
}

impl PrincipalKind {
    pub(crate) const ALL: [Self; 4] = [Self::Officer, Self::Anonymous, Self::Service, Self::System];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Officer => "Officer",
            Self::Anonymous => "Anonymous",
            Self::Service => "Service",
            Self::System => "System",
        }
    }
}

/// How an attribute of a resource gets its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text that is always there; an empty column is the empty text.
    Text,
    /// The first `len` characters of another text attribute: an administrative division contains the divisions
    /// whose codes begin with its own (GB/T 2260: city 4, county 6, town 9 digits).
    PrefixOf { attribute: &'static str, len: usize },
    /// A number that may be missing; policies ask `resource has x` first.
    OptionalInt,
}

/// One attribute of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
}

const fn text(name: &'static str) -> Attribute {
    Attribute {
        name,
        shape: Shape::Text,
    }
}

const fn prefix(name: &'static str, len: usize) -> Attribute {
    Attribute {
        name,
        shape: Shape::PrefixOf {
            attribute: "division",
            len,
        },
    }
}

const fn number(name: &'static str) -> Attribute {
    Attribute {
        name,
        shape: Shape::OptionalInt,
    }
}

const CASE: &[Attribute] = &[
    text("system"),
    text("category"),
    text("class"),
    text("division"),
    prefix("city", 4),
    prefix("county", 6),
    prefix("town", 9),
    text("grid"),
    text("org"),
    text("status"),
    text("stage"),
    number("opened_at"),
    number("due_at"),
];
const TASK: &[Attribute] = &[
    text("system"),
    text("node"),
    text("role"),
    text("org"),
    text("assignee"),
    text("category"),
    text("class"),
    text("grid"),
    text("status"),
];
const REGISTER: &[Attribute] = &[
    text("package"),
    text("register"),
    text("sensitivity"),
    text("owner"),
];
const RECORD: &[Attribute] = &[
    text("package"),
    text("register"),
    text("sensitivity"),
    text("org"),
    text("division"),
    prefix("city", 4),
    prefix("county", 6),
    prefix("town", 9),
];
const PACKAGE: &[Attribute] = &[text("package")];

/// What an attribute of a principal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrincipalShape {
    Text,
    Flag,
    Texts,
}

/// Attributes of the principal kinds. A scope that is not limited has its `all_` flag set and an empty set.
pub(crate) fn principal_attributes(
    kind: PrincipalKind,
) -> &'static [(&'static str, PrincipalShape)] {
    use PrincipalShape::{Flag, Text, Texts};
    match kind {
        PrincipalKind::Officer => &[
            ("user", Text),
            ("org", Text),
            ("post", Text),
            ("roles", Texts),
            ("all_categories", Flag),
            ("categories", Texts),
            ("all_divisions", Flag),
            ("divisions", Texts),
            ("all_grids", Flag),
            ("grids", Texts),
        ],
        PrincipalKind::Service => &[("name", Text)],
        PrincipalKind::Anonymous | PrincipalKind::System => &[],
    }
}

/// The shape of a principal's attribute, whichever kind has it (no two kinds disagree).
pub(crate) fn principal_shape(name: &str) -> Option<(&'static str, PrincipalShape)> {
    PrincipalKind::ALL
        .into_iter()
        .flat_map(|kind| principal_attributes(kind).iter())
        .find(|(known, _)| *known == name)
        .copied()
}

/// One kernel action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) kinds: &'static [ResourceKind],
    /// Whether lists are filtered by it, so that its policies must compile to SQL.
    pub(crate) listable: bool,
}

const fn listed(name: &'static str, kinds: &'static [ResourceKind]) -> Action {
    Action {
        name,
        kinds,
        listable: true,
    }
}

const fn single(name: &'static str, kinds: &'static [ResourceKind]) -> Action {
    Action {
        name,
        kinds,
        listable: false,
    }
}

/// The kernel's actions.
pub(crate) const ACTIONS: &[Action] = {
    use ResourceKind::{Case, Package, Record, Register, System, Task};
    &[
        listed("cases.list", &[Case]),
        listed("cases.view", &[Case]),
        listed("cases.track", &[Case]),
        single("cases.create", &[Case]),
        listed("cases.export", &[Case]),
        single("cases.supervise", &[Case]),
        // To report what one has seen oneself on duty, which nobody verifies again.
        single("cases.find", &[Package]),
        listed("tasks.complete", &[Task]),
        listed("tasks.claim", &[Task]),
        listed("registers.list", &[Register]),
        listed("registers.view", &[Register, Record]),
        single("registers.write", &[Register, Record]),
        single("registers.import", &[Register]),
        listed("registers.export", &[Register, Record]),
        listed("restricted.view", &[Case, Task, Record]),
        single("indicators.view", &[Package, System]),
        single("clock.ask", &[System]),
        single("admin.view", &[System]),
        single("admin.write", &[System]),
        single("sso.manage", &[System]),
        single("exchange.view", &[System]),
        single("exchange.manage", &[System]),
        single("exchange.deliver", &[System]),
        single("pki.request", &[System]),
        single("pki.view", &[System]),
        single("pki.manage", &[System]),
        single("log.view", &[Case, System]),
        single("places.view", &[System]),
    ]
};

/// Kinds an action of a package may be asked about (such an action is named `<package>.<verb>`).
pub(crate) const PACKAGE_ACTION_KINDS: &[ResourceKind] = &ResourceKind::ALL;

/// The Cedar schema of the platform with the packages' own actions added.
pub(crate) fn schema_text(package_actions: &BTreeSet<String>) -> String {
    let mut schema = String::from("entity Role;\nentity Org;\nentity Post;\n");
    for kind in PrincipalKind::ALL {
        let groups = if kind == PrincipalKind::Officer {
            " in [Role, Org, Post]"
        } else {
            ""
        };
        let body = principal_attributes(kind)
            .iter()
            .map(|(name, shape)| {
                let shape = match shape {
                    PrincipalShape::Text => "String",
                    PrincipalShape::Flag => "Bool",
                    PrincipalShape::Texts => "Set<String>",
                };
                format!("{name}: {shape}")
            })
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(schema, "entity {}{groups} {{ {body} }};", kind.name());
    }
    for kind in ResourceKind::ALL
        .into_iter()
        .filter(|kind| *kind != ResourceKind::System)
    {
        let body = kind
            .attributes()
            .iter()
            .map(|attribute| match attribute.shape {
                Shape::Text | Shape::PrefixOf { .. } => format!("{}: String", attribute.name),
                Shape::OptionalInt => format!("{}?: Long", attribute.name),
            })
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(schema, "entity {} {{ {body} }};", kind.name());
    }
    let kernel = ACTIONS.iter().map(|action| (action.name, action.kinds));
    let own = package_actions
        .iter()
        .map(|name| (name.as_str(), PACKAGE_ACTION_KINDS));
    for (name, kinds) in kernel.chain(own) {
        let kinds = kinds
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(
            schema,
            "action \"{name}\" appliesTo {{ principal: [Officer, Anonymous, Service, System], resource: [{kinds}] }};"
        );
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_written_from_the_tables_is_valid_cedar() {
        let own = BTreeSet::from(["city-care.arbitrate".to_owned()]);
        let (_, warnings) = cedar_policy::Schema::from_cedarschema_str(&schema_text(&own)).unwrap();
        assert_eq!(warnings.count(), 0);
    }

    #[test]
    fn every_prefix_attribute_names_an_attribute_of_its_kind() {
        for kind in ResourceKind::ALL {
            for attribute in kind.attributes() {
                if let Shape::PrefixOf {
                    attribute: base, ..
                } = attribute.shape
                {
                    assert!(kind.attribute(base).is_some());
                }
            }
        }
    }
}
