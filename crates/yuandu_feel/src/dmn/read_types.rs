//! Reads item definitions and references to types.

use crate::ast::Type;
use crate::parser::Tests;
use crate::types::{Definition, TypeTable};

use super::read::{Reader, plain};
use super::xml::Element;

impl Reader<'_> {
    pub(super) fn item_definitions(&mut self, root: &Element, table: &mut TypeTable) {
        for element in root.all("itemDefinition") {
            let name = element.attribute("name").map(plain).unwrap_or_default();
            let name = format!("{}{name}", self.prefix);
            self.define(&name, element, table);
        }
    }

    /// Puts the type an element describes into the table, its parts under names of their own where they need them.
    fn define(&mut self, name: &str, element: &Element, table: &mut TypeTable) {
        let item = self.item_type(name, element, table);
        let collection = element.attribute("isCollection") == Some("true");
        let allowed = element
            .child("allowedValues")
            .map(|allowed| self.tests(allowed));
        let constraint = element
            .child("typeConstraint")
            .map(|constraint| self.tests(constraint));
        let base = if collection {
            Type::List(Box::new(item))
        } else {
            item
        };
        let base = match constraint {
            Some(constraint) => {
                let inner = format!("{name}#unconstrained");
                table.types.insert(
                    inner.clone(),
                    Definition {
                        base,
                        allowed,
                        per_item: collection,
                    },
                );
                table.types.insert(
                    name.to_owned(),
                    Definition {
                        base: Type::Named(inner),
                        allowed: Some(constraint),
                        per_item: false,
                    },
                );
                return;
            }
            None => base,
        };
        table.types.insert(
            name.to_owned(),
            Definition {
                base,
                allowed,
                per_item: collection,
            },
        );
    }

    fn item_type(&mut self, name: &str, element: &Element, table: &mut TypeTable) -> Type {
        if element.child("functionItem").is_some() {
            return Type::Function(None);
        }
        let mut parts = Vec::new();
        for component in element.all("itemComponent") {
            let part = component.attribute("name").map(plain).unwrap_or_default();
            // A `#` cannot stand in a type's own name, so parts never collide with types.
            let full = format!("{name}#{part}");
            self.define(&full, component, table);
            parts.push((part, Type::Named(full)));
        }
        if parts.is_empty() {
            self.type_of(element).unwrap_or(Type::Any)
        } else {
            Type::Context(parts)
        }
    }

    /// The type an element declares, by attribute or child.
    pub(super) fn type_of(&mut self, element: &Element) -> Option<Type> {
        let of = self.reference(element)?;
        match &of {
            Type::Named(name) if !self.types.contains(name) => {
                self.problem(
                    element.line,
                    format!("类型 `{name}` 没有定义"),
                    format!("the type `{name}` is not defined"),
                );
                None
            }
            _ => Some(of),
        }
    }

    /// The values of a type in their order, for priorities.
    pub(super) fn listed_values<'t>(of: Option<&Type>, table: &'t TypeTable) -> Option<&'t Tests> {
        match of? {
            Type::Named(name) => {
                let definition = table.types.get(name)?;
                definition
                    .allowed
                    .as_ref()
                    .or_else(|| Self::listed_values(Some(&definition.base), table))
            }
            _ => None,
        }
    }

    /// The type an element names. FEEL's own may carry a prefix (`feel:string`), those of imported models carry the
    /// name of the import (`import.type`, in older models `import:type`).
    fn reference(&self, element: &Element) -> Option<Type> {
        let child = element.child("typeRef").map(|child| child.text.as_str());
        let name = plain(element.attribute("typeRef").or(child)?);
        let own = |name: &str| Type::Named(format!("{}{name}", self.prefix));
        let is_known = |of: &Type| matches!(of, Type::Named(name) if self.types.contains(name));
        let bare = name.rsplit(':').next().unwrap_or(&name);
        let whole = own(&name.replace(':', "."));
        if is_known(&whole) {
            return Some(whole);
        }
        match Type::from_name(bare) {
            Type::Any => None,
            Type::Named(bare) if bare.is_empty() => None,
            Type::Named(bare) => {
                let feel = bare.strip_prefix("feel.").map(Type::from_name);
                feel.filter(|of| !matches!(of, Type::Named(_)))
                    .or(Some(own(&bare)))
            }
            of => Some(of),
        }
    }
}
