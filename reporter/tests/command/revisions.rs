//! Issued reports stay; what comes later makes a new revision that lists every changed number, and why.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use reporter::report::revision::{Cause, Deed, Revision, apply, revised};
use serde_json::Value;

use crate::{EXCLUSIONS, records, reporter, text};

const TWO: &str = "month 2018-12 --out out data/central.db data/east.db";
const ALL: &str = "month 2018-12 --out out data/central.db data/east.db late/west.db";

/// Runs `line`, which must work; what it says on standard output and on standard error.
fn run(root: &Path, line: &str) -> (String, String) {
    let output = reporter(root, line);
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// All files of a directory.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect()
}

fn report(directory: &Path) -> Value {
    serde_json::from_slice(&fs::read(directory.join("report.json")).unwrap()).unwrap()
}

/// The revision in `directory`, whose changes must make it of the one before.
fn checked(old: &Path, new: &Path) -> Revision {
    let (before, now) = (report(old), report(new));
    let revision: Revision = serde_json::from_value(now["revision"].clone()).unwrap();
    let differences = revision.replaces.as_ref().unwrap();
    let made = apply(&revised(&before), &differences.changes).unwrap();
    assert_eq!(made, revised(&now), "the changes explain everything");
    let page = text(&fs::read(new.join("report.html")).unwrap());
    let list = text(&fs::read(new.join("changes.txt")).unwrap());
    assert!(page.contains(&format!("final, revision {}", revision.number)));
    let (_, section) = page.split_once("<h2 id=\"differences\">").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert_eq!(
        section.matches("<th scope=\"row\">").count(),
        differences.changes.len()
    );
    assert_eq!(list.matches("\n  was ").count(), differences.changes.len());
    for change in &differences.changes {
        assert!(
            section.contains(&format!("<small>{}</small>", change.path)),
            "{}",
            change.path
        );
        assert!(
            list.contains(&format!("\n  {}\n", change.path)),
            "{}",
            change.path
        );
        let (old, new) = change.sides();
        assert_ne!(old, new, "{}", change.path);
    }
    revision
}

fn causes(revision: &Revision) -> &[Cause] {
    &revision.replaces.as_ref().unwrap().causes
}

