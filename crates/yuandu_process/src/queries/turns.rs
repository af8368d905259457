//! The turns of a repeated activity, kept apart from the state of the case once there are many: a step then writes the turns it
//! changed and not all of them, so that 300 who sign cost 300 times one and not 300 times 300.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yuandu_ids::RealmId;
use yuandu_store::{Change, Reader, StoreError};

use crate::engine::{Local, State, Token};
use crate::store::realm;

/// So many turns stand in the state itself.
const FEW: usize = 16;

/// Turns by the number of their token, as they are kept.
pub(crate) type Turns = BTreeMap<u64, String>;

/// A turn: its token and what it sees for itself.
#[derive(Debug, Serialize, Deserialize)]
struct Turn {
    token: Token,
    local: Option<Local>,
}

/// Takes the turns out of a state if there are many.
pub(crate) fn apart(state: &State) -> (State, Turns) {
    let mut rest = state.clone();
    let numbers: Vec<u64> = state
        .tokens
        .keys()
        .copied()
        .filter(|token| state.turn_of(*token).is_some())
        .collect();
    if numbers.len() <= FEW {
        return (rest, Turns::new());
    }
    let mut turns = Turns::new();
    for number in numbers {
        let Some(token) = rest.tokens.remove(&number) else {
            continue;
        };
        let local = rest.locals.remove(&number);
        let body = serde_json::to_string(&Turn { token, local }).unwrap_or_default();
        turns.insert(number, body);
    }
    (rest, turns)
}

/// Puts the turns back into their state.
pub(crate) fn together(state: &mut State, turns: &Turns) -> Result<(), StoreError> {
    for (number, body) in turns {
        let turn: Turn = serde_json::from_str(body).map_err(|_| StoreError::Column {
            column: "case_turns.body".to_owned(),
            wanted: "a turn of the engine",
        })?;
        state.tokens.insert(*number, turn.token);
        state
            .locals
            .extend(turn.local.map(|local| (*number, local)));
    }
    Ok(())
}

/// What is written of the turns: those that are new or changed, and those that are over.
pub(crate) fn changes<'t>(
    case: &'t str,
    before: &'t Turns,
    after: &'t Turns,
) -> impl Iterator<Item = Change> + 't {
    let id = move |token: &u64| format!("{case}/{token}");
    let written = after
        .iter()
        .filter(|(token, body)| before.get(*token) != Some(*body))
        .map(move |(token, body)| {
            Change::put("case_turns")
                .with("id", id(token))
                .with("case_id", case)
                .with("token", i64::try_from(*token).unwrap_or(i64::MAX))
                .with("body", body.as_str())
        });
    let over = before.keys().filter(|token| !after.contains_key(*token));
    written.chain(over.map(move |token| Change::delete("case_turns").key("id", id(token))))
}

/// The turns of a case that are kept apart.
pub(crate) fn of_case(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
) -> Result<Turns, StoreError> {
    let sql = "SELECT token, body FROM case_turns WHERE realm = $1 AND case_id = $2";
    let rows = reader.query(sql, &[realm(realm_id), case.into()])?;
    rows.iter()
        .map(|row| Ok((row.int("token")?.unsigned_abs(), row.text("body")?)))
        .collect()
}
