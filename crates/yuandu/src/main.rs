//! The binary; see the library of the same name.

use std::process::ExitCode;

/// Requests prepare their plans on many threads; the allocator of the C library costs an eighth of the lifecycles there.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    yuandu::run()
}
