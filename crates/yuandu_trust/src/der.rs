//! DER: a strict reader and a small writer, object identifiers and times.
//!
//! The reader never recurses and never copies; everything it refuses is named with the byte where it stands. It knows no
//! certificate. Begin with [`Reader`].

mod oid;
mod reader;
mod time;
mod writer;

pub use oid::Oid;
pub use reader::{DerError, Element, Reader, tag};
pub(crate) use reader::{boolean as boolean_of, integer as integer_content, named_bits, small};
pub use time::{Instant, read_time};
pub use writer::{
    bit_string, bits, boolean, context, enumerated, generalized_time, ia5, integer, integer_of,
    null, octets, oid_of, primitive, sequence, set_of, time_of, utf8,
};
