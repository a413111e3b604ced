//! Tests that say of both databases the same.

use super::Place;
#[cfg(feature = "postgres")]
use crate::testing::cluster::cluster;

/// Where a test of both databases keeps its records.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backend {
    Files,
    #[cfg(feature = "postgres")]
    Databases,
}

/// Places for the records of one test.
#[derive(Debug)]
pub(crate) struct Made {
    backend: Backend,
    directory: tempfile::TempDir,
    place: Place,
}

impl Backend {
    /// A place of its own for a record that is not there yet.
    pub(crate) fn make(self) -> Made {
        let (directory, path) = super::sample::place();
        let place = match self {
            Self::Files => path.into(),
            #[cfg(feature = "postgres")]
            Self::Databases => Place::Postgres(cluster().database()),
        };
        Made {
            backend: self,
            directory,
            place,
        }
    }
}

impl Backend {
    /// How many random cases are told: of a database each costs a second.
    pub(crate) fn cases(self, files: u32) -> u32 {
        match self {
            Self::Files => files,
            #[cfg(feature = "postgres")]
            Self::Databases => files.div_ceil(4),
        }
    }

    /// The digits of the bytes in a column.
    pub(crate) fn hex(self, column: &str) -> String {
        match self {
            Self::Files => format!("hex({column})"),
            #[cfg(feature = "postgres")]
            Self::Databases => format!("encode({column}, 'hex')"),
        }
    }

    /// Damages what is packed in all batches.
    pub(crate) fn zero_bodies(self) -> &'static str {
        match self {
            Self::Files => "UPDATE batch_body SET body = zeroblob(length(body))",
            #[cfg(feature = "postgres")]
            Self::Databases => {
                "UPDATE batch_body SET body = decode(repeat('00', length(body)), 'hex')"
            }
        }
    }
}

/// Prunes the first batch.
pub(crate) const DROP_FIRST_BODY: &str =
    "DELETE FROM batch_body WHERE id = 1; UPDATE batch SET pruned_at = 0 WHERE number = 1";

impl Made {
    /// The first place.
    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Another one.
    pub(crate) fn another(&self, name: &str) -> Place {
        match self.backend {
            Backend::Files => self.directory.path().join(format!("{name}.db")).into(),
            #[cfg(feature = "postgres")]
            Backend::Databases => Place::Postgres(cluster().database()),
        }
    }
}

/// Makes each case a test on files, and all of them together one test on PostgreSQL, because a cluster is started for it.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod on_files {
            $(#[test]
            fn $case() {
                super::$case($crate::store::both::Backend::Files);
            })+
        }

        #[cfg(feature = "postgres")]
        mod on_postgresql {
            #[test]
            fn the_same() {
                $($crate::store::both::told(stringify!($case), || {
                    super::$case($crate::store::both::Backend::Databases);
                });)+
            }
        }
    };
}
pub(crate) use on_both;

/// Runs a case on PostgreSQL in a thread of its name, so that what it says when it fails begins with that.
#[cfg(feature = "postgres")]
pub(crate) fn told(name: &'static str, case: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(format!("on PostgreSQL: {name}"));
    let running = thread.spawn(case).expect("a thread");
    if let Err(panic) = running.join() {
        std::panic::resume_unwind(panic);
    }
}
