//! Changes of a part of a resource (RFC 7644, 3.5.2), applied to its rendition; what comes out is checked like a whole one.

use serde_json::{Map, Value};

use super::answer::Refused;
use super::filter::Filter;

/// Operations in one request at most.
const MOST: usize = 200;

/// Where an operation acts: `name`, `name.part`, `list[filter]`, `list[filter].part`.
struct Path {
    name: String,
    filter: Option<Filter>,
    part: Option<String>,
}

/// The resource after the operations of a `PatchOp`.
pub(super) fn applied(resource: Value, body: &Value) -> Result<Value, Refused> {
    let operations = body
        .get("Operations")
        .and_then(Value::as_array)
        .filter(|list| (1..=MOST).contains(&list.len()))
        .ok_or_else(|| Refused::bad("invalidSyntax", "Operations must be a list of 1 to 200"))?;
    let Value::Object(mut members) = resource else {
        return Err(Refused::bad("invalidSyntax", "the resource is no object"));
    };
    for operation in operations {
        let op = operation
            .get("op")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let path = operation.get("path").and_then(Value::as_str);
        let value = operation.get("value").cloned();
        apply(&mut members, &op.to_ascii_lowercase(), path, value)?;
    }
    Ok(Value::Object(members))
}

fn apply(
    members: &mut Map<String, Value>,
    op: &str,
    path: Option<&str>,
    value: Option<Value>,
) -> Result<(), Refused> {
    if !["add", "replace", "remove"].contains(&op) {
        return Err(Refused::bad(
            "invalidSyntax",
            "op must be add, replace or remove",
        ));
    }
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return match (op, value) {
            ("remove", _) => Err(Refused::bad("noTarget", "remove needs a path")),
            (_, Some(Value::Object(parts))) => {
                for (name, value) in parts {
                    apply(members, op, Some(&name), Some(value))?;
                }
                Ok(())
            }
            _ => Err(Refused::bad(
                "invalidValue",
                "without a path, value must be an object",
            )),
        };
    };
    let path = parse(path).ok_or_else(|| Refused::bad("invalidPath", "the path cannot be read"))?;
    if ["id", "meta", "schemas", "groups"].contains(&path.name.as_str()) {
        return Err(Refused::bad("mutability", "this attribute is read-only"));
    }
    match (op, value) {
        ("remove", value) => remove(members, &path, value),
        (_, Some(value)) => put(members, &path, op == "add", value),
        (_, None) => Err(Refused::bad("invalidValue", "value is missing")),
    }
}

fn put(
    members: &mut Map<String, Value>,
    path: &Path,
    adds: bool,
    value: Value,
) -> Result<(), Refused> {
    let target = members.entry(path.name.clone()).or_insert(Value::Null);
    match (&path.filter, &path.part) {
        (Some(filter), part) => {
            let items = target.as_array_mut().ok_or_else(no_target)?;
            let mut found = false;
            for item in items.iter_mut().filter(|item| filter.matches(item)) {
                found = true;
                match (part, item.as_object_mut()) {
                    (Some(part), Some(item)) => {
                        item.insert(part.clone(), value.clone());
                    }
                    _ => *item = value.clone(),
                }
            }
            if found { Ok(()) } else { Err(no_target()) }
        }
        (None, Some(part)) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            if let Some(target) = target.as_object_mut() {
                target.insert(part.clone(), value);
            }
            Ok(())
        }
        (None, None) => {
            match (target, value) {
                (Value::Array(items), Value::Array(more)) if adds => items.extend(more),
                (Value::Array(items), one) if adds => items.push(one),
                (target, value) => *target = value,
            }
            Ok(())
        }
    }
}

fn no_target() -> Refused {
    Refused::bad("noTarget", "the path finds nothing")
}

