//! What goes in wrong comes out as one clear message and an exit code: never half a result, never a panic.

mod corrections;
mod files;
mod plans;
mod records;

use std::fmt::Write as _;
use std::path::Path;

use crate::support::program::{Ended, command, run};

/// Runs each line in `directory` and tells how it ended, for a snapshot.
///
/// What must hold of every mistake is asserted here: an exit code for it, nothing on the output, no panic.
fn told(directory: &Path, lines: &[&str]) -> String {
    let mut told = String::new();
    for line in lines {
        let ended = try_line(directory, line);
        let code = ended.status.code().expect("it was not killed");
        assert!(
            [64, 74, 78].contains(&code),
            "{line}: {code}\n{}",
            ended.err
        );
        assert_eq!(ended.out, "", "{line}: half a result");
        for word in [
            "panicked",
            "RUST_BACKTRACE",
            "stack backtrace",
            "Error {",
            "Some(",
        ] {
            assert!(!ended.err.contains(word), "{line}: {}", ended.err);
        }
        writeln!(told, "$ {line}\n{}-> {code}", ended.err).unwrap();
    }
    told
}

fn try_line(directory: &Path, line: &str) -> Ended {
    let mut words = line.split(' ');
    let mut program = command(words.next().expect("a program"));
    // Whatever the machine's language, size and zone: the same text.
    program
        .env("COLUMNS", "100")
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    run(program.current_dir(directory).args(words))
}
