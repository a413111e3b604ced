//! What people type and what they read.

use super::*;

/// Runs a command line as typed; its output, or its exit code and what it complains about.
fn run(line: &str) -> Result<ExitCode, (u8, String)> {
    let words = line.split_whitespace();
    let cli = Cli::try_parse_from(words).map_err(|error| (exit::USAGE, error.to_string()))?;
    cli.run().map_err(|error| (code_of(&error), tell(&error)))
}

/// A plan that cannot be read beside one that can.
fn plans() -> (tempfile::TempDir, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let good = include_str!("../../../probes.toml");
    let path = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (fine, wrong) = (path("fine.toml", good), path("wrong.toml", "regions = 3"));
    (dir, fine, wrong)
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn each_kind_of_mistake_has_its_exit_code() {
    let (_dir, fine, wrong) = plans();
    for (line, code) in [
        ("prober".to_owned(), 64),
        ("prober look".to_owned(), 64),
        (format!("prober next --plan {fine} nothing"), 64),
        (format!("prober next --plan {fine} --region mars"), 64),
        (format!("prober try --plan {fine} nothing"), 64),
        (
            format!("prober try --plan {fine} user-login --account x"),
            64,
        ),
        (format!("prober try --plan {fine} port --account x"), 64),
        (format!("prober try --plan {fine} user-login"), 78),
        (format!("prober check {wrong}"), 78),
        ("prober check /nowhere/probes.toml".to_owned(), 74),
    ] {
        let error = run(&line).expect_err(&line);
        assert_eq!(error.0, code, "{line}: {}", error.1);
    }
}

#[test]
fn an_unknown_region_is_answered_with_those_there_are() {
    let (_dir, fine, _) = plans();
    let (_, message) = run(&format!("prober next --plan {fine} --region mars")).unwrap_err();
    assert_eq!(
        message,
        "region \"mars\" is not in the plan; it has east, central, west"
    );
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let help = Cli::command().render_help().to_string();
    insta::assert_snapshot!(help, @r"
    Looks at a site as its users do, on a schedule, and keeps the record

    Usage: prober [OPTIONS] <COMMAND>

    Commands:
      agent        Look on, by the schedules of the plan
      check        Check a plan: all mistakes at once
      next         Show the next slots
      try          Make one attempt now and draw it
      enroll       Make this agent known to a hub
      status       Show how the agents of this machine stand with their hub
      plan         Sign plans that agents fetch
      completions  Print completions for a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
          --log <LOG>  How log lines look; `RUST_LOG` says which are shown [default: text] [possible
                       values: text, json]
      -h, --help       Print help (see more with '--help')
      -V, --version    Print version

    Examples:
      prober check probes.toml              is the plan right?
      prober next user-login -n 3           when will it look next, and from where?
      prober try user-login                 one login now, drawn as a waterfall
      prober agent --region east            look on; the record is data/east.db
      prober enroll --hub URL --token T     from now on, send the record to a hub
      prober status                         what waits, and what has the hub?
      prober completions bash > ~/.local/share/bash-completion/completions/prober

    Exit codes:
       0  done
       1  the attempt of `prober try` was not good
      64  the command line is wrong
      74  a file, the database or the network of this machine failed
      78  the plan or a secret is wrong
    ");
}

/// A plan that looks once a year; its one password is a variable that every process has.
const PORT: &str = r#"
regions = ["east"]
canary = "none"
[site]
name = "Groupdesk"
url = "https://groupdesk.test"
dns = "system"
[[probe]]
name = "port"
check.tcp = "127.0.0.1:1"
schedule = "0 0 0 1 1 ?"
[[persona]]
name = "user"
[[persona.account]]
label = "user-1"
username = "ana"
password = { env = "PATH" }
[[journey]]
name = "login"
[[journey.step]]
name = "form"
get = "/login"
expect.status = 200
[[probe]]
name = "login"
journey = "login"
persona = "user"
schedule = "0 0 0 1 1 ?"
[[contract]]
id = "acme"
customer = "ACME"
zone = "UTC"
target = 99.9
"#;

#[test]
fn a_record_that_cannot_be_used_is_refused_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("probes.toml"), PORT).unwrap();
    std::fs::write(
        path("east.db"),
        "some notes of my own, long enough to be read as a header",
    )
    .unwrap();
    std::fs::write(path("file"), "").unwrap();
    let (plan, here) = (path("probes.toml"), dir.path());
    for (data, name, code, expected) in [
        (here.to_owned(), "east", 74, "is no record"),
        (path("file"), "east", 74, "cannot open"),
        (here.to_owned(), "East", 64, "is not a name"),
    ] {
        let (plan, data) = (plan.display(), data.display());
        let line = format!(
            "prober agent --region east --plan {plan} --data {data} --name {name} --for 0s"
        );
        let (found, message) = run(&line).expect_err(&line);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn an_agent_makes_its_record_and_leaves_in_order_twice() {
    let dir = tempfile::tempdir().unwrap();
    let plan = dir.path().join("probes.toml");
    std::fs::write(&plan, PORT).unwrap();
    let (plan, data) = (plan.display(), dir.path().join("deep/data"));
    let line = format!(
        "prober agent --region east --plan {plan} --data {} --for 0s",
        data.display()
    );
    assert_eq!(run(&line), Ok(ExitCode::SUCCESS));
    assert!(data.join("east.db").is_file());
    assert_eq!(run(&line), Ok(ExitCode::SUCCESS), "the same record again");
}

#[test]
fn a_missing_secret_is_told_with_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let plan = dir.path().join("probes.toml");
    let bearer =
        "check.https = \"https://groupdesk.test/\"\ncheck.bearer = { env = \"PROBER_TEST_UNSET\" }";
    std::fs::write(&plan, PORT.replace("check.tcp = \"127.0.0.1:1\"", bearer)).unwrap();
    let line = format!("prober agent --region east --plan {}", plan.display());
    let (code, message) = run(&line).unwrap_err();
    assert_eq!(
        (code, message.as_str()),
        (
            78,
            "probe port: environment variable PROBER_TEST_UNSET is not set"
        )
    );
}
