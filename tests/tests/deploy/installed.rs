//! The publishing service as it is installed: its command line as it stands, in a file system of its own, by a user who may do nothing.
//!
//! There is no systemd here to start it. What its unit says of directories, the user and the mask of new files is done by hand; of the
//! sandbox, that privileges are gone and that all but the two directories is read-only.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::Writer;
use ledger::time::{Interval, Millis, Timestamp};

use super::{deploy, looks};

/// Whom the service runs as; nobody on this machine.
const USER: u32 = 61_234;
/// Whom the web server runs as.
const READER: u32 = 61_235;

/// Friday 14 December 2018, 17:00 in New York; an hour from there.
const START: Timestamp = Timestamp(1_544_824_800_000);

#[test]
fn the_unit_publishes_what_a_web_server_may_read_and_keeps_the_rest_to_itself() {
    let directory = tempfile::tempdir().unwrap();
    let root = Root::new(directory.path());
    let unit = fs::read_to_string(deploy().join("systemd/reporter-publish.service")).unwrap();
    let Some(first) = root.run(&unit, USER, command(&unit)) else {
        return;
    };
    let said = String::from_utf8_lossy(&first.stderr);
    assert!(first.status.success(), "{said}");
    assert!(
        said.starts_with("Issued: example, December 2018, revision 1."),
        "{said}"
    );
    let site = root.at("var/cache/prober-site/www");
    let page = fs::read_to_string(site.join("example/index.html")).unwrap();
    assert!(page.contains("Groupdesk sign-in"), "{page}");
    let feed = fs::read_to_string(site.join("example/atom.xml")).unwrap();
    assert!(feed.contains("https://status.example.com/"), "{feed}");
    for path in [
        "var/cache/prober-site/www/index.html",
        "var/lib/prober/issued/example/2018-12/rev-1/evidence.tar",
    ] {
        assert_eq!(fs::metadata(root.at(path)).unwrap().uid(), USER, "{path}");
    }

    // The timer comes again: pages are of another instant, and nothing is issued twice.
    let again = root.run(&unit, USER, command(&unit)).expect("it was there");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success() && !said.contains("Issued"), "{said}");

    let reads = |path: &str| {
        let line = format!("cat {path}");
        root.run(&unit, READER, &line)
            .expect("it was there")
            .status
            .success()
    };
    assert!(reads(
        "/var/cache/prober-site/www/example/reports/2018-12/rev-1/report.pdf"
    ));
    assert!(!reads(
        "/var/lib/prober/issued/example/2018-12/rev-1/report.pdf"
    ));
    assert!(!reads("/var/lib/prober/east.db"));
}

/// What the unit starts.
fn command(unit: &str) -> &str {
    value(unit, "ExecStart")
}

fn value<'u>(unit: &'u str, key: &str) -> &'u str {
    let line = |line: &'u str| line.strip_prefix(key)?.strip_prefix('=');
    unit.lines()
        .find_map(line)
        .unwrap_or_else(|| panic!("the unit has no {key}"))
}

/// A file system of its own below a directory.
struct Root(PathBuf);

impl Root {
    /// As after an installation, with the record of one agent.
    fn new(root: &Path) -> Self {
        let root = Self(root.to_owned());
        for path in [
            "usr",
            "tmp",
            "dev",
            "etc/prober/data",
            "bin.local",
            "var/lib/prober",
            "var/cache/prober-site",
        ] {
            fs::create_dir_all(root.at(path)).unwrap();
        }
        for name in ["bin", "lib", "lib64"] {
            std::os::unix::fs::symlink(format!("usr/{name}"), root.at(name)).unwrap();
        }
        let built = Path::new(env!("CARGO_BIN_EXE_groupdesk")).with_file_name("reporter");
        fs::copy(built, root.at("bin.local/reporter")).unwrap();
        record(&root.at("var/lib/prober/east.db"));
        fs::set_permissions(&root.0, Permissions::from_mode(0o755)).unwrap();
        root
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// Gives the directories of the unit to its user, with their modes.
    fn hand_over(&self, unit: &str) -> std::io::Result<()> {
        for (parent, key) in [
            ("var/lib", "StateDirectory"),
            ("var/cache", "CacheDirectory"),
        ] {
            let path = self.at(parent).join(value(unit, key));
            let mode = u32::from_str_radix(value(unit, &format!("{key}Mode")), 8).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode))?;
            chown(&path, Some(USER), Some(USER))?;
        }
        chown(self.at("var/lib/prober/east.db"), Some(USER), Some(USER))
    }

    /// Runs a command line of the unit by a user; where this machine does not let us it says so, and on a CI machine that is a failure.
    fn run(&self, unit: &str, user: u32, line: &str) -> Option<Output> {
        let handed = self.hand_over(unit);
        let script = format!(
            "set -e; mount --bind {root} {root}; cd {root}; mount -o remount,bind,ro {root}; \
             mount --rbind /usr usr; mount --bind bin.local usr/local/bin; mount --rbind /dev dev; \
             for one in var/lib/prober var/cache/prober-site tmp; do mount --bind $one $one; mount -o remount,bind,rw $one; done; \
             umask {mask}; exec chroot . \
             setpriv --reuid {user} --regid {user} --clear-groups --bounding-set=-all --no-new-privs \
             /bin/sh -c 'cd {home} && exec {line}'",
            root = self.0.display(),
            mask = value(unit, "UMask"),
            home = value(unit, "WorkingDirectory"),
        );
        let namespace = ["--mount", "--net", "--propagation", "private", "true"];
        let able = handed.and_then(|()| Command::new("unshare").args(namespace).status());
        if !able.as_ref().is_ok_and(std::process::ExitStatus::success) {
            assert!(
                std::env::var_os("CI").is_none(),
                "namespaces are needed here: {able:?}"
            );
            eprintln!(
                "SKIPPED, not tried: this needs a file system of its own (as root, with unshare of util-linux): {able:?}"
            );
            return None;
        }
        let mut command = Command::new("unshare");
        command
            .args(&namespace[..4])
            .args(["/bin/sh", "-c", &script]);
        Some(
            command
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin")
                .output()
                .unwrap(),
        )
    }
}

/// The record of an agent that looked for an hour and saw an outage.
fn record(file: &Path) {
    let text = include_str!("../../../reporter/tests/command/probes.toml");
    let text = text.replace("[\"east\", \"central\", \"west\"]", "[\"east\"]");
    let plan = Plan::parse(&text, "probes.toml").unwrap();
    let region = plan.regions[0].clone();
    let agent = Agent {
        name: region.clone(),
        region: region.clone(),
    };
    let minutes = |from: i64, to: i64| {
        Interval::new(
            START + Millis::from_mins(from),
            START + Millis::from_mins(to),
        )
    };
    let down = minutes(20, 35);
    let attempts = looks::all(&plan, &region, minutes(0, 60), |_, due| !down.contains(due));
    let mut writer = Writer::open(file, &agent, &plan).unwrap();
    writer.append(&attempts).unwrap();
    writer.close().unwrap();
}
