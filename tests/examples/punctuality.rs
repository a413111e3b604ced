//! How late the prober's timer thread hands out what is due, beside a bare loop of kernel sleeps on the same machine at the
//! same time: 1,000 starts a second, looks that do nothing.

use std::io::Write;
use std::time::Duration;

use anyhow::ensure;
use clap::Parser;
use prober::ticker::Ticker;
use tokio::time::Instant;

/// Measures how late starts are.
#[derive(Debug, Parser)]
struct Cli {
    /// Starts a second.
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// How many seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    ensure!(cli.rate > 0 && cli.seconds > 0, "nothing would be measured");
    let spacing = Duration::from_secs(1) / cli.rate;
    let first = Instant::now() + Duration::from_millis(200);
    let due: Vec<Instant> = (0..cli.rate * cli.seconds)
        .map(|number| first + spacing * number)
        .collect();
    let floor = std::thread::spawn({
        let due = due.clone();
        move || due.into_iter().map(sleep_until).collect::<Vec<_>>()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    let ticker = runtime.block_on(async { tokio::spawn(tick(due)).await })??;
    let floor = floor
        .join()
        .map_err(|_| anyhow::anyhow!("the floor's thread died"))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "lateness in µs            p50      p99    p99.9      max"
    )?;
    for (name, late) in [("kernel sleep", floor), ("timer thread", ticker)] {
        writeln!(out, "{name:<20}{}", line(late))?;
    }
    Ok(())
}

/// Starts everything through the ticker as the agent does: one entry is pushed when the one before it is taken.
async fn tick(due: Vec<Instant>) -> std::io::Result<Vec<Duration>> {
    const AHEAD: usize = 1_000;
    let mut ticker = Ticker::threaded(|| ())?;
    let mut waiting = due.iter().copied();
    for at in waiting.by_ref().take(AHEAD) {
        ticker.push(at, at);
    }
    let mut late = Vec::with_capacity(due.len());
    while late.len() < due.len() {
        let Some(at) = ticker.next().await else { break };
        let started = tokio::spawn(async move { at.elapsed() });
        late.push(started.await.unwrap_or_default());
        if let Some(at) = waiting.next() {
            ticker.push(at, at);
        }
    }
    Ok(late)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the kernel's sleep is what is measured"
)]
fn sleep_until(at: Instant) -> Duration {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
    at.elapsed()
}

fn line(mut late: Vec<Duration>) -> String {
    late.sort_unstable();
    let last = late.len().saturating_sub(1);
    [500, 990, 999, 1_000]
        .map(|permille| {
            let rank = last * permille / 1_000;
            format!("{:>9}", late.get(rank).map_or(0, Duration::as_micros))
        })
        .concat()
}
