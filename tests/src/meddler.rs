//! Somebody between an agent and its hub: a network that is slow, deaf or torn ([`wire`]), or a middleman who reads and resends what
//! is posted ([`post`]). How it behaves can be changed while it runs.

use std::str::FromStr;
use std::time::Duration;

use tokio::sync::watch;

pub mod post;
pub mod wire;

/// How it treats what comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Passes everything on.
    Pass,
    /// Passes each piece on so much later.
    Delay(Duration),
    /// Passes on at most so many bytes a second, each way.
    Rate(u32),
    /// Resets all connections, and each new one.
    Reset,
    /// Ends what the server says as soon as it says something, and lets the client go on talking.
    HalfClose,
    /// Takes everything and passes nothing on. A connection that met it is dead.
    BlackHole,
    /// Passes on what the client says, but no answer.
    Deaf,
    /// Changes a bit of each piece.
    Corrupt,
    /// Posts twice what is posted, and gives the second answer.
    Twice,
    /// Posts what is posted and hangs up without an answer.
    Swallow,
    /// Says that it is busy, and posts what it was given after the next one.
    Late,
    /// Posts something from long ago before what is posted.
    Replay,
    /// One of those for posts, by chance.
    Chaos,
}

/// A manner that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no manner; known are pass, delay MS, rate BYTES, reset, half-close, black-hole, deaf, corrupt, twice, swallow, \
     late, replay and chaos"
)]
pub struct NoManner(String);

/// Where the manner of the moment is found.
pub type Manners = watch::Receiver<Manner>;

impl FromStr for Manner {
    type Err = NoManner;

    fn from_str(text: &str) -> Result<Self, NoManner> {
        let (word, number) = text.split_once(' ').unwrap_or((text, ""));
        let number = number.parse::<u32>().ok();
        match (word, number) {
            ("pass", None) => Ok(Self::Pass),
            ("delay", Some(number)) => Ok(Self::Delay(Duration::from_millis(number.into()))),
            ("rate", Some(number @ 1..)) => Ok(Self::Rate(number)),
            ("reset", None) => Ok(Self::Reset),
            ("half-close", None) => Ok(Self::HalfClose),
            ("black-hole", None) => Ok(Self::BlackHole),
            ("deaf", None) => Ok(Self::Deaf),
            ("corrupt", None) => Ok(Self::Corrupt),
            ("twice", None) => Ok(Self::Twice),
            ("swallow", None) => Ok(Self::Swallow),
            ("late", None) => Ok(Self::Late),
            ("replay", None) => Ok(Self::Replay),
            ("chaos", None) => Ok(Self::Chaos),
            _ => Err(NoManner(text.to_owned())),
        }
    }
}
