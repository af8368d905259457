//! Keeping a model: one block of bytes, little-endian, with its length said before every list.
//!
//! A file from a disk may be damaged or foreign: whatever does not add up is refused, never believed.

use crate::blend::Blend;
use crate::error::SuggestError;
use crate::model::{LEARNERS, Model};
use crate::neighbours::Neighbours;
use crate::rows::{STEP, Table};
use crate::train::Learned;
use crate::vocabulary::Vocabulary;

/// First bytes of a kept model; the digit is the version of what follows.
const MARK: &[u8] = b"yuandu-suggest 1\n";
/// Last bytes, so that a file cut short at a lucky place is noticed.
const END: &[u8] = b"\nend of model\n";
const TABLES: usize = 3;

impl Model {
    /// The model as bytes, to be read by [`Model::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MARK.to_vec();
        list(&mut out, &self.labels, |out, label| {
            list(out, label.as_bytes(), |out, byte| out.push(*byte));
        });
        list(&mut out, &self.counts, |out, count| {
            out.extend(count.to_le_bytes())
        });
        let (runs, rarity) = self.vocabulary.parts();
        list(&mut out, &runs, |out, run| out.extend(run.to_le_bytes()));
        numbers(&mut out, rarity);
        for table in &self.learned.tables {
            numbers(&mut out, &table.cells);
        }
        let near = &self.learned.neighbours;
        list(&mut out, &near.ends, |out, end| {
            out.extend(end.to_le_bytes())
        });
        list(&mut out, &near.posts, |out, (text, weight)| {
            out.extend(text.to_le_bytes());
            out.extend(weight.to_le_bytes());
        });
        list(&mut out, &near.labels, |out, label| {
            out.extend(label.to_le_bytes())
        });
        numbers(&mut out, &self.blend.trust);
        numbers(&mut out, &self.blend.offset);
        out.extend(END);
        out
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes that are no model, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SuggestError> {
        let rest = bytes
            .strip_prefix(MARK)
            .ok_or(SuggestError::Kept("its first line is another"))?;
        let mut input = Input(rest);
        let labels = input.list(8, |input| {
            let name = input.list(1, |input| input.take().map(|[byte]| byte))?;
            String::from_utf8(name).map_err(|_| SuggestError::Kept("a label is not text"))
        })?;
        let counts = input.list(4, |input| input.take().map(u32::from_le_bytes))?;
        let runs = input.list(8, |input| input.take().map(u64::from_le_bytes))?;
        let rarity = input.numbers()?;
        let lanes = labels.len().next_multiple_of(STEP);
        let mut tables = Vec::new();
        for _ in 0..TABLES {
            let cells = input.numbers()?;
            if cells.len() != lanes * runs.len() {
                return Err(SuggestError::Kept("a table has another size"));
            }
            tables.push(Table { lanes, cells });
        }
        let neighbours = Neighbours {
            ends: input.list(4, |input| input.take().map(u32::from_le_bytes))?,
            posts: input.list(8, |input| {
                Ok((
                    u32::from_le_bytes(input.take()?),
                    f32::from_le_bytes(input.take()?),
                ))
            })?,
            labels: input.list(4, |input| input.take().map(u32::from_le_bytes))?,
        };
        let blend = Blend {
            trust: input.numbers()?,
            offset: input.numbers()?,
        };
        let fits = runs.len() == rarity.len()
            && labels.len() >= 2
            && labels.len() == counts.len()
            && blend.trust.len() == LEARNERS
            && blend.offset.len() == labels.len();
        if input.0 != END || !fits {
            return Err(SuggestError::Kept("its parts do not fit together"));
        }
        Ok(Self {
            labels,
            counts,
            vocabulary: Vocabulary::from_parts(runs, rarity),
            learned: Learned { tables, neighbours },
            blend,
        })
    }
}

fn list<T>(out: &mut Vec<u8>, items: &[T], mut one: impl FnMut(&mut Vec<u8>, &T)) {
    out.extend((items.len() as u64).to_le_bytes());
    for item in items {
        one(out, item);
    }
}

fn numbers(out: &mut Vec<u8>, numbers: &[f32]) {
    list(out, numbers, |out, number| out.extend(number.to_le_bytes()));
}

/// Bytes not read yet.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], SuggestError> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or(SuggestError::Kept("it ends early"))?;
        self.0 = rest;
        Ok(*first)
    }

    /// A list whose items take at least `least` bytes each: a length that cannot be true is refused before anything is set aside for it.
    fn list<T>(
        &mut self,
        least: usize,
        mut one: impl FnMut(&mut Self) -> Result<T, SuggestError>,
    ) -> Result<Vec<T>, SuggestError> {
        let said = u64::from_le_bytes(self.take()?);
        let length = usize::try_from(said)
            .ok()
            .filter(|length| *length <= self.0.len() / least)
            .ok_or(SuggestError::Kept("a list is longer than the file"))?;
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(one(self)?);
        }
        Ok(items)
    }

    fn numbers(&mut self) -> Result<Vec<f32>, SuggestError> {
        self.list(4, |input| {
            let number = f32::from_le_bytes(input.take()?);
            if number.is_finite() {
                Ok(number)
            } else {
                Err(SuggestError::Kept("a number is none"))
            }
        })
    }
}
