//! A site by the command line: issued once, the same twice, never half, and made anew from what is kept.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use insta::assert_snapshot;
use reporter::publish::Lock;
use serde_json::Value;

use crate::{records, reporter, text};

const TWO: &str = "data/central.db data/east.db";
const ALL: &str = "data/central.db data/east.db late/west.db";
const AFTER: &str = "--as-of 2019-01-04T05:00:00Z";

/// Publishes, which must work; what it says on standard error.
fn publish(root: &Path, rest: &str) -> String {
    let output = reporter(root, &format!("publish --out www {rest}"));
    let said = text(&output.stderr);
    assert!(output.status.success(), "{rest}: {said}");
    assert_eq!(text(&output.stdout), "www\n");
    said
}

/// All files below a directory, by their paths.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

fn below(files: &BTreeMap<String, Vec<u8>>, directory: &str) -> BTreeMap<String, Vec<u8>> {
    let own = files.iter().filter(|(path, _)| path.starts_with(directory));
    own.map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect()
}

fn status(root: &Path) -> Value {
    serde_json::from_slice(&fs::read(root.join("www/example/status.json")).unwrap()).unwrap()
}

#[test]
fn a_month_is_issued_once_and_what_changes_it_later_is_a_revision_beside_it() {
    let directory = records::one_is_late();
    let root = directory.path();
    let open = publish(root, &format!("--as-of 2018-12-17T05:00:00Z {TWO}"));
    assert!(open.ends_with(" of them new or changed.\n"), "{open}");
    assert_eq!(
        status(root)["reports"][0]["revisions"],
        Value::Array(Vec::new())
    );
    assert!(
        !root.join("data/issued/example/2018-12").exists(),
        "not before its time"
    );

    let said = publish(root, &format!("{AFTER} {TWO}"));
    assert!(
        said.starts_with("Issued: example, December 2018, revision 1.\n"),
        "{said}"
    );
    let first = files(&root.join("www"));
    let inode = fs::metadata(root.join("www")).unwrap().ino();
    let said = publish(root, &format!("{AFTER} {TWO}"));
    assert!(
        said.ends_with(" files, all as before; nothing was touched.\n"),
        "{said}"
    );
    assert_eq!(files(&root.join("www")), first, "the same twice");
    assert_eq!(
        fs::metadata(root.join("www")).unwrap().ino(),
        inode,
        "and untouched"
    );

    let said = publish(root, &format!("{AFTER} {ALL}"));
    assert!(
        said.starts_with("Issued: example, December 2018, revision 2.\n"),
        "{said}"
    );
    let second = files(&root.join("www"));
    let at = "example/reports/2018-12";
    assert_eq!(
        below(&second, &format!("{at}/rev-1")),
        below(&first, &format!("{at}/rev-1"))
    );
    let revisions = &status(root)["reports"][0]["revisions"];
    assert_eq!(revisions.as_array().map(Vec::len), Some(2));
    assert!(revisions[1]["changes"].as_u64() > Some(10), "{revisions}");
    let page = text(&second["example/reports/index.html"]);
    assert!(
        page.contains("href=\"2018-12/rev-2/changes.txt\">list</a>"),
        "{page}"
    );
    assert_eq!(
        second[&format!("{at}/report.json")],
        second[&format!("{at}/rev-2/report.json")]
    );
    let feed = text(&second["example/atom.xml"]);
    assert_eq!(
        feed.matches("<category term=\"report\"/>").count(),
        2,
        "{feed}"
    );
}

