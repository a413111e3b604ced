//! `reporter publish`, killed at any instant: the site that stands is whole and what was issued is whole and there once; the next
//! run makes good whatever was left.
//!
//! `KILLS=2000` has as many.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ledger::store::Place;
use ledger::time::{Interval, Millis, Timestamp};
use tokio::time::Instant;

use crate::publish::files;
use crate::records;

/// Kills of all cases together, unless `KILLS` says otherwise.
const KILLS: usize = 100;

/// Friday 14 December 2018, 17:00 to 20:00 in New York, around its two hours.
const SPAN: Interval = Interval {
    start: Timestamp(1_544_824_800_000),
    end: Timestamp(1_544_835_600_000),
};

/// Writing a revision or a site takes less, so a kill within this from the first file on falls into it, or right behind.
const WRITING: Duration = Duration::from_millis(40);

/// All files below a directory, by their paths.
type Tree = BTreeMap<String, Vec<u8>>;

/// One change of what is published.
struct Case {
    /// What runs.
    line: String,
    /// All that was there before; nothing, where it is the first time.
    old: Tree,
    /// All that is there afterwards.
    new: Tree,
}

/// Where it is killed.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    AnyInstant,
    /// A revision is being written.
    Issuing,
    /// The new site is being written.
    Building,
}

#[test]
fn kills_at_any_instant_leave_a_whole_site_and_the_next_run_makes_all_good() {
    let home = tempfile::tempdir().unwrap();
    let cases = cases(home.path());
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let mut chance = fastrand::Rng::with_seed(2018);
    let mut seen = BTreeMap::new();
    let mut done = 0;
    while done < kills {
        for (case, whole) in &cases {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path();
            lay_out(root, &case.old);
            while done < kills {
                done += 1;
                let aim = [Aim::AnyInstant, Aim::Issuing, Aim::Building][chance.usize(..3)];
                let mut publisher = start(root, &case.line);
                let time = match aim {
                    Aim::AnyInstant => whole.mul_f64(chance.f64()),
                    _ => WRITING.mul_f64(chance.f64()),
                };
                wait(root, aim, &mut publisher, time);
                publisher.kill().unwrap();
                publisher.wait().unwrap();
                let left = files(root);
                *seen.entry(stage(&left, case)).or_insert(0) += 1;
                assert_eq!(wrongs(&left, case), Vec::<String>::new());
                if chance.u8(..4) == 0 {
                    break;
                }
            }
            assert!(start(root, &case.line).wait().unwrap().success());
            assert_eq!(unsettled(&files(root), case), Vec::<String>::new());
        }
    }
    println!("{done} kills; what was there then: {seen:?}");
    // Not only before, and not only after.
    assert!(seen.len() > 2, "{seen:?}");
}

/// The first site with its first revision, and the next one with the second revision, each with the time that it takes.
fn cases(home: &Path) -> [(Case, Duration); 2] {
    std::fs::create_dir_all(home.join("records")).unwrap();
    let place = |region: &_| Place::File(home.join(format!("records/{region}.db")));
    let down = Interval::new(
        SPAN.start + Millis::from_mins(15),
        SPAN.end - Millis::from_mins(45),
    );
    records::write_of(place, SPAN, &[down]);
    let line = |regions: &[&str]| {
        let records = regions
            .iter()
            .map(|region| format!(" {}/records/{region}.db", home.display()));
        let records: String = records.collect();
        format!("publish --out www --as-of 2019-01-04T05:00:00Z{records}")
    };
    let root = home.join("reference");
    std::fs::create_dir(&root).unwrap();
    let mut old = Tree::new();
    [["central", "east"].as_slice(), &["central", "east", "west"]].map(|regions| {
        let line = line(regions);
        let began = Instant::now();
        assert!(start(&root, &line).wait().unwrap().success());
        let took = began.elapsed();
        let new = files(&root);
        let case = Case {
            line,
            old: shown(&old),
            new: shown(&new),
        };
        old = new;
        (case, took)
    })
}

/// What counts of a directory: the site and what is kept, without what nobody takes for a part of it.
fn shown(all: &Tree) -> Tree {
    let named = |path: &str| path.starts_with("www/") || path.starts_with(KEPT);
    let shown = all
        .iter()
        .filter(|(path, _)| named(path) && !path.ends_with(".lock"))
        .filter(|(path, _)| !path.split('/').any(is_temporary));
    shown
        .map(|(path, content)| (path.clone(), content.clone()))
        .collect()
}

