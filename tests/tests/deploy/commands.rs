//! Every command line in deploy/ is one that the programs know.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::files;

#[test]
fn programs_know_the_options_that_units_and_manifests_give_them() {
    let mut lines = Vec::new();
    for unit in files("systemd") {
        // A timer starts the service of its name.
        if unit
            .extension()
            .is_some_and(|extension| extension == "timer")
        {
            assert!(
                unit.with_extension("service").is_file(),
                "{}",
                unit.display()
            );
            continue;
        }
        let text = fs::read_to_string(unit).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/"));
        let words = line.expect("a program").replace("%i", "east");
        lines.push(words.split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
    for manifest in files("kubernetes") {
        let text = fs::read_to_string(manifest).unwrap();
        let list = |key: &str| -> Vec<String> {
            let line = text
                .lines()
                .find_map(|line| line.trim_start().strip_prefix(key));
            serde_json::from_str(line.expect("a list on one line")).unwrap()
        };
        let program = list("command: ").remove(0);
        let words = std::iter::once(program.replace("/bin/", "")).chain(list("args: "));
        lines.push(words.collect());
    }
    for words in lines {
        // Options are read from the left: with a wrong one before it, this asks for help in vain.
        let (program, rest) = words.split_first().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_groupdesk")).with_file_name(program);
        let done = Command::new(program)
            .args(rest)
            .arg("--help")
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
