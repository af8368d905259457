//! Idle memory, cold start and size.

use crate::server::Bench;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let mut starts = Vec::new();
    let mut memory = 0.0;
    for _ in 0..5 {
        let server = bench.start()?;
        starts.push(server.started_in.as_secs_f64());
        memory = server.memory_mb()?;
    }
    starts.sort_by(f64::total_cmp);
    let (best, worst) = (
        starts.first().copied().unwrap_or_default(),
        starts.last().copied().unwrap_or_default(),
    );
    #[expect(clippy::cast_precision_loss, reason = "a file of some megabytes")]
    let size = std::fs::metadata(&bench.bin)?.len() as f64 / 1024.0 / 1024.0;
    println!("idle memory   {memory:.0} MB   (limit 100 MB; DIGIT's stack 3,800 MB)");
    println!("cold start    {best:.2} s best, {worst:.2} s worst of 5   (limit 1 s)");
    println!("binary        {size:.0} MB");
    Ok(())
}