const KEPT: &str = "data/issued/";

fn lay_out(root: &Path, tree: &Tree) {
    for (path, content) in tree {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

fn start(root: &Path, line: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reporter"));
    command.current_dir(root).args(line.split(' '));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it runs")
}

/// Until it is time to kill it; at once if it has ended.
fn wait(root: &Path, aim: Aim, publisher: &mut Child, time: Duration) {
    let month = root.join("data/issued/example/2018-12");
    let begun = || match aim {
        Aim::AnyInstant => true,
        Aim::Issuing => std::fs::read_dir(&month).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| is_temporary(&entry.file_name().to_string_lossy()))
            })
        }),
        Aim::Building => root.join(".www.other").exists(),
    };
    while !begun() && publisher.try_wait().unwrap().is_none() {
        std::thread::park_timeout(Duration::from_micros(500));
    }
    std::thread::park_timeout(time);
}

fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp")
}

/// How far it had come.
fn stage(left: &Tree, case: &Case) -> &'static str {
    fn site(tree: &Tree) -> BTreeMap<&str, &[u8]> {
        below(tree, "www/")
    }
    let has = |part: &str| left.keys().any(|path| path.contains(part));
    let issued = |tree: &Tree| {
        tree.keys()
            .filter(|path| {
                path.ends_with("SHA256SUMS") && path.starts_with(KEPT) && !path.contains(".tmp/")
            })
            .count()
    };
    match () {
        () if site(left) == site(&case.new) => "the new site",
        () if has(".www.other/") && issued(left) == issued(&case.new) => "a part of the new site",
        () if has(".tmp") => "a part of a file or revision",
        () if issued(left) == issued(&case.new) => "a new revision",
        () => "nothing new",
    }
}

fn below<'t>(tree: &'t Tree, prefix: &str) -> BTreeMap<&'t str, &'t [u8]> {
    let below = tree
        .iter()
        .filter_map(|(path, content)| Some((path.strip_prefix(prefix)?, &content[..])));
    below.collect()
}

/// What must never be seen, at any instant.
fn wrongs(left: &Tree, case: &Case) -> Vec<String> {
    let mut wrongs = Vec::new();
    let site = below(left, "www/");
    if site != below(&case.old, "www/") && site != below(&case.new, "www/") {
        wrongs.push("the site is neither the old one nor the new one".to_owned());
    }
    wrongs.extend(dead_links(&site));
    let mut kept = shown(left);
    kept.retain(|path, _| path.starts_with(KEPT));
    for (path, content) in &kept {
        let known = [&case.old, &case.new].map(|tree| tree.get(path));
        if !known.contains(&Some(content)) {
            wrongs.push(format!("{path} was never to be there so"));
        }
    }
    // A revision that has one file has all of them.
    for (path, _) in kept.iter().filter(|(path, _)| path.contains("/rev-")) {
        let (revision, _) = path.rsplit_once('/').unwrap();
        let missing = case
            .new
            .keys()
            .filter(|one| one.starts_with(&format!("{revision}/")) && !kept.contains_key(*one));
        wrongs.extend(missing.map(|one| format!("{one} is missing")));
    }
    let lost = case
        .old
        .keys()
        .filter(|path| path.starts_with(KEPT) && !kept.contains_key(*path));
    wrongs.extend(lost.map(|path| format!("{path} is gone")));
    wrongs.sort();
    wrongs.dedup();
    wrongs
}

/// Links to something that is not there.
fn dead_links(site: &BTreeMap<&str, &[u8]>) -> Vec<String> {
    let pages = site.iter().filter(|(path, _)| path.ends_with(".html"));
    let mut dead = Vec::new();
    for (path, content) in pages {
        let page = String::from_utf8_lossy(content);
        for link in ["href=\"", "src=\""]
            .iter()
            .flat_map(|start| page.split(start).skip(1))
        {
            let (link, _) = link.split_once('"').unwrap_or_default();
            if !leads_somewhere(site, path, link) {
                dead.push(format!("{path} leads to {link}"));
            }
        }
    }
    dead
}

