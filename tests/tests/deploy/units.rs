//! What systemd says of the units.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{files, tool};

/// systemd's measure of what a service could do to its host, in tenths: 0 is nothing, 96 is a service without a sandbox.
const EXPOSURE: &str = "15";

#[test]
fn systemd_finds_nothing_wrong_and_the_sandbox_tight() {
    let dir = tempfile::tempdir().unwrap();
    let units: Vec<PathBuf> = files("systemd")
        .iter()
        .map(|unit| instance(unit, dir.path()))
        .collect();
    let mut verify = Command::new("systemd-analyze");
    let Some(done) = tool(verify.args(["verify", "--man=no"]).args(&units)) else {
        return;
    };
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.is_empty(), "{said}");
    let services = units
        .into_iter()
        .filter(|unit| unit.extension().is_some_and(|one| one == "service"));
    for unit in services {
        let mut security = Command::new("systemd-analyze");
        security.args([
            "security",
            "--offline=true",
            "--no-pager",
            "--threshold",
            EXPOSURE,
        ]);
        let done = tool(security.arg(&unit)).expect("it was there");
        let said = String::from_utf8_lossy(&done.stdout);
        println!("{}", said.lines().last().unwrap_or_default());
        assert!(done.status.success(), "{}: {said}", unit.display());
    }
}

/// A copy of a unit that names the programs of this build, as an instance where it is a template.
fn instance(unit: &Path, dir: &Path) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_groupdesk")).parent().unwrap();
    let text = fs::read_to_string(unit).unwrap();
    let text = text.replace("/usr/local/bin", &built.to_string_lossy());
    let name = unit
        .file_name()
        .unwrap()
        .to_string_lossy()
        .replace("@.", "@east.");
    let copy = dir.join(name);
    fs::write(&copy, text).unwrap();
    copy
}
