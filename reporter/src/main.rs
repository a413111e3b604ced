//! The `reporter` binary: parses the command line, runs the command, and tells in its exit code how it ended.

use std::process::ExitCode;

fn main() -> ExitCode {
    reporter::cli::main()
}