#[test]
fn p36_late_data_makes_a_new_revision_and_touches_no_issued_file() {
    let directory = records::one_is_late();
    let root = directory.path();
    let (one, two) = (root.join("out/rev-1"), root.join("out/rev-2"));
    let (paths, said) = run(root, TWO);
    assert_snapshot!(paths + &said, @r"
    out/rev-1/report.html
    out/rev-1/report.json
    out/rev-1/report.md
    out/rev-1/report.txt
    out/rev-1/report.map.json
    out/rev-1/days.csv
    out/rev-1/incidents.csv
    out/rev-1/report.pdf
    out/rev-1/evidence.tar
    out/rev-1/SHA256SUMS
    Issued as revision 1.
    ");
    let issued = files(&one);
    assert_eq!(
        issued["report.html"],
        files(&root.join("out"))["report.html"]
    );

    let (paths, said) = run(root, TWO);
    assert_eq!(paths, "");
    assert_eq!(
        said,
        "Nothing has changed since revision 1; out/rev-1 stays as it was issued.\n"
    );
    assert_eq!(files(&one), issued, "nothing was touched");

    let (paths, said) = run(root, ALL);
    assert_eq!(paths.lines().count(), 11);
    assert!(said.starts_with("Issued as revision 2: "), "{said}");
    assert_eq!(files(&one), issued, "nothing was touched");
    let revision = checked(&one, &two);
    assert_eq!(revision.number, 2);
    let west =
        |cause: &Cause| matches!(cause, Cause::LateEvidence(late) if late.agent.as_str() == "west");
    assert!(
        causes(&revision).iter().all(west),
        "{:?}",
        causes(&revision)
    );
    first_changes(&two);
    assert_eq!(
        files(&root.join("out"))["report.json"],
        files(&two)["report.json"]
    );

    let (_, said) = run(root, ALL);
    assert!(
        said.starts_with("Nothing has changed since revision 2"),
        "{said}"
    );
}

fn first_changes(two: &Path) {
    let list = text(&files(two)["changes.txt"]);
    let head: String = list.split_inclusive('\n').take(13).collect();
    assert_snapshot!(head, @r"
    Differences from revision 1
    - Evidence came in late: agent west, ticks of 2018-12-14 00:00 to 2018-12-14 23:59.

    agents, entry 3
      /agents/2
      was –
      is  west

    burn, entry 2, rate
      /burn/1/rate
      was 334.0
      is  333.8
    ");
}

#[test]
fn p36_terms_and_declarations_that_changed_are_named_as_causes() {
    let directory = records::one_is_late();
    let root = directory.path();
    let revision = |number: u32| root.join(format!("out/rev-{number}"));
    run(root, ALL);
    fs::write(root.join("data/exclusions.toml"), EXCLUSIONS).unwrap();
    run(root, ALL);
    let second = checked(&revision(1), &revision(2));
    let added = |id: &str| Cause::Declared {
        list: "exclusions".into(),
        id: id.into(),
        what: Deed::Added,
    };
    assert_eq!(
        causes(&second),
        [added("afterthought"), added("weekly-release")]
    );

    let plan = include_str!("probes.toml").replace("target = 99.9", "target = 99.5");
    fs::write(root.join("terms.toml"), plan).unwrap();
    run(root, &format!("{ALL} --plan terms.toml"));
    let third = checked(&revision(2), &revision(3));
    let terms = vec!["/contract/target".into()];
    assert_eq!(causes(&third), [Cause::Contract { terms }]);

    run(root, &format!("{TWO} --plan terms.toml"));
    let fourth = checked(&revision(3), &revision(4));
    let west = |cause: &Cause| matches!(cause, Cause::MissingEvidence(late) if late.agent.as_str() == "west");
    assert!(causes(&fourth).iter().all(west), "{:?}", causes(&fourth));
}

#[test]
fn provisional_reports_are_replaced_until_one_is_final() {
    let directory = records::one_is_late();
    let root = directory.path();
    let early = format!("{TWO} --as-of 2018-12-20T00:00:00Z");
    let (paths, said) = run(root, &early);
    assert_snapshot!(paths + &said, @r"
    out/report.html
    out/report.json
    out/report.md
    out/report.txt
    out/report.map.json
    out/days.csv
    out/incidents.csv
    out/report.pdf
    out/evidence.tar
    Provisional: more data may still come in.
    ");
    let first = files(&root.join("out"));
    run(root, &format!("{ALL} --as-of 2018-12-20T00:00:00Z"));
    assert_ne!(files(&root.join("out")), first);
    assert!(report(&root.join("out"))["revision"].is_null());
    run(root, ALL);
    let refused = reporter(root, &early);
    assert_eq!(refused.status.code(), Some(64));
    assert_snapshot!(text(&refused.stderr), @"reporter: out holds revision 1, which was issued; a provisional report is no more written beside it. Leave out --as-of, or name another directory");
}

#[test]
fn a_directory_belongs_to_one_report_and_issued_files_are_guarded() {
    let directory = records::one_is_late();
    let root = directory.path();
    run(root, ALL);
    let other = reporter(root, &ALL.replace("2018-12", "2018-11"));
    assert_eq!(other.status.code(), Some(64));
    assert_snapshot!(text(&other.stderr), @"reporter: out holds the issued report of contract example for 2018-12; write that of contract example for 2018-11 to another directory");
    let days = root.join("out/rev-1/days.csv");
    fs::write(&days, "forged").unwrap();
    let forged = reporter(root, ALL);
    assert_eq!(forged.status.code(), Some(74));
    assert_snapshot!(text(&forged.stderr), @"reporter: out/rev-1/days.csv is not as it was issued (its SHA-256 is another one than in SHA256SUMS); restore it from a copy");
    assert_eq!(
        fs::read(&days).unwrap(),
        b"forged",
        "nothing is mended in silence"
    );
}

#[test]
fn each_of_two_contracts_gets_the_report_that_it_gets_alone() {
    let directory = records::one_is_late();
    let root = directory.path();
    let alone = include_str!("probes.toml");
    let (_, terms) = alone.split_once("[[contract]]").unwrap();
    let second = terms
        .replace("\"example\"", "\"other\"")
        .replace("America/New_York", "Asia/Kolkata")
        .replace(
            "personas = [\"user\", \"traveler\"]",
            "personas = [\"user\"]",
        )
        .replace("target = 99.9", "target = 99.95");
    let both = format!("{alone}\n[[contract]]{second}");
    fs::write(root.join("both.toml"), &both).unwrap();
    fs::write(root.join("first.toml"), alone).unwrap();
    fs::write(root.join("second.toml"), alone.replace(terms, &second)).unwrap();
    let line = "days --json --from 2018-12-14 --to 2018-12-15 data/central.db data/east.db late/west.db --plan";
    let of = |rest: &str| run(root, &format!("{line} {rest}")).0;
    let (first, second) = (
        of("both.toml --contract example"),
        of("both.toml --contract other"),
    );
    assert!(
        first == of("first.toml"),
        "the first is as if it were alone"
    );
    assert!(second == of("second.toml"), "so is the second");
    assert_ne!(first, second);
    let asked = reporter(root, &format!("{line} both.toml"));
    assert_eq!(asked.status.code(), Some(64));
    assert_snapshot!(text(&asked.stderr), @"reporter: say which contract by --contract: example and other");
}