fn remove(
    members: &mut Map<String, Value>,
    path: &Path,
    value: Option<Value>,
) -> Result<(), Refused> {
    let Some(target) = members.get_mut(&path.name) else {
        return Ok(());
    };
    match (&path.filter, &path.part, value) {
        (Some(filter), None, _) => {
            let items = target.as_array_mut().ok_or_else(no_target)?;
            items.retain(|item| !filter.matches(item));
        }
        (Some(filter), Some(part), _) => {
            let items = target.as_array_mut().ok_or_else(no_target)?;
            for item in items.iter_mut().filter(|item| filter.matches(item)) {
                item.as_object_mut().and_then(|item| item.remove(part));
            }
        }
        (None, Some(part), _) => {
            target
                .as_object_mut()
                .and_then(|target| target.remove(part));
        }
        // A wide-spread client names the members to remove in `value`.
        (None, None, Some(Value::Array(gone))) if target.is_array() => {
            let named = |item: &Value| item.get("value").cloned();
            let gone: Vec<Option<Value>> = gone.iter().map(named).collect();
            if let Some(items) = target.as_array_mut() {
                items.retain(|item| !gone.contains(&named(item)));
            }
        }
        (None, None, _) => {
            members.remove(&path.name);
        }
    }
    Ok(())
}

fn parse(text: &str) -> Option<Path> {
    let text = match text.strip_prefix("urn:") {
        Some(_) => text.rsplit_once(':').map_or(text, |(_, name)| name),
        None => text,
    };
    let (name, filter, rest) = match text.split_once('[') {
        Some((name, rest)) => {
            let (inner, after) = rest.rsplit_once(']')?;
            (name, Some(Filter::parse(inner)?), after.strip_prefix('.'))
        }
        None => match text.split_once('.') {
            Some((name, part)) => (name, None, Some(part)),
            None => (text, None, None),
        },
    };
    let plain = |word: &str| {
        !word.is_empty()
            && word.len() <= 64
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '$')
    };
    (plain(name) && rest.is_none_or(plain)).then(|| Path {
        name: canonical(name),
        filter,
        part: rest.map(ToOwned::to_owned),
    })
}

/// Names are compared without regard to case (RFC 7643, 2.1).
fn canonical(name: &str) -> String {
    const NAMES: [&str; 11] = [
        "userName",
        "displayName",
        "name",
        "active",
        "externalId",
        "phoneNumbers",
        "members",
        "id",
        "meta",
        "schemas",
        "groups",
    ];
    let known = NAMES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name));
    known.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(operations: Value) -> Result<Value, Refused> {
        let group = json!({ "displayName": "g", "members": [{ "value": "1" }, { "value": "2" }], "name": { "formatted": "x" } });
        applied(group, &json!({ "Operations": operations }))
    }

    #[test]
    fn the_operations_of_the_standard_do_what_it_says() {
        let members = |value: Value| patched(json!([value])).unwrap()["members"].clone();
        assert_eq!(
            members(json!({ "op": "Add", "path": "members", "value": [{ "value": "3" }] }))
                .as_array()
                .unwrap()
                .len(),
            3
        );
        assert_eq!(
            members(json!({ "op": "remove", "path": "members[value eq \"1\"]" })),
            json!([{ "value": "2" }])
        );
        assert_eq!(
            members(json!({ "op": "remove", "path": "members", "value": [{ "value": "2" }] })),
            json!([{ "value": "1" }])
        );
        assert_eq!(
            members(json!({ "op": "replace", "path": "members", "value": [] })),
            json!([])
        );
        assert_eq!(
            members(json!({ "op": "remove", "path": "members" })),
            Value::Null
        );
        assert_eq!(
            patched(
                json!([{ "op": "replace", "value": { "displayName": "h", "name.formatted": "y" } }])
            )
            .unwrap()["name"]["formatted"],
            "y"
        );
        assert_eq!(
            patched(json!([{ "op": "replace", "path": "DISPLAYNAME", "value": "h" }])).unwrap()["displayName"],
            "h"
        );
    }

    #[test]
    fn bad_operations_are_refused_and_nothing_fails() {
        for bad in [
            json!([]),
            json!([{ "op": "dance", "path": "name" }]),
            json!([{ "op": "replace", "path": "id", "value": "x" }]),
            json!([{ "op": "replace", "path": "members[", "value": "x" }]),
            json!([{ "op": "replace", "path": "members[value eq \"9\"].display", "value": "x" }]),
            json!([{ "op": "remove" }]),
            json!([{ "op": "add", "path": "name" }]),
            json!([{ "op": "add", "value": 7 }]),
            json!(7),
        ] {
            assert!(patched(bad.clone()).is_err(), "{bad}");
        }
    }
}