#[test]
fn issued_reports_lead_to_the_pages_of_their_incidents_and_the_address_makes_no_revision() {
    let directory = records::one_is_late();
    let root = directory.path();
    publish(
        root,
        &format!("{AFTER} --url https://status.example.com {TWO}"),
    );
    let site = files(&root.join("www"));
    let report = "example/reports/2018-12/rev-1";
    let document: Value = serde_json::from_slice(&site[&format!("{report}/report.json")]).unwrap();
    let html = text(&site[&format!("{report}/report.html")]);
    let incidents = document["incidents"].as_array().unwrap();
    assert!(!incidents.is_empty());
    for one in incidents {
        let link = one["link"].as_str().unwrap();
        let path = link.strip_prefix("https://status.example.com/").unwrap();
        assert!(site.contains_key(path), "{path}");
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
    let said = publish(
        root,
        &format!("{AFTER} --url https://moved.example.com {TWO}"),
    );
    assert!(!said.contains("Issued"), "{said}");
}

#[test]
fn a_lost_site_is_made_anew_from_the_records_and_what_is_kept() {
    let directory = records::one_is_late();
    let root = directory.path();
    publish(root, &format!("{AFTER} {TWO}"));
    publish(root, &format!("{AFTER} {ALL}"));
    let (site, kept) = (files(&root.join("www")), files(&root.join("data/issued")));
    fs::remove_dir_all(root.join("www")).unwrap();
    let said = publish(root, &format!("{AFTER} {ALL}"));
    assert!(!said.contains("Issued"), "{said}");
    assert_eq!(files(&root.join("www")), site);
    assert_eq!(files(&root.join("data/issued")), kept);
    // The month's records are gone for good; what was issued of it stays.
    let later = "--from 2019-01 --as-of 2019-02-04T05:00:00Z";
    publish(root, &format!("{later} {ALL}"));
    let after = files(&root.join("www"));
    let reports = "example/reports/2018-12";
    assert_eq!(below(&after, reports), below(&site, reports));
    assert!(after.contains_key("example/incidents/2018-12-14-1715.html"));
    // And a site without what is kept issues the same report for the first time.
    fs::remove_dir_all(root.join("data/issued")).unwrap();
    let said = publish(root, &format!("{AFTER} {ALL}"));
    assert!(said.contains("December 2018, revision 1"), "{said}");
}

#[test]
fn a_quarter_is_issued_with_its_last_month_and_a_cut_between_them_is_made_good() {
    let directory = records::one_is_late();
    let root = directory.path();
    let kept = root.join("data/issued/example");
    let said = publish(root, &format!("--from 2018-10 {AFTER} {TWO}"));
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("Issued"))
        .collect();
    assert_eq!(
        lines,
        [
            "Issued: example, quarter 4 of 2018, revision 1.",
            "Issued: example, October 2018, revision 1.",
            "Issued: example, November 2018, revision 1.",
            "Issued: example, December 2018, revision 1.",
        ]
    );
    let said = publish(root, &format!("--from 2018-10 {AFTER} {ALL}"));
    for name in ["quarter 4 of 2018", "December 2018"] {
        assert!(said.contains(&format!("{name}, revision 2.")), "{said}");
    }
    let whole = files(&kept);
    // As if it had been cut after the quarter: the month is still due, and the quarter is not issued again.
    fs::remove_dir_all(kept.join("2018-12/rev-2")).unwrap();
    let said = publish(root, &format!("--from 2018-10 {AFTER} {ALL}"));
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("Issued"))
        .collect();
    assert_eq!(lines, ["Issued: example, December 2018, revision 2."]);
    assert!(files(&kept) == whole, "the same as without the cut");
    let names = status(root)["reports"].clone();
    let names: Vec<&str> = names
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["2018-12", "2018-Q4", "2018-11", "2018-10"]);
}

#[test]
fn contracts_have_directories_of_their_own_and_what_belongs_no_more_is_gone() {
    let directory = records::one_is_late();
    let root = directory.path();
    let plan = include_str!("probes.toml");
    let (head, contract) = plan.split_once("[[contract]]").unwrap();
    let other = contract.replace("id = \"example\"", "id = \"other\"");
    fs::write(
        root.join("two.toml"),
        format!("{head}[[contract]]{contract}\n[[contract]]{other}"),
    )
    .unwrap();
    publish(root, &format!("--plan two.toml {AFTER} {TWO}"));
    let both = files(&root.join("www"));
    assert!(both.contains_key("example/index.html") && both.contains_key("other/index.html"));
    let all = text(&both["index.html"]);
    assert!(
        all.contains("href=\"example/index.html\"") && all.contains("href=\"other/index.html\"")
    );
    publish(
        root,
        &format!("--plan two.toml --contract other {AFTER} {TWO}"),
    );
    let one = files(&root.join("www"));
    assert!(below(&one, "example").is_empty());
    assert_eq!(below(&one, "other"), below(&both, "other"));
}

