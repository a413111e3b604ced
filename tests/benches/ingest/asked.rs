//! What the measurement is asked for.

/// Loads a hub, and says what it costs.
#[derive(Debug, clap::Parser)]
pub(super) struct Asked {
    /// How many agents send.
    #[arg(long, default_value_t = 20)]
    pub(super) agents: usize,
    /// How many batches each of them has.
    #[arg(long, default_value_t = 60)]
    pub(super) batches: usize,
    /// How many attempts a batch has.
    #[arg(long, default_value_t = 1_000)]
    pub(super) attempts: u64,
    /// How many batches go into an upload.
    #[arg(long, default_value_t = 4)]
    pub(super) per_upload: usize,
    /// How many probes each agent has.
    #[arg(long, default_value_t = 100)]
    pub(super) probes: usize,
    /// How many connections send at once; each agent keeps to one of them.
    #[arg(long, default_value_t = 8)]
    pub(super) connections: usize,
    /// The store, instead of a file: a URL, or `postgres` for a private cluster that ends with this process.
    #[arg(long)]
    pub(super) store: Option<String>,
    /// So many uploads of one batch are sent one every 10 ms, beside folding and as many without, to see how long each waits; 0 for
    /// none. All hold attempts of one hour, so there are 944 at most.
    #[arg(long, default_value_t = 900)]
    pub(super) paced: usize,
    /// Leave out the plain loop.
    #[arg(long)]
    pub(super) no_loop: bool,
    /// cargo says this.
    #[arg(long, hide = true)]
    pub(super) bench: bool,
}
