//! The same of an agent that reports to a hub: tokens, keys, and the password of the hub's database.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{SECRETS, keep_secrets, leaks, read_all};
use crate::support::cluster::cluster;
use crate::support::program::{Program, command, run, start};
use crate::support::town::Town;
use crate::uplink::Hub;

/// Where keys are kept, below the town.
const KEYS: [&str; 4] = ["hub/hub.key", "hub/ca.key", "hub/tls.key", "data/east.key"];
/// What is planted into the address of the database.
const PASSWORD: &str = "Rot+kehlchen-4711";

fn traced(command: &mut Command) -> &mut Command {
    command.env("RUST_LOG", "trace")
}

/// What everybody on this machine sees of a process.
fn command_line(program: &Program) -> Vec<u8> {
    let pid = program.pid().as_raw_nonzero();
    fs::read(format!("/proc/{pid}/cmdline")).unwrap()
}

#[test]
fn neither_agent_nor_hub_tells_a_token_a_key_or_a_password() {
    let dir = tempfile::tempdir().unwrap();
    keep_secrets(&dir.path().join("site"));
    let town = Town::at(dir, "");
    town.plan("probes.toml", include_str!("../support/plan.toml"));
    let (hub, serving) = Hub::begin_traced(&town);
    let token = hub.invite("east");
    fs::write(town.dir().join("site/token"), &token).unwrap();
    let enroll = hub.enroll_line("-").replace("--token -", "--token-file -");
    let given = fs::File::open(town.dir().join("site/token")).unwrap();
    let enrolled = run(traced(&mut town.command(&enroll)).stdin(given));
    assert!(enrolled.status.success(), "{}", enrolled.err);
    let mut agent = start(traced(
        &mut town.command("prober agent --acks --name east --bind 127.0.0.2"),
    ));
    for _ in 0..6 {
        agent.out.until(|line| line.starts_with("ack "));
    }
    let mut written = vec![
        ("the agent's command line".to_owned(), command_line(&agent)),
        ("the hub's command line".to_owned(), command_line(&serving)),
    ];
    let mut said = vec![
        ("prober enroll".to_owned(), enrolled),
        ("prober agent".to_owned(), agent.leave()),
    ];
    for line in asked(&town.today()[..7]) {
        said.push((line.clone(), run(&mut town.command(&line))));
    }
    // Killed, so that the write-ahead log is left as it is.
    let ended = serving.kill();
    assert!(ended.err.contains("TRACE"), "everything was logged");
    said.push(("reporter serve".to_owned(), ended));
    for (place, ended) in said {
        written.push((place, (ended.out + &ended.err).into_bytes()));
    }
    let mut files = Vec::new();
    read_all(town.dir(), &mut files);
    let kept = |place: &str| KEYS.iter().any(|key| place.ends_with(key));
    let (keys, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(place, _)| kept(place));
    assert_eq!(keys.len(), KEYS.len(), "{keys:?}");
    for end in ["hub.db", "hub.db-wal", "east.db", "evidence.tar"] {
        assert!(files.iter().any(|(place, _)| place.ends_with(end)), "{end}");
    }
    written.extend(files);
    let secrets = planted(town.dir(), &token);
    let secrets: Vec<(&str, &str)> = (secrets.iter())
        .map(|(name, secret)| (name.as_str(), secret.as_str()))
        .chain(SECRETS)
        .collect();
    assert_eq!(leaks(&written, &secrets), Vec::<String>::new());
    for (place, bytes) in &written {
        for key in KEYS {
            let raw = raw(&town.dir().join(key));
            let holds = bytes.windows(raw.len()).any(|part| part == raw);
            assert!(!holds, "{place} holds the bytes of {key}");
        }
    }
}

/// What operators ask of both, and the report of that month.
fn asked(month: &str) -> [String; 4] {
    [
        "prober status".to_owned(),
        "reporter agents list --json --data hub".to_owned(),
        "reporter agents ca --data hub".to_owned(),
        format!("reporter month --out report {month} hub/hub.db"),
    ]
}

#[test]
fn a_hub_does_not_tell_the_password_of_its_database() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}&password={PASSWORD}", cluster().database());
    let listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    let mut serve = command("reporter");
    serve.args(["serve", "--data"]).arg(directory.path());
    serve.args(listen).env("GROUPDESK_STORE", &url);
    let mut serving = start(traced(&mut serve));
    serving
        .err
        .until(|line| line.contains("listening to agents"));
    let mut list = command("reporter");
    list.args(["agents", "list", "--data"])
        .arg(directory.path());
    let listed = run(traced(list.env("GROUPDESK_STORE", &url)));
    assert!(listed.status.success(), "{}", listed.err);
    // Somebody gives it on the command line, against all advice, and it cannot be reached.
    let nowhere = url.replace("host=", "host=/nowhere");
    let mut fails = command("reporter");
    let fails = run(traced(fails.args([
        "days",
        "--from",
        "2018-12-14",
        &nowhere,
    ])));
    assert!(!fails.status.success());
    let mut written = vec![("command line".to_owned(), command_line(&serving))];
    for (place, ended) in [
        ("reporter serve", serving.leave()),
        ("reporter agents", listed),
        ("reporter days", fails),
    ] {
        written.push((place.to_owned(), (ended.out + &ended.err).into_bytes()));
    }
    read_all(directory.path(), &mut written);
    assert_eq!(
        leaks(&written, &[("password", PASSWORD)]),
        Vec::<String>::new()
    );
}

/// The token, and each key as its file has it.
fn planted(town: &Path, token: &str) -> Vec<(String, String)> {
    let mut secrets = vec![("the token".to_owned(), token.to_owned())];
    for key in KEYS {
        // Behind the first two lines some kinds have their public half.
        let lines = pem(&town.join(key)).into_iter().take(2);
        secrets.extend(lines.map(|line| (key.to_owned(), line)));
    }
    secrets
}

/// The lines of a PEM file between its marks.
fn pem(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    lines.map(str::to_owned).collect()
}

/// The secret itself, 32 bytes in what PKCS #8 says around it.
fn raw(file: &Path) -> Vec<u8> {
    let bytes = STANDARD.decode(pem(file).concat()).unwrap();
    let mark = bytes.windows(2).position(|two| two == [0x04, 0x20]);
    let begin = mark.expect("a string of 32 bytes") + 2;
    bytes[begin..begin + 32].to_vec()
}
