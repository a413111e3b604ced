//! The hub, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use groupdesk::courier::Line;

/// A running hub, killed when it is dropped.
pub(super) struct Hub {
    child: Child,
    listen: SocketAddr,
    pub(super) home: PathBuf,
    waits: Arc<Mutex<Vec<u64>>>,
}

/// CPU time of the hub's threads, in seconds.
#[derive(Clone, Copy)]
pub(super) struct Cpu {
    /// Of all but the one that folds.
    pub(super) taking: f64,
    pub(super) folding: f64,
}

/// Nothing is in the way of what is measured.
const LIMITS: [&str; 8] = [
    "--connections",
    "10000",
    "--connections-per-address",
    "10000",
    "--quota-attempts",
    "1000000000000",
    "--quota-bytes",
    "1000000000000",
];
const PLACES: [&str; 6] = [
    "--listen",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
    "--log",
    "json",
];

impl Hub {
    pub(super) fn start(home: &Path, store: Option<&str>) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        let program = own.ancestors().nth(2).context("it lies in deps")?;
        let program = program.join("reporter");
        ensure!(
            program.exists(),
            "build the workspace in release mode first: {} is missing",
            program.display()
        );
        let mut command = Command::new(program);
        // It tells how long each upload was in hand.
        command.env("RUST_LOG", "info,reporter::hub::routes=debug");
        command.arg("serve").arg("--data").arg(home);
        command.args(LIMITS).args(PLACES);
        if let Some(store) = store {
            command.args(["--store", store]);
        }
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("it is piped")?).lines();
        let listen = lines.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
            line["fields"]["listen"].as_str()?.parse().ok()
        });
        let waits = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&waits);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let parsed = serde_json::from_str::<serde_json::Value>(&line);
                match parsed
                    .ok()
                    .and_then(|line| line["fields"]["micros"].as_u64())
                {
                    Some(micros) => heard
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(micros),
                    None => println!("hub: {line}"),
                }
            }
        });
        Ok(Self {
            child,
            listen: listen.context("the hub did not begin")?,
            home: home.to_owned(),
            waits,
        })
    }

    pub(super) fn line(&self) -> anyhow::Result<Line> {
        let ca = std::fs::read_to_string(self.home.join("ca.pem"))?;
        Ok(Line::connect(self.listen, "localhost", &ca)?)
    }

    /// How long uploads were in hand, in microseconds: from the last byte of each until its receipts were signed, after the
    /// commit. Those since the last call.
    pub(super) fn waits(&self) -> Vec<u64> {
        // The last lines are on their way.
        std::thread::sleep(Duration::from_millis(200));
        std::mem::take(&mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn cpu(&self) -> anyhow::Result<Cpu> {
        let ticks = 100.0;
        let mut cpu = Cpu {
            taking: 0.0,
            folding: 0.0,
        };
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = std::fs::read_to_string(task?.path().join("stat"))?;
            let (head, tail) = stat.rsplit_once(") ").context("a stat has a name")?;
            let fields: Vec<&str> = tail.split(' ').collect();
            let used = (fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / ticks;
            match head.ends_with("upkeep") {
                true => cpu.folding += used,
                false => cpu.taking += used,
            }
        }
        Ok(cpu)
    }

    /// Waits until nothing is folded any more; CPU seconds that it took.
    pub(super) fn folded(&self) -> anyhow::Result<f64> {
        let mut last = self.cpu()?.folding;
        loop {
            std::thread::sleep(Duration::from_secs(3));
            let now = self.cpu()?.folding;
            if now - last < 0.05 {
                return Ok(now);
            }
            last = now;
        }
    }

    /// The largest resident size, in KiB.
    pub(super) fn peak(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let digits = line.context("it has a size")?.trim();
        Ok(digits.trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Both fail once it is gone, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
