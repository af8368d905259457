//! The binary; see the library of the same name.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Requests prepare their plans on many threads; the allocator of the C library costs an eighth of the lifecycles there.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    yuandu::run()
}
