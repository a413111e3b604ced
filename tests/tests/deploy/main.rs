//! The files under deploy/, held against the tools that read them and the programs that they start.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod image;
#[cfg(test)]
mod installed;
#[cfg(test)]
#[path = "../../../reporter/tests/command/looks.rs"]
mod looks;
#[cfg(test)]
mod units;

/// Where the files are.
#[cfg(test)]
fn deploy() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace")
        .join("deploy")
}

/// The files in a directory below deploy/, sorted.
#[cfg(test)]
fn files(directory: &str) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(deploy().join(directory)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Runs a tool that tests/run installs; where it is missing this says so, and on a CI machine that is a failure.
#[cfg(test)]
fn tool(command: &mut std::process::Command) -> Option<std::process::Output> {
    match command.output() {
        Ok(done) => Some(done),
        Err(error) => {
            let name = command.get_program().to_string_lossy();
            assert!(std::env::var_os("CI").is_none(), "{name}: {error}");
            eprintln!(
                "SKIPPED, not tried: {name} is needed here, and tests/run installs it: {error}"
            );
            None
        }
    }
}
