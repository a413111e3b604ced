//! Delivery by a command: the event on its standard input, exit code 0 if it has arrived.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// How often the command is asked whether it is done ...
const GLANCE: Duration = Duration::from_millis(20);
/// ... and how often before it is ended: after half a minute.
const GLANCES: u32 = 1_500;

/// Runs `command` in a shell with `body` and a line break on its standard input.
///
/// Nothing of the event is on the command line, where every user of the host could read it. A command that takes
/// longer than half a minute is ended with all that it started.
///
/// # Errors
/// What went wrong, in words for people: the event has to be delivered again.
pub fn deliver(command: &str, body: &str) -> Result<(), String> {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("the command cannot be started: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        match input.write_all(format!("{body}\n").as_bytes()) {
            // A command that does not read may know enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                end(&mut child);
                return Err(format!("the command cannot be written to: {error}"));
            }
            _ => {}
        }
    }
    for _ in 0..GLANCES {
        match child.try_wait() {
            Ok(Some(status)) => return judge(status),
            Ok(None) => std::thread::park_timeout(GLANCE),
            Err(error) => return Err(format!("the command cannot be waited for: {error}")),
        }
    }
    end(&mut child);
    Err("the command did not end within 30 s and was ended".to_owned())
}

fn judge(status: ExitStatus) -> Result<(), String> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(format!("the command ended with exit code {code}")),
        None => Err(format!("the command was ended: {status}")),
    }
}

/// Ends the command and what it started. It may be gone already.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_the_event_and_its_exit_code_says_whether_it_arrived() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("got");
        let into = format!("cat > {}", file.display());
        assert_eq!(deliver(&into, "{\"id\":1}"), Ok(()));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "{\"id\":1}\n");
        for (command, said) in [
            ("exit 7", "the command ended with exit code 7"),
            (
                "kill -TERM $$",
                "the command was ended: signal: 15 (SIGTERM)",
            ),
        ] {
            assert_eq!(deliver(command, "{}"), Err(said.to_owned()));
        }
    }

    #[test]
    fn a_command_that_does_not_read_is_no_error() {
        let body = "x".repeat(1 << 20);
        assert_eq!(deliver("exec < /dev/null; exit 0", &body), Ok(()));
    }
}
