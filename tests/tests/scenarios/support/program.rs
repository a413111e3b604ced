//! A program of this workspace as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything here takes on a busy machine: a scenario fails instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program; dropping it kills it, by its own process id.
pub(crate) struct Program {
    name: String,
    child: Child,
    pub(crate) out: Lines,
    pub(crate) err: Lines,
}

/// What a program says, line by line, read on a thread so that it never waits for us.
pub(crate) struct Lines {
    of: String,
    lines: mpsc::Receiver<String>,
    /// All lines taken so far, each with its line break; only the last one may lack it.
    seen: String,
}

/// How a program ended, and all that it said.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The path of a binary that cargo built beside the stand-in.
pub(crate) fn binary(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_groupdesk")).with_file_name(name);
    assert!(
        path.exists(),
        "{} is missing; run `cargo build --workspace` first",
        path.display()
    );
    path
}

/// A command for a binary of this workspace, without the log settings of whoever runs the tests.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// A command for an example of this crate, which cargo builds with the tests.
pub(crate) fn example(name: &str) -> Command {
    let beside = binary("groupdesk").with_file_name("examples");
    let path = beside.join(name);
    assert!(
        path.exists(),
        "{} is missing; run `cargo build --workspace --all-targets` first",
        path.display()
    );
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}

/// Starts `command`.
pub(crate) fn start(command: &mut Command) -> Program {
    let name = command.get_program().to_string_lossy().into_owned();
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let out = Lines::of(format!("output of {name}"), child.stdout.take().unwrap());
    let err = Lines::of(
        format!("error output of {name}"),
        child.stderr.take().unwrap(),
    );
    Program {
        name,
        child,
        out,
        err,
    }
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    start(command).wait()
}

/// The numbers that an agent acknowledged on its output, by all lines that are complete.
pub(crate) fn acknowledged(said: &str) -> Vec<u64> {
    let complete = said
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    let number = |line: &str| {
        line.strip_prefix("ack ")
            .and_then(|number| number.parse().ok())
    };
    complete
        .map(|line| number(line).unwrap_or_else(|| panic!("{line:?} is no acknowledgement")))
        .collect()
}

impl Program {
    /// Says something on its standard input, which must be a pipe.
    pub(crate) fn say(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        input.write_all(text.as_bytes()).unwrap();
    }

    /// Asks it to leave (SIGTERM), and waits until it has.
    pub(crate) fn leave(self) -> Ended {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub(crate) fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.wait()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end; its output ends with it.
    pub(crate) fn wait(mut self) -> Ended {
        let (out, err) = (self.out.rest(), self.err.rest());
        let status = self.child.wait().unwrap();
        Ended { status, out, err }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail once it is gone, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{} said:\n{}{}", self.name, self.out.seen, self.err.seen);
        }
    }
}

impl Lines {
    fn of(of: String, stream: impl Read + Send + 'static) -> Self {
        let (told, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).into_owned();
                if told.send(text).is_err() {
                    break;
                }
                line.clear();
            }
        });
        Self {
            of,
            lines,
            seen: String::new(),
        }
    }

    /// The next line with its break; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<String> {
        match self.within(PATIENCE) {
            Ok(line) => line,
            Err(()) => panic!("the {} stopped after:\n{}", self.of, self.seen),
        }
    }

    /// The next line, if it comes in time; `Ok(None)` at the end.
    pub(crate) fn within(&mut self, patience: Duration) -> Result<Option<String>, ()> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => {
                self.seen += &line;
                Ok(Some(line))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(()),
        }
    }

    /// Takes lines up to the first that `fits`.
    pub(crate) fn until(&mut self, fits: impl Fn(&str) -> bool) -> String {
        loop {
            match self.next() {
                Some(line) if fits(&line) => return line,
                Some(_) => {}
                None => panic!("the {} ended with:\n{}", self.of, self.seen),
            }
        }
    }

    /// All lines from the first to the last one.
    fn rest(&mut self) -> String {
        while self.next().is_some() {}
        std::mem::take(&mut self.seen)
    }
}
