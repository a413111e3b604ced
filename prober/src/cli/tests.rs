//! What people type and what they read.

use super::*;

/// Runs a command line as typed; its output, or its exit code and what it complains about.
fn run(line: &str) -> Result<ExitCode, (u8, String)> {
    let words = line.split_whitespace();
    let cli = Cli::try_parse_from(words).map_err(|error| (exit::USAGE, error.to_string()))?;
    cli.run()
        .map_err(|error| (code_of(&error), format!("{error:#}")))
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
      prober completions bash > ~/.local/share/bash-completion/completions/prober

    Exit codes:
       0  done
       1  the attempt of `prober try` was not good
      64  the command line is wrong
      74  a file, the database or the network of this machine failed
      78  the plan or a secret is wrong
    ");
}
