//! A PostgreSQL server that is killed under its hub.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ledger::store::{Place, Reader};
use ledger::wire::record::Signed;
use ledger::wire::upload::Outcome;
use rustix::process::{Pid, Signal, kill_process};

use super::ALWAYS;
use crate::support::cluster::cluster;
use crate::support::hub::{Hub, all_receipted, pause, post, send};
use crate::support::wait;

const ROUNDS: u64 = 3;
const BATCHES: usize = 400;

/// The server of this test's cluster, as it runs.
struct Server {
    data: PathBuf,
    /// How it was started, and as whom.
    words: Vec<String>,
    user: String,
    group: String,
    /// Ours, once it was started again; it ends with us.
    child: Option<Child>,
}

impl Server {
    fn of(url: &str) -> Self {
        let (_, rest) = url.split_once("host=").expect("a directory");
        let directory = rest.split('&').next().expect("a directory");
        let data = Path::new(directory).join("data");
        let pid = first_line(&data.join("postmaster.pid"));
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let words = line
            .split(|byte| *byte == 0)
            .filter(|word| !word.is_empty());
        let words = words.map(|word| String::from_utf8(word.to_vec()).unwrap());
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let id = |field: &str| {
            let mut lines = status.lines().filter_map(|line| line.strip_prefix(field));
            let ids = lines.next().expect("it has one");
            ids.split_whitespace().next().expect("a number").to_owned()
        };
        Self {
            words: words.collect(),
            user: id("Uid:"),
            group: id("Gid:"),
            data,
            child: None,
        }
    }

    /// Kills the server and all that serve for it, as a power cut does but for the disk.
    fn kill(&mut self) {
        let server = first_line(&self.data.join("postmaster.pid"));
        let served = children(&server);
        for pid in std::iter::once(server).chain(served) {
            // Some leave by themselves when the first one is gone.
            let _ = kill_process(process(&pid), Signal::KILL);
            wait::find(
                || is_gone(&pid).then_some(()),
                || format!("process {pid} stays"),
            );
        }
        if let Some(mut child) = self.child.take() {
            child.wait().unwrap();
        }
    }

    /// Starts it again, and waits until it takes connections.
    fn start(&mut self) {
        // The first one stays a zombie until the cluster ends, and a lock of a process that is there is believed.
        let above = self.data.parent().expect("the socket's directory");
        for lock in ["data/postmaster.pid", ".s.PGSQL.5432.lock"] {
            let _ = fs::remove_file(above.join(lock));
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        // PostgreSQL does not run as root: whoever it was before.
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            command.arg("--clear-groups");
            command.args([
                format!("--reuid={}", self.user),
                format!("--regid={}", self.group),
            ]);
        }
        let command = command.args(&self.words).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("it was there before"));
        let state = self.data.join("postmaster.pid");
        let ready = || fs::read_to_string(&state).is_ok_and(|state| state.contains("ready"));
        wait::find(|| ready().then_some(()), || "it does not start".to_owned());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill_process(Pid::from_child(&child), Signal::QUIT);
            let _ = child.wait();
        }
    }
}

/// Each time in the midst of uploads: the hub says so, is not ready, comes back by itself, and has all that it receipted.
#[test]
fn a_database_server_that_is_killed_costs_no_receipt() {
    let directory = tempfile::tempdir().unwrap();
    let url = cluster().database();
    let mut server = Server::of(&url);
    let hub = Hub::start(&directory.path().join("hub"), &["--store", &url]);
    let mut agent = hub.enrol("eu-1");
    let plan = agent.sign_plan();
    send(&mut hub.line(), &agent, std::slice::from_ref(&plan));
    let batches: Vec<Signed> = (0..BATCHES).map(|_| agent.seal(4).unwrap()).collect();
    let (mut next, mut unanswered) = (0, 0);
    for round in 0..ROUNDS {
        let mut line = hub.line();
        std::thread::scope(|scope| {
            let server = &mut server;
            let killer = scope.spawn(move || {
                pause(Duration::from_millis(40 + 70 * round));
                server.kill();
            });
            while next < BATCHES {
                let answer = post(&mut line, &agent, std::slice::from_ref(&batches[next]));
                if answer.status != 200 {
                    assert_eq!((answer.status, answer.retry_after), (503, Some(5)));
                    break;
                }
                let reply = agent.reply(&answer.body).unwrap();
                match reply.outcomes[0] {
                    Outcome::Taken(_) => {}
                    Outcome::Known(_) => unanswered += 1,
                    ref other => panic!("round {round}: {other:?}"),
                }
                next += 1;
            }
            killer.join().unwrap();
        });
        assert_eq!(post(&mut line, &agent, &[]).status, 503);
        assert_eq!(hub.health("/readyz"), "503 the record fails");
        assert_eq!(hub.health("/healthz"), "200 alive");
        server.start();
        let came_back = || (post(&mut line, &agent, &[]).status == 200).then_some(());
        wait::find(came_back, || "the hub does not come back".to_owned());
        assert_eq!(hub.health("/readyz"), "200 ready");
        let (_, reply) = send(&mut line, &agent, &[]);
        assert!(reply.standing.number >= u64::try_from(next).unwrap());
    }
    println!("{next} batches over {ROUNDS} kills, {unanswered} committed without an answer");
    for rest in batches.chunks(100) {
        let (_, reply) = send(&mut hub.line(), &agent, rest);
        assert!(all_receipted(&agent, rest, &reply));
    }
    let reader = Reader::open(&[Place::Postgres(url)]).unwrap();
    for probe in &agent.plan.probes {
        let attempts = reader.attempts(&probe.name, ALWAYS).unwrap();
        assert_eq!(attempts.len(), BATCHES);
    }
    drop(reader);
    assert!(hub.program.leave().status.success());
}

fn first_line(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().next().expect("a number").trim().to_owned()
}

/// The processes whose parent is `pid`.
fn children(pid: &str) -> Vec<String> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    list.unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

fn process(pid: &str) -> Pid {
    Pid::from_raw(pid.parse().expect("a number")).expect("it is not 0")
}

/// Whether it has ended; whoever started it may not have asked for how yet.
fn is_gone(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| status.contains("State:\tZ"))
        || !Path::new("/proc").join(pid).exists()
}