#[test]
fn nobody_looking_is_unknown_and_nothing_of_the_watched_site_is_shown() {
    let directory = records::one_is_late();
    let root = directory.path();
    // As of the real clock: years later.
    publish(root, TWO);
    let now = status(root);
    for one in now["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .chain(now["regions"].as_array().unwrap())
    {
        assert_eq!(one["state"], "unknown", "{one}");
    }
    publish(root, &format!("--as-of 2018-12-14T23:00:00Z {TWO}"));
    let now = status(root);
    assert_eq!(now["subjects"][0]["state"], "down");
    assert_eq!(now["subjects"][0]["today"]["verdict"], "unmeasured");
    assert_eq!(now["incidents"][0]["open"], true);
    // Later that evening it is up, though the day was bad; and Saturday morning nobody looks any more.
    publish(root, &format!("--as-of 2018-12-15T03:00:00Z {TWO}"));
    let now = status(root);
    assert_eq!(now["subjects"][0]["state"], "up");
    assert!(now["subjects"][0]["today"]["down_ms"].as_i64() > Some(7_000_000));
    for (path, bytes) in files(&root.join("www")) {
        let content = text(&bytes);
        for secret in [
            "groupdesk.example",
            "a.example",
            "\"u1\"",
            "user-1",
            "/home",
        ] {
            assert!(!content.contains(secret), "{path}: {secret}");
        }
        assert!(!path.ends_with(".tar"), "{path}");
    }
}

#[test]
fn two_at_once_and_other_mistakes_have_one_clear_message() {
    let directory = records::one_is_late();
    let root = directory.path();
    fs::create_dir(root.join("home")).unwrap();
    fs::write(root.join("home/thesis.tex"), "years").unwrap();
    publish(root, &format!("{AFTER} {TWO}"));
    let said = |line: &str| {
        let output = reporter(root, &format!("publish {line} {AFTER} {TWO}"));
        let code = output.status.code().unwrap_or(-1);
        let first = text(&output.stderr).lines().next().unwrap_or("").to_owned();
        format!("{line}\n  {code}: {first}\n")
    };
    let mut all = said("--out home");
    all += &said("--out ..");
    all += &said("--out www --url status.example.com");
    let lock = Lock::take(&root.join(".www.lock"), Path::new("www")).unwrap();
    all += &said("--out www");
    drop(lock);
    let lock = Lock::take(&root.join("data/issued/.lock"), Path::new("x")).unwrap();
    all += &said("--out elsewhere");
    drop(lock);
    let register = root.join("data/issued/example/incidents.json");
    let kept = fs::read(&register).unwrap();
    fs::write(&register, "[]").unwrap();
    all += &said("--out www");
    fs::write(&register, kept).unwrap();
    fs::write(
        root.join("data/issued/example/2018-12/rev-1/report.md"),
        "better",
    )
    .unwrap();
    all += &said("--out www");
    assert_snapshot!(all, @r"
    --out home
      64: reporter: home holds files that are no site of `reporter publish`, which would vanish; name a directory that is empty or not there yet
    --out ..
      64: reporter: --out .. names no directory of its own
    --out www --url status.example.com
      64: error: invalid value 'status.example.com' for '--url <https://status.example.com/>': it must begin with https:// or http:// and name a host; write it like https://status.example.com/
    --out www
      75: reporter: another `reporter publish` writes www now; run again when it is done
    --out elsewhere
      75: reporter: another `reporter publish` writes data/issued now; run again when it is done
    --out www
      74: reporter: contract example: data/issued/example/incidents.json is no register of incidents; restore it from a copy, or take it away to name them anew: invalid length 0, expected struct Register with 2 elements at line 1 column 2
    --out www
      74: reporter: contract example: data/issued/example/2018-12/rev-1/report.md is not as it was issued (its SHA-256 is another one than in SHA256SUMS); restore it from a copy
    ");
    assert_eq!(
        fs::read_to_string(root.join("home/thesis.tex")).unwrap(),
        "years"
    );
}
