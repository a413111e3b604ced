//! PostgreSQL, as a process that costs something.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use ledger::store::Place;
use postgres::{Client, NoTls};

use super::asked::Asked;
use super::cluster::cluster;

/// Where the hub's record is.
pub(super) enum Base {
    File(PathBuf),
    /// A database on whatever machine.
    There(String),
    /// A database of the private cluster, and the cluster's first process.
    Own(String, u32),
}

impl Base {
    pub(super) fn of(asked: &Asked, file: PathBuf) -> anyhow::Result<Self> {
        match asked.store.as_deref() {
            None => Ok(Self::File(file)),
            Some("postgres") => {
                let url = cluster().database();
                let keeper = keeper(&url)?;
                Ok(Self::Own(url, keeper))
            }
            Some(url) => Ok(Self::There(url.to_owned())),
        }
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Self::File(path) => Place::from(path.clone()),
            Self::There(url) | Self::Own(url, _) => Place::parse(url),
        }
    }

    /// What `--store` says.
    pub(super) fn url(&self) -> Option<&str> {
        match self {
            Self::File(_) => None,
            Self::There(url) | Self::Own(url, _) => Some(url),
        }
    }

    pub(super) fn connect(&self) -> anyhow::Result<Option<Client>> {
        let url = self.url();
        Ok(url.map(|url| Client::connect(url, NoTls)).transpose()?)
    }

    /// The server's processes, as long as nobody but the hub has connected: first comes the desk, then upkeep.
    pub(super) fn backends(&self) -> anyhow::Result<Option<Backends>> {
        let Self::Own(_, keeper) = *self else {
            return Ok(None);
        };
        let mut client = self.connect()?.context("it is a database")?;
        let sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() \
            AND datname = current_database() ORDER BY backend_start";
        for _ in 0..200 {
            let found = client.query(sql, &[])?;
            if let [desk, upkeep] = found.as_slice() {
                let pid = |row: &postgres::Row| u32::try_from(row.get::<_, i32>(0));
                let (desk, upkeep) = (pid(desk)?, pid(upkeep)?);
                return Ok(Some(Backends {
                    keeper,
                    desk,
                    upkeep,
                }));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("the hub has not connected twice")
    }
}

/// Processes of a private cluster.
#[derive(Clone, Copy)]
pub(super) struct Backends {
    keeper: u32,
    desk: u32,
    upkeep: u32,
}

/// CPU seconds of the processes of a private cluster.
#[derive(Clone, Copy, Default)]
pub(super) struct Used {
    /// Of the backend of the hub's desk.
    pub(super) desk: f64,
    /// Of that of its upkeep.
    pub(super) upkeep: f64,
    /// Of all others: those who write the log, clean up, and served others.
    pub(super) others: f64,
}

impl Backends {
    pub(super) fn used(&self) -> anyhow::Result<Used> {
        let mut used = Used {
            others: stat(self.keeper)?.cpu_with_ended(),
            ..Used::default()
        };
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // Whoever has ended meanwhile is counted with the first process.
            let Ok(stat) = stat(pid) else { continue };
            match pid {
                _ if stat.parent != self.keeper => {}
                _ if pid == self.desk => used.desk = stat.cpu,
                _ if pid == self.upkeep => used.upkeep = stat.cpu,
                _ => used.others += stat.cpu,
            }
        }
        Ok(used)
    }
}

impl std::ops::Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            desk: self.desk - before.desk,
            upkeep: self.upkeep - before.upkeep,
            others: self.others - before.others,
        }
    }
}

/// What the system says of a process.
struct Stat {
    parent: u32,
    cpu: f64,
    ended: f64,
}

impl Stat {
    fn cpu_with_ended(&self) -> f64 {
        self.cpu + self.ended
    }
}

fn stat(pid: u32) -> anyhow::Result<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, tail) = text.rsplit_once(") ").context("a stat has a name")?;
    let fields: Vec<&str> = tail.split(' ').collect();
    let ticks = |first: usize| -> anyhow::Result<f64> {
        let [user, system] = [fields[first], fields[first + 1]];
        Ok((user.parse::<f64>()? + system.parse::<f64>()?) / 100.0)
    };
    Ok(Stat {
        parent: fields[1].parse()?,
        cpu: ticks(11)?,
        ended: ticks(13)?,
    })
}

/// The first process of the private cluster in whose directory the socket of `url` is.
fn keeper(url: &str) -> anyhow::Result<u32> {
    let (_, rest) = url.split_once("host=").context("it is on a socket")?;
    let directory = rest.split('&').next().unwrap_or(rest);
    let state = std::fs::read_to_string(format!("{directory}/data/postmaster.pid"))?;
    let first = state.lines().next().context("it names the process")?;
    Ok(first.trim().parse()?)
}
