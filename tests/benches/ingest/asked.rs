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
    /// The store, instead of a file.
    #[arg(long)]
    pub(super) store: Option<String>,
    /// Leave out the plain loop.
    #[arg(long)]
    pub(super) no_loop: bool,
    /// cargo says this.
    #[arg(long, hide = true)]
    pub(super) bench: bool,
}