fn leads_somewhere(site: &BTreeMap<&str, &[u8]>, page: &str, link: &str) -> bool {
    if ["http:", "https:", "mailto:", "data:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
    {
        return true;
    }
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let mut parts: Vec<&str> = page.split('/').collect();
    if !file.is_empty() {
        parts.pop();
        for part in file.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." | "" => {}
                part => parts.push(part),
            }
        }
    }
    let Some(target) = site.get(&*parts.join("/")) else {
        return false;
    };
    place.is_empty() || String::from_utf8_lossy(target).contains(&format!("id=\"{place}\""))
}

/// What must not be so after a run that came to its end.
fn unsettled(left: &Tree, case: &Case) -> Vec<String> {
    let shown = shown(left);
    let both: BTreeSet<&String> = shown.keys().chain(case.new.keys()).collect();
    let other = both
        .into_iter()
        .filter(|path| shown.get(*path) != case.new.get(*path));
    let other = other.map(|path| format!("{path} is not as without kills"));
    let temporary = left.keys().filter(|path| path.split('/').any(is_temporary));
    other
        .chain(temporary.map(|path| format!("{path} was left")))
        .collect()
}

/// The control: what a worse program would leave is found.
#[test]
fn a_site_written_in_place_would_be_found() {
    let home = tempfile::tempdir().unwrap();
    let [_, (case, _)] = cases(home.path());
    assert_eq!(wrongs(&case.old, &case), Vec::<String>::new());
    assert_eq!(wrongs(&case.new, &case), Vec::<String>::new());
    assert_eq!(unsettled(&case.new, &case), Vec::<String>::new());

    // In place, a file after the other, cut behind each.
    let changed: Vec<&String> = case
        .new
        .keys()
        .filter(|path| path.starts_with("www/") && case.old.get(*path) != case.new.get(*path))
        .collect();
    let mut site = case.old.clone();
    for (number, path) in changed.iter().enumerate() {
        // Opened and emptied, not yet written.
        site.insert((*path).clone(), Vec::new());
        assert!(!wrongs(&site, &case).is_empty(), "{path}");
        site.insert((*path).clone(), case.new[*path].clone());
        assert_eq!(
            wrongs(&site, &case).is_empty(),
            number + 1 == changed.len(),
            "{path}"
        );
    }
    let mut site = case.new.clone();
    site.remove("www/example/incidents/index.html");
    let said = wrongs(&site, &case).join("\n");
    assert!(
        said.contains("example/index.html leads to incidents/index.html"),
        "{said}"
    );
}

#[test]
fn half_a_revision_and_one_issued_twice_would_be_found() {
    let home = tempfile::tempdir().unwrap();
    let [_, (case, _)] = cases(home.path());
    let revision = "data/issued/example/2018-12/rev-2";
    let spoilt = |spoil: &dyn Fn(&mut Tree)| {
        let mut tree = case.new.clone();
        spoil(&mut tree);
        wrongs(&tree, &case).join("\n")
    };
    let report = format!("{revision}/report.html");
    let half = spoilt(&|tree| tree.get_mut(&report).unwrap().truncate(1000));
    assert_eq!(half, format!("{report} was never to be there so"));
    assert_eq!(
        spoilt(&|tree| drop(tree.remove(&report))),
        format!("{report} is missing")
    );
    let twice =
        spoilt(&|tree| drop(tree.insert(report.replace("rev-2", "rev-3"), tree[&report].clone())));
    assert_eq!(
        twice,
        format!(
            "{} was never to be there so",
            report.replace("rev-2", "rev-3")
        )
    );
    let first = report.replace("rev-2", "rev-1");
    let gone = spoilt(&|tree| {
        tree.retain(|path, _| !path.contains("/rev-1/") || path.starts_with("www/"));
    });
    assert!(gone.contains(&format!("{first} is gone")), "{gone}");

    let mut tree = case.new.clone();
    tree.insert(
        "data/issued/example/2018-12/.rev-3.7.tmp/days.csv".to_owned(),
        Vec::new(),
    );
    assert_eq!(
        wrongs(&tree, &case),
        Vec::<String>::new(),
        "nobody takes it for a report"
    );
    assert_eq!(unsettled(&tree, &case).len(), 1);
    tree = case.new.clone();
    tree.insert(
        "data/issued/example/2018-12/report.html".to_owned(),
        case.old["data/issued/example/2018-12/report.html"].clone(),
    );
    assert_eq!(
        wrongs(&tree, &case),
        Vec::<String>::new(),
        "the older copy is whole"
    );
    assert_eq!(unsettled(&tree, &case).len(), 1);
}
