//! How samples are packed: small batches as they come, larger chunks compressed by pco (deltas of deltas for instants).
//!
//! The first byte says which. Reading checks every length before it trusts it.

use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};

use super::Sample;
use crate::StoreError;

const PLAIN: u8 = 0;
const PACKED: u8 = 1;

/// Samples of a chunk at most: a query for a minute should not unpack a day.
pub(super) const LARGEST: usize = 8192;

/// Sixteen bytes a sample.
pub(super) fn plain(samples: &[Sample]) -> Vec<u8> {
    let mut data = Vec::with_capacity(1 + samples.len() * 16);
    data.push(PLAIN);
    for (at, value) in samples {
        data.extend_from_slice(&at.to_le_bytes());
        data.extend_from_slice(&value.to_le_bytes());
    }
    data
}

/// Compressed: instants and values apart.
pub(super) fn packed(samples: &[Sample]) -> Result<Vec<u8>, StoreError> {
    let (times, values): (Vec<i64>, Vec<f64>) = samples.iter().copied().unzip();
    let config = ChunkConfig::default();
    let times = simple_compress(&times, &config).map_err(|_| damaged())?;
    let values = simple_compress(&values, &config).map_err(|_| damaged())?;
    let mut data = Vec::with_capacity(5 + times.len() + values.len());
    data.push(PACKED);
    data.extend_from_slice(
        &u32::try_from(times.len())
            .map_err(|_| damaged())?
            .to_le_bytes(),
    );
    data.extend_from_slice(&times);
    data.extend_from_slice(&values);
    Ok(data)
}

/// The samples of a chunk, `points` of them.
pub(super) fn read(data: &[u8], points: i64) -> Result<Vec<Sample>, StoreError> {
    let (kind, rest) = data.split_first().ok_or_else(damaged)?;
    let samples = match *kind {
        PLAIN => read_plain(rest)?,
        // What a chunk can hold is bounded before anything is unpacked.
        PACKED if (0..=i64::try_from(LARGEST).unwrap_or(0)).contains(&points) => read_packed(rest)?,
        _ => return Err(damaged()),
    };
    if i64::try_from(samples.len()) == Ok(points) {
        Ok(samples)
    } else {
        Err(damaged())
    }
}

fn read_plain(data: &[u8]) -> Result<Vec<Sample>, StoreError> {
    let (samples, rest) = data.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(damaged());
    }
    samples
        .iter()
        .map(|sample| {
            let (at, value) = sample.split_at(8);
            let at = at.try_into().map(i64::from_le_bytes);
            let value = value.try_into().map(f64::from_le_bytes);
            Ok((at.map_err(|_| damaged())?, value.map_err(|_| damaged())?))
        })
        .collect()
}

fn read_packed(data: &[u8]) -> Result<Vec<Sample>, StoreError> {
    let (width, rest) = data.split_at_checked(4).ok_or_else(damaged)?;
    let width = width
        .try_into()
        .map(u32::from_le_bytes)
        .map_err(|_| damaged())?;
    let (times, values) = usize::try_from(width)
        .ok()
        .and_then(|width| rest.split_at_checked(width))
        .ok_or_else(damaged)?;
    let times: Vec<i64> = simple_decompress(times).map_err(|_| damaged())?;
    let values: Vec<f64> = simple_decompress(values).map_err(|_| damaged())?;
    if times.len() == values.len() {
        Ok(times.into_iter().zip(values).collect())
    } else {
        Err(damaged())
    }
}

pub(super) fn damaged() -> StoreError {
    StoreError::Corrupt {
        reason: "a chunk of observations cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{packed, plain, read};

    proptest! {
        #[test]
        fn what_was_packed_is_read_back_to_the_bit(
            samples in prop::collection::vec((any::<i64>(), any::<f64>()), 0..300)
        ) {
            for data in [plain(&samples), packed(&samples).unwrap()] {
                let back = read(&data, samples.len() as i64).unwrap();
                prop_assert_eq!(back.len(), samples.len());
                for (is, was) in back.iter().zip(&samples) {
                    prop_assert_eq!((is.0, is.1.to_bits()), (was.0, was.1.to_bits()));
                }
            }
        }

        #[test]
        fn damaged_bytes_are_an_error_and_never_a_panic(
            data in prop::collection::vec(any::<u8>(), 0..200), points in 0_i64..100
        ) {
            let _ = read(&data, points);
        }

        #[test]
        fn a_flipped_byte_of_a_packed_chunk_is_an_error_or_other_samples(at in 0_usize..400, bit in 0_u8..8) {
            let samples: Vec<_> = (0..200).map(|n| (1_790_000_000_000 + n * 1000, 20.0 + (n % 7) as f64 / 10.0)).collect();
            let mut data = packed(&samples).unwrap();
            let at = at % data.len();
            data[at] ^= 1 << bit;
            let _ = read(&data, 200);
        }
    }

    #[test]
    fn a_regular_meter_takes_few_bits() {
        let samples: Vec<_> = (0..8000_i64)
            .map(|n| {
                (
                    1_790_000_000_000 + n * 10_000,
                    20.0 + ((n % 60) as f64) / 10.0,
                )
            })
            .collect();
        let (plain, packed) = (plain(&samples).len(), packed(&samples).unwrap().len());
        assert!(packed * 10 < plain, "{packed} of {plain} bytes");
    }
}
