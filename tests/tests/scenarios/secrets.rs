//! Secrets are nowhere but where they are kept: not in what a program says, not in what it writes.

mod hub;

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::program::{self, run};
use crate::support::town::Town;

/// Passwords with something that every encoding writes in its own way, and a token that a header can carry.
const SECRETS: [(&str, &str); 5] = [
    ("passwords/user-1", "Ka+narie&vogel/1=\"gelb\"%\\ü"),
    ("passwords/user-2", "Ka+narie&vogel/2=\"gelb\"%\\ü"),
    ("passwords/traveler-1", "Zei+sig&vogel/1=\"gruen\"%\\ü"),
    ("passwords/traveler-2", "Zei+sig&vogel/2=\"gruen\"%\\ü"),
    ("platform-token", "stieglitz~token_4711-of.the.platform"),
];

/// Everything goes well at first, then wrong in many ways, so that all that is ever said of trouble is said.
const SCRIPT: &str = "
[[fault]]
kind = 'login_refused'
from = '+3s'
for = '2s'
[[fault]]
kind = 'wrong_content'
from = '+5s'
for = '1s'
[[fault]]
kind = 'truncated'
from = '+6s'
for = '1s'
[[fault]]
kind = 'platform_auth'
from = '+5s'
for = '2s'
";

const PLATFORM: &str = "
[[probe]]
name = 'cluster-login'
check.self_subject_review = 'https://PLATFORM'
check.bearer = { file = 'site/platform-token' }
schedule = '* * * * * *'
fast = 'none'
";

#[test]
fn no_output_and_no_file_holds_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    keep_secrets(&dir.path().join("site"));
    let town = Town::at(dir, SCRIPT);
    let plan = include_str!("support/plan.toml").to_owned() + PLATFORM;
    town.plan("probes.toml", &plan);
    let mut said = Vec::new();
    for line in [
        "prober check --print",
        "prober next -n 3",
        "prober try user-login",
        "prober try traveler-app --log json",
        "prober try cluster-login",
    ] {
        let ended = run(town.command(line).env("RUST_LOG", "trace"));
        said.push((line.to_owned(), ended.out + &ended.err));
    }
    assert!(said[2].1.contains("TRACE"), "everything was logged");
    let mut agent = program::start(town.agent_command("east").env("RUST_LOG", "trace"));
    while crate::support::record::end(&town.record("east")).is_none_or(|end| end < town.second(8)) {
        agent.out.until(|line| line.starts_with("ack "));
    }
    // Killed, so that the write-ahead log is left as it is.
    let ended = agent.kill();
    said.push(("prober agent".to_owned(), ended.out + &ended.err));
    assert!(town.record("east").with_extension("db-wal").exists());
    for command in ["days --json --from", "days --from"] {
        let line = format!("reporter {command} {}", town.today());
        let ended = run(&mut town.command(&line));
        said.push((line, ended.out + &ended.err));
    }
    let month = format!("reporter month --out report {}", &town.today()[..7]);
    assert!(run(&mut town.command(&month)).status.success());
    for (place, text) in &said {
        assert!(text.len() > 40, "{place} said something: {text}");
        // What a page holds is the site's: a token for its forms, or whatever it repeats.
        assert!(!text.contains("name=\"csrf\""), "{place} shows a page");
    }
    let mut written = said
        .into_iter()
        .map(|(place, text)| (place, text.into_bytes()))
        .collect();
    read_all(town.dir(), &mut written);
    assert!(
        written
            .iter()
            .any(|(place, _)| place.ends_with("report.html"))
    );
    assert_eq!(leaks(&written, &SECRETS), Vec::<String>::new());
}

#[test]
fn a_secret_would_be_found_in_every_disguise() {
    let (_, secret) = SECRETS[0];
    for (disguise, text) in disguises(secret) {
        let page = [b"before ", text.as_bytes(), b" after"].concat();
        let found = leaks(&[("page".to_owned(), page)], &SECRETS);
        assert!(!found.is_empty(), "{disguise}: {text}");
    }
    // In the midst of other things, such as the credentials of a Basic login.
    for before in ["user-1:", "a", "ab"] {
        let token = STANDARD.encode(format!("{before}{secret}!"));
        let found = leaks(&[("page".to_owned(), token.clone().into_bytes())], &SECRETS);
        assert!(!found.is_empty(), "{token}");
    }
}

/// Makes the directory of a stand-in in which these secrets are kept already.
fn keep_secrets(site: &Path) {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(site.join("passwords")).unwrap();
    for (file, secret) in SECRETS {
        let mut options = fs::OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .mode(0o600)
            .open(site.join(file));
        std::io::Write::write_all(&mut file.unwrap(), secret.as_bytes()).unwrap();
    }
}

/// All files under `directory` except those of the stand-in.
fn read_all(directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("site") {
            read_all(&path, files);
        } else if path.is_file() {
            files.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// Where which secret was found, and in which disguise.
fn leaks(written: &[(String, Vec<u8>)], secrets: &[(&str, &str)]) -> Vec<String> {
    let mut leaks = Vec::new();
    for (place, bytes) in written {
        let said = String::from_utf8_lossy(bytes);
        for (file, secret) in secrets {
            for (disguise, text) in disguises(secret) {
                if let Some((before, _)) = said.split_once(&text) {
                    let line = before.lines().last().unwrap_or_default();
                    leaks.push(format!("{place} holds {file} as {disguise} after {line:?}"));
                }
            }
        }
    }
    leaks
}

/// All ways in which a secret may be written.
fn disguises(secret: &str) -> Vec<(&'static str, String)> {
    let hex = |upper: bool| {
        let byte = |byte: u8| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        };
        secret.bytes().map(byte).collect::<String>()
    };
    let json = serde_json::to_string(secret).unwrap();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let bytes = format!("{:?}", secret.as_bytes());
    let mut all = vec![
        ("itself", secret.to_owned()),
        ("JSON", json.trim_matches('"').to_owned()),
        (
            "Rust text",
            format!("{secret:?}").trim_matches('"').to_owned(),
        ),
        ("Rust bytes", secret.as_bytes().escape_ascii().to_string()),
        ("a list of bytes", bytes.trim_matches(['[', ']']).to_owned()),
        ("form", form.clone()),
        ("URL", form.replace('+', "%20")),
        ("hex", hex(false)),
        ("HEX", hex(true)),
        ("Base64", STANDARD.encode(secret)),
    ];
    // In the midst of other text, only the groups that lie wholly inside it are always the same.
    for shift in 0..3 {
        let shifted = [vec![b'_'; shift], secret.as_bytes().to_vec()].concat();
        for (engine, name) in [
            (&STANDARD_NO_PAD, "Base64 inside"),
            (&URL_SAFE_NO_PAD, "URL-safe Base64 inside"),
        ] {
            let whole = shifted.len() / 3 * 4;
            let text = engine.encode(&shifted);
            all.push((
                name,
                text[(if shift == 0 { 0 } else { 4 })..whole].to_owned(),
            ));
        }
    }
    all
}
