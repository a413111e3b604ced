//! A private PostgreSQL cluster for the tests of one process: in a temporary directory, on a socket, with one database a
//! test. It ends with the process, however that ends.
//!
//! The package `groupdesk` takes this same file, so it uses nothing of this crate.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Waits for the end of its input, which comes when this process is gone, and leaves nothing behind.
const KEEPER: &str = r#"
"$@" >"$0/log" 2>&1 &
read -r _
kill -QUIT $! && wait $!
rm -rf "$0"
"#;
/// Commits are as durable as in earnest; all else is small.
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=on",
    "shared_buffers=16MB",
    "max_connections=40",
    "max_wal_senders=0",
    "wal_level=minimal",
];
const SUPERUSER: &str = "postgres";

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    directory: PathBuf,
    programs: PathBuf,
    databases: AtomicU32,
    /// The system closes its input when this process ends.
    _keeper: Child,
}

/// The cluster of this process, started when it is first asked for.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// The URL of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut createdb = Command::new(self.programs.join("createdb"));
        createdb.arg("--host").arg(&self.directory);
        run(createdb.args(["--username", SUPERUSER, "--template", "template0", &name]));
        let directory = self.directory.display();
        format!("postgres:///{name}?host={directory}&user={SUPERUSER}")
    }

    fn start() -> Self {
        let programs = programs();
        let directory = tempfile::Builder::new()
            .prefix("groupdesk-postgresql-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let data = directory.join("data");
        run(Command::new("cp")
            .arg("-a")
            .arg(template(&programs))
            .arg(&data));
        give(&directory);
        let mut keeper = Command::new("setsid");
        keeper.args(["sh", "-c", KEEPER]).arg(&directory);
        unprivileged(&mut keeper);
        keeper.arg(programs.join("postgres")).arg("-D").arg(&data);
        keeper.arg("-k").arg(&directory);
        keeper.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let keeper = keeper
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("setsid and sh are part of every system");
        await_ready(&directory);
        Self {
            directory,
            programs,
            databases: AtomicU32::new(0),
            _keeper: keeper,
        }
    }
}

/// The directory of PostgreSQL's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = versions.collect();
    // The newest first, and before all what PATH names.
    places.sort();
    places.reverse();
    let named: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = named.into_iter().chain(places);
    let mut found = found.filter(|place| {
        ["postgres", "initdb", "createdb"]
            .iter()
            .all(|one| place.join(one).exists())
    });
    found.next().expect(
        "this test needs PostgreSQL: tests/run installs it, or `apt-get install postgresql` does",
    )
}

/// An empty cluster to be copied, made once beside the test's program.
fn template(programs: &Path) -> PathBuf {
    let beside = std::env::current_exe().expect("a program");
    let beside = beside.parent().expect("it is in a directory");
    let template = beside.join("postgresql-template");
    let lock = File::create(beside.join("postgresql-template.lock")).expect("can be made");
    lock.lock().expect("can be locked");
    if !template.exists() {
        let made = tempfile::tempdir().expect("a temporary directory");
        give(made.path());
        let data = made.path().join("data");
        let mut initdb = Command::new("env");
        unprivileged(&mut initdb);
        initdb.arg(programs.join("initdb")).arg("-D").arg(&data);
        initdb.args([
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
        ]);
        run(initdb.args(["--locale", "C.UTF-8", "--no-sync", "--no-instructions"]));
        let unfinished = beside.join("postgresql-template.unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        run(Command::new("cp").arg("-a").arg(&data).arg(&unfinished));
        fs::rename(&unfinished, &template).expect("can be named");
    }
    template
}

/// PostgreSQL does not run as root: whoever else there is then.
fn other_user() -> Option<(u32, u32)> {
    let own = fs::metadata("/proc/self").expect("there is a process");
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("there are users");
    let ids = |name: &str| {
        let fields = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let mut fields = fields.filter(|fields| fields.first() == Some(&name));
        let fields = fields.next()?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    Some(
        ids("postgres")
            .or_else(|| ids("nobody"))
            .expect("there is nobody"),
    )
}

fn unprivileged(command: &mut Command) {
    if let Some((user, group)) = other_user() {
        command.arg("setpriv").arg("--clear-groups");
        command.args([format!("--reuid={user}"), format!("--regid={group}")]);
    }
}

/// Lets the user of the cluster use a directory.
fn give(directory: &Path) {
    if let Some((user, group)) = other_user() {
        chown(directory, Some(user), Some(group)).expect("root may");
    }
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(directory, mode).expect("it is ours");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server of its own is awaited, before any test begins"
)]
fn await_ready(directory: &Path) {
    let ready = || {
        let state = fs::read_to_string(directory.join("data/postmaster.pid"));
        state.is_ok_and(|state| {
            state
                .lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
        })
    };
    for _ in 0..6_000 {
        if ready() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
    panic!("PostgreSQL does not start: {log}");
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    if !done.status.success() {
        let told = String::from_utf8_lossy(&done.stderr);
        panic!("{command:?} failed: {told}");
    }
}
