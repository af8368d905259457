//! What a field is: its name, type, labels and rules. No value is checked here; see `check`.

use serde::{Deserialize, Serialize};
use yuandu_base::LocalText;

use crate::field_source::FieldSpec;

/// The longest `text` when a field does not say otherwise, in characters.
pub(crate) const DEFAULT_TEXT_MAX: usize = 200;
/// The longest `long_text` when a field does not say otherwise, in characters.
pub(crate) const DEFAULT_LONG_TEXT_MAX: usize = 2_000;
/// The longest `address` when a field does not say otherwise, in characters.
pub(crate) const DEFAULT_ADDRESS_MAX: usize = 200;
/// The longest `geometry` when a field does not say otherwise, in characters of its GeoJSON.
pub(crate) const DEFAULT_GEOMETRY_MAX: usize = 400_000;
/// How many photos a field takes when it does not say otherwise.
pub(crate) const DEFAULT_PHOTOS_MAX: usize = 4;

/// The type of a field, with the limits that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// One line of text.
    Text {
        /// Longest value in characters.
        max: usize,
    },
    /// Text with line breaks.
    LongText {
        /// Longest value in characters.
        max: usize,
    },
    /// A whole number.
    Integer {
        /// Smallest value.
        min: Option<i64>,
        /// Largest value.
        max: Option<i64>,
    },
    /// A number with a fraction.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// An instant, kept to the millisecond.
    Instant,
    /// A code of a code list.
    Code {
        /// Name of the list.
        list: String,
    },
    /// An organisation.
    Org,
    /// A post.
    Post,
    /// A user.
    User,
    /// An administrative division (GB/T 2260 and its street and community extensions).
    Division,
    /// A unit grid of 15 characters.
    Grid,
    /// A component of 17 digits (GB/T 47678.5).
    Component,
    /// A record of a register, `<package>.<register>` or `<register>` of the same package.
    Reference {
        /// The register pointed at.
        register: String,
    },
    /// A place; two columns, `<name>_lon` and `<name>_lat`.
    Position,
    /// A list of photos (blob ids).
    Photos {
        /// How many at most.
        max: usize,
    },
    /// A telephone number.
    Phone,
    /// A citizen identity number (GB 11643).
    PersonNumber,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A budget of working time such as `20d` or `4h`.
    Budget,
    /// An amount of yuan with two decimals, kept exactly; canonical `"1234.50"`.
    Money,
    /// A postal address as people write it.
    Address {
        /// Longest value in characters.
        max: usize,
    },
    /// A GeoJSON geometry in CGCS2000.
    Geometry {
        /// Longest text of it in characters.
        max: usize,
    },
}

impl FieldType {
    /// The name used in declarations.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::LongText { .. } => "long_text",
            Self::Integer { .. } => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::Code { .. } => "code",
            Self::Org => "org",
            Self::Post => "post",
            Self::User => "user",
            Self::Division => "division",
            Self::Grid => "grid",
            Self::Component => "component",
            Self::Reference { .. } => "reference",
            Self::Position => "position",
            Self::Photos { .. } => "photos",
            Self::Phone => "phone",
            Self::PersonNumber => "person_number",
            Self::CreditCode => "credit_code",
            Self::Budget => "budget",
            Self::Money => "money",
            Self::Address { .. } => "address",
            Self::Geometry { .. } => "geometry",
        }
    }

    /// Every type name, for messages.
    pub(crate) const NAMES: [&'static str; 24] = [
        "text",
        "long_text",
        "integer",
        "decimal",
        "boolean",
        "date",
        "instant",
        "code",
        "org",
        "post",
        "user",
        "division",
        "grid",
        "component",
        "reference",
        "position",
        "photos",
        "phone",
        "person_number",
        "credit_code",
        "budget",
        "money",
        "address",
        "geometry",
    ];
}

/// Whether a value must be given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Requirement {
    /// It may stay empty.
    #[default]
    Optional,
    /// It must be given.
    Always,
    /// It must be given when this FEEL expression is true (written `"=…"`; kept without the sign).
    When(String),
}

/// Who may read a value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anyone.
    #[default]
    Open,
    /// Officers.
    Internal,
    /// Officers whom a policy allows by name of the action `restricted.view`; everyone else sees a mask.
    Restricted,
}

/// One field of a register, case or form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FieldSpec", into = "FieldSpec")]
pub struct FieldDef {
    /// Name in data, expressions and columns: small letters, digits and `_`.
    pub name: String,
    /// Type with its limits.
    pub kind: FieldType,
    /// What people read.
    pub label: LocalText,
    /// One sentence of help below the label.
    pub hint: Option<LocalText>,
    /// Whether a value must be given.
    pub required: Requirement,
    /// FEEL expression (without `=`); the field shows only when it is true.
    pub visible: Option<String>,
    /// Value to begin with: a literal, or a FEEL expression when it starts with `=`.
    pub default: Option<String>,
    /// Who may read it.
    pub sensitivity: Sensitivity,
    /// Role that a post of the organisation must hold: only such organisations are offered and taken.
    pub holding: Option<String>,
    /// The register that owns the fact (`<package>.<register>` or `<package>.<register>.<field>`), when this one only
    /// points at it.
    pub source: Option<String>,
    /// The organisation whose word counts for this fact, when it is another than the register's.
    pub authority: Option<String>,
}

impl FieldDef {
    /// An optional open field without hint, for built-in fields and tests.
    #[must_use]
    pub fn new(name: &str, kind: FieldType, label: LocalText) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            label,
            hint: None,
            required: Requirement::Optional,
            visible: None,
            default: None,
            sensitivity: Sensitivity::Open,
            holding: None,
            source: None,
            authority: None,
        }
    }

    /// The same field, to be given always.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = Requirement::Always;
        self
    }

    /// The FEEL expression of the default, without `=`, when it is one.
    #[must_use]
    pub fn default_expression(&self) -> Option<&str> {
        self.default
            .as_deref()
            .and_then(|text| text.strip_prefix('='))
    }

    /// The literal of the default, when it is one.
    #[must_use]
    pub fn default_literal(&self) -> Option<&str> {
        self.default
            .as_deref()
            .filter(|text| !text.starts_with('='))
    }

    /// Every FEEL expression of the field with the key it stands under.
    #[must_use]
    pub fn expressions(&self) -> Vec<(&'static str, &str)> {
        let mut found = Vec::new();
        if let Requirement::When(text) = &self.required {
            found.push(("required", text.as_str()));
        }
        if let Some(text) = &self.visible {
            found.push(("visible", text.as_str()));
        }
        if let Some(text) = self.default_expression() {
            found.push(("default", text));
        }
        found
    }
}
