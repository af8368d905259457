//! Values between the store and PostgreSQL's wire: integers, doubles, texts and bytes, whatever type the server infers.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::Value;

/// The type a parameter is declared with, so that it means what it means in SQLite: nothing is inferred from a column.
pub(super) fn declared(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Real(_) => Type::FLOAT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Real(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::OID => Self::Int(u32::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(ty, raw)?.into()),
            Type::NUMERIC => numeric(raw)?,
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ => Self::Text(std::str::from_utf8(raw)?.to_owned()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8
                | Type::INT4
                | Type::INT2
                | Type::OID
                | Type::BOOL
                | Type::FLOAT8
                | Type::FLOAT4
                | Type::NUMERIC
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::UNKNOWN
        )
    }
}

/// A `numeric`, which PostgreSQL makes of sums and averages of integers. Without decimal places it is an integer, as in SQLite.
fn numeric(raw: &[u8]) -> Result<Value, Box<dyn Error + Sync + Send>> {
    let word = |at: usize| -> Result<u16, &'static str> {
        let bytes = raw.get(at * 2..at * 2 + 2).ok_or("a numeric is cut off")?;
        bytes
            .try_into()
            .map(u16::from_be_bytes)
            .map_err(|_| "a numeric is cut off")
    };
    let (digits, sign, places) = (word(0)?, word(2)?, word(3)?);
    // The first digit's weight is a power of 10,000 and may be negative.
    let weight = i32::from(word(1)?.cast_signed());
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Err("a numeric is no number".into()),
    };
    let digits: Vec<u16> = (0..usize::from(digits))
        .map(|at| word(4 + at))
        .collect::<Result<_, _>>()?;
    if places == 0 {
        let mut number: i64 = 0;
        for at in 0..=weight.max(-1) {
            let digit = usize::try_from(at).ok().and_then(|at| digits.get(at));
            number = number
                .checked_mul(10_000)
                .and_then(|number| number.checked_add(i64::from(digit.copied().unwrap_or(0))))
                .ok_or("a sum does not fit into 64 bits")?;
        }
        return Ok(Value::Int(if negative { -number } else { number }));
    }
    let mut number = 0.0;
    for (at, digit) in digits.iter().enumerate() {
        let power = weight - i32::try_from(at).unwrap_or(i32::MAX);
        number += f64::from(*digit) * 10_000_f64.powi(power);
    }
    Ok(Value::Real(if negative { -number } else { number }))
}

#[cfg(test)]
mod tests {
    use super::numeric;
    use crate::Value;

    fn raw(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn sums_are_integers_and_averages_are_doubles() {
        // 12,345 is two digits of base 10,000: 1 and 2345.
        assert_eq!(
            numeric(&raw(&[2, 1, 0, 0, 1, 2345])).unwrap(),
            Value::Int(12_345)
        );
        // Trailing zero digits are left out: 30,000.
        assert_eq!(
            numeric(&raw(&[1, 1, 0x4000, 0, 3])).unwrap(),
            Value::Int(-30_000)
        );
        assert_eq!(numeric(&raw(&[0, 0, 0, 0])).unwrap(), Value::Int(0));
        assert_eq!(
            numeric(&raw(&[2, 0, 0, 16, 2, 5000])).unwrap(),
            Value::Real(2.5)
        );
        assert!(numeric(&raw(&[0, 0, 0xC000, 0])).is_err());
        assert!(numeric(&[0, 1]).is_err());
    }
}
