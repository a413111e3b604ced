//! Plants bugs into a copy of the project, one at a time, and looks whether the property that should notice does.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail, ensure};
use clap::Parser;
use serde::Deserialize;

/// Plants the bugs of tests/planted/bugs.toml and says which of them the tests notice.
#[derive(Debug, Parser)]
#[command(
    name = "planted",
    version,
    after_help = "Exit codes: 0 all were noticed, 1 some were not, 74 something failed."
)]
struct Cli {
    /// Only bugs of these properties, such as p03
    #[arg(value_name = "PROPERTY")]
    only: Vec<String>,
    /// The list of bugs
    #[arg(long, default_value = "tests/planted/bugs.toml")]
    list: PathBuf,
    /// Where the copy and its builds are kept; made if missing
    #[arg(long, value_name = "DIR", default_value = "target/planted")]
    scratch: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    bug: Vec<Bug>,
}

/// A text in a file that is replaced by a wrong one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bug {
    property: String,
    says: String,
    file: String,
    find: String,
    replace: String,
    /// The package whose library tests are run.
    #[serde(default = "ledger")]
    package: String,
}

fn ledger() -> String {
    "ledger".to_owned()
}

/// What came of a planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Noticed,
    Missed,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("planted: {error:#}"));
            ExitCode::from(74)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<bool> {
    let text = fs::read_to_string(&cli.list)
        .with_context(|| format!("cannot read {}", cli.list.display()))?;
    let list: List = toml::from_str(&text)
        .with_context(|| format!("{} is no list of bugs", cli.list.display()))?;
    let wanted = |bug: &&Bug| cli.only.is_empty() || cli.only.contains(&bug.property);
    let bugs: Vec<&Bug> = list.bug.iter().filter(wanted).collect();
    ensure!(
        !bugs.is_empty(),
        "the list has no bug for {}",
        cli.only.join(", ")
    );
    let tree = cli.scratch.join("tree");
    copy(Path::new("."), &tree)?;
    let mut noticed = 0;
    for bug in &bugs {
        let outcome = plant(bug, &tree)?;
        noticed += usize::from(outcome == Outcome::Noticed);
        say(&format!(
            "{} {:<8} {}",
            bug.property,
            format!("{outcome:?}").to_lowercase(),
            bug.says
        ));
    }
    say(&format!(
        "{noticed} of {} planted bugs were noticed by the property that they break",
        bugs.len()
    ));
    Ok(noticed == bugs.len())
}

/// Builds the tree with the bug and runs the property's tests. The tree is as before afterwards.
fn plant(bug: &Bug, tree: &Path) -> anyhow::Result<Outcome> {
    let path = tree.join(&bug.file);
    let right = fs::read_to_string(&path)
        .with_context(|| format!("{}: cannot read {}", bug.property, bug.file))?;
    let found = right.matches(&bug.find).count();
    ensure!(
        found == 1,
        "{}: the text to replace stands {found} times in {}",
        bug.property,
        bug.file
    );
    fs::write(&path, right.replace(&bug.find, &bug.replace))?;
    let outcome = judge(bug, tree);
    fs::write(&path, right)?;
    outcome
}

fn judge(bug: &Bug, tree: &Path) -> anyhow::Result<Outcome> {
    if !cargo(bug, tree, &["--no-run"])?.success() {
        bail!("{}: {:?} does not build", bug.property, bug.says);
    }
    let filter = format!("test(/(^|::){}_/)", bug.property);
    let status = cargo(bug, tree, &["--no-fail-fast", "-E", &filter])?;
    // nextest's own code for tests that failed; anything else is no answer.
    match status.code() {
        Some(0) => Ok(Outcome::Missed),
        Some(100) => Ok(Outcome::Noticed),
        other => bail!("{}: the tests ended with {other:?}", bug.property),
    }
}

fn cargo(bug: &Bug, tree: &Path, more: &[&str]) -> anyhow::Result<std::process::ExitStatus> {
    let target = std::path::absolute(tree)?.with_file_name("target");
    Command::new("cargo")
        .args(["nextest", "run", "--locked", "-p", &bug.package, "--lib"])
        .args(more)
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .env("INSTA_UPDATE", "no")
        .env("PROPTEST_RNG_SEED", "2018")
        .env_remove("RUSTFLAGS")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cargo nextest cannot be started")
}

/// Copies all files that git knows or would add, and those alone; unchanged ones keep their time, so that builds are reused.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(from)
        .output()
        .context("git cannot be started")?;
    ensure!(
        listed.status.success(),
        "git cannot list the files of the project"
    );
    for name in listed
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let name = std::str::from_utf8(name).context("a file's name is no text")?;
        let (source, target) = (from.join(name), to.join(name));
        let Ok(wanted) = fs::read(&source) else {
            continue;
        };
        if fs::read(&target).is_ok_and(|known| known == wanted) {
            continue;
        }
        if let Some(directory) = target.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&target, wanted).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

fn say(line: &str) {
    // Nowhere is left to say that printing failed.
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Semantics §14 has so many properties.
    const PROPERTIES: usize = 39;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn sources(directory: &Path, into: &mut String) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_check_of_reports_has_its_tests() {
        let text = fs::read_to_string(root().join("docs/PROPERTIES.md")).unwrap();
        let (_, section) = text.split_once("## Checks of reports").unwrap();
        let (section, _) = section.split_once("## By command").unwrap();
        let (_, section) = section.split_once("\n\n|").unwrap();
        let mut code = String::new();
        for part in ["reporter/src", "reporter/tests"] {
            sources(&root().join(part), &mut code);
        }
        for check in 1..=11 {
            let start = format!("| {check} | ");
            let row = section.lines().find(|line| line.starts_with(&start));
            let row = row.unwrap_or_else(|| panic!("there is no check {check}"));
            assert!(row.contains('`'), "check {check} names no test");
        }
        // What stands between backquotes is a test.
        for name in section.split('`').skip(1).step_by(2) {
            assert!(
                code.contains(&format!("fn {name}(")),
                "there is no test {name}"
            );
        }
    }

    #[test]
    fn every_property_has_a_test_and_a_bug_that_can_be_planted() {
        let text = fs::read_to_string(root().join("tests/planted/bugs.toml")).unwrap();
        let list: List = toml::from_str(&text).unwrap();
        for bug in &list.bug {
            let file = fs::read_to_string(root().join(&bug.file)).unwrap();
            let found = file.matches(&bug.find).count();
            assert_eq!(found, 1, "{}: {} in {}", bug.property, bug.find, bug.file);
            assert_ne!(bug.find, bug.replace, "{}", bug.property);
        }
        let planted: BTreeSet<&str> = list.bug.iter().map(|bug| bug.property.as_str()).collect();
        let all: Vec<String> = (1..=PROPERTIES)
            .map(|number| format!("p{number:02}"))
            .collect();
        assert_eq!(planted, all.iter().map(String::as_str).collect());
        let mut code = String::new();
        for part in ["ledger/src", "reporter/src"] {
            sources(&root().join(part), &mut code);
        }
        for property in all {
            assert!(
                code.contains(&format!("fn {property}_")),
                "no test is called {property}_…"
            );
        }
    }
}
