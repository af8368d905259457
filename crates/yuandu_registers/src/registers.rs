//! The registers of a running city: declarations, store and gate in one place. Each use case is in its own file of `ops`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;
use yuandu_feel::{Context, Expression};
use yuandu_identity::{Gate, OpCtx, Resource};
use yuandu_schema::{CodeLists, FieldDef, RecordCheck, RegisterDef, Sensitivity, check_record};
use yuandu_store::Store;

use crate::RegistersError;
use crate::table::is_live;

/// The registers of a city.
#[derive(Clone)]
pub struct Registers {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    defs: Arc<BTreeMap<String, RegisterDef>>,
    lists: Arc<BTreeMap<String, CodeLists>>,
    /// The fields that are stored, by register: what a record is checked against.
    checked: Arc<BTreeMap<String, Vec<FieldDef>>>,
}

impl Registers {
    /// Registers of packages; `lists` are the code lists by package.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        gate: Arc<Gate>,
        defs: impl IntoIterator<Item = RegisterDef>,
        lists: impl IntoIterator<Item = (String, CodeLists)>,
    ) -> Self {
        let defs: BTreeMap<String, RegisterDef> =
            defs.into_iter().map(|def| (def.full_name(), def)).collect();
        let checked = defs.iter().map(|(name, def)| {
            let fields = def.fields.iter().filter(|field| !is_live(field));
            (name.clone(), fields.cloned().collect())
        });
        Self {
            checked: Arc::new(checked.collect()),
            store,
            gate,
            defs: Arc::new(defs),
            lists: Arc::new(lists.into_iter().collect()),
        }
    }

    /// The registers the actor may list, by full name; those of cases are not among them.
    pub fn offered<'s>(&'s self, ctx: &'s OpCtx) -> impl Iterator<Item = &'s RegisterDef> {
        self.defs.values().filter(|def| !def.is_case).filter(|def| {
            self.gate
                .decide(ctx, "registers.list", &resource(def))
                .allowed
        })
    }

    /// The declaration of a register, `<package>.<register>`.
    ///
    /// # Errors
    /// [`RegistersError::NoRegister`]; registers of cases are not offered here.
    pub fn def(&self, register: &str) -> Result<&RegisterDef, RegistersError> {
        self.defs
            .get(register)
            .filter(|def| !def.is_case)
            .ok_or_else(|| RegistersError::NoRegister {
                register: register.to_owned(),
            })
    }

    /// All declarations, registers of cases too.
    pub fn defs(&self) -> impl Iterator<Item = &RegisterDef> {
        self.defs.values()
    }

    /// The code lists of a package.
    #[must_use]
    pub fn lists(&self, package: &str) -> CodeLists {
        self.lists.get(package).cloned().unwrap_or_default()
    }

    pub(crate) fn require(
        &self,
        ctx: &OpCtx,
        action: &str,
        def: &RegisterDef,
    ) -> Result<(), RegistersError> {
        Ok(self.gate.require(ctx, action, &resource(def))?)
    }

    /// The register a reference of `def` points at; a bare name means the same package.
    pub(crate) fn target(&self, def: &RegisterDef, register: &str) -> Option<&RegisterDef> {
        let name = if register.contains('.') {
            register.to_owned()
        } else {
            format!("{}.{register}", def.package)
        };
        self.defs.get(&name)
    }

    /// Checks whole records of a register.
    pub(crate) fn check(
        &self,
        def: &RegisterDef,
        data: &Map<String, Json>,
        on: Date,
    ) -> Result<Map<String, Json>, Vec<yuandu_base::Problem>> {
        let lists = self.lists(&def.package);
        let fields = self.checked.get(&def.full_name());
        check_record(
            fields.map(Vec::as_slice).unwrap_or_default(),
            data,
            &RecordCheck {
                lists: &lists,
                on,
                condition: &condition,
            },
        )
    }

    /// The facts of a register that policies read; `id` is `<package>/<register>`.
    #[must_use]
    pub fn facts_for_policy(&self, id: &str) -> Option<Resource> {
        let (package, register) = id.split_once('/')?;
        self.defs()
            .find(|def| def.package == package && def.id == register)
            .map(resource)
    }
}

/// The local date of the operation: codes must be valid on it.
pub(crate) fn today(ctx: &OpCtx) -> Date {
    Calendar::statutory().local_date(ctx.now())
}

/// A FEEL condition over the fields of the record.
fn condition(text: &str, record: &Map<String, Json>) -> Option<bool> {
    let expression = Expression::parse(text).ok()?;
    let mut scope = Context::new();
    for (name, value) in record {
        scope.set(name.as_str(), yuandu_feel::Value::from_json(value));
    }
    expression.evaluate(&scope).as_bool()
}

/// The register as the gate sees it.
pub(crate) fn resource(def: &RegisterDef) -> Resource {
    Resource::register(&def.package, &def.id, sensitivity(def), &def.authority)
}

pub(crate) fn sensitivity(def: &RegisterDef) -> &'static str {
    match def.sensitivity {
        Sensitivity::Open => "open",
        Sensitivity::Internal => "internal",
        Sensitivity::Restricted => "restricted",
    }
}
