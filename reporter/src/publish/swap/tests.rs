use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::*;

type Text = BTreeMap<String, String>;

fn site(files: &[(&str, &str)]) -> BTreeMap<String, Source> {
    let files = files.iter();
    files
        .map(|(path, text)| ((*path).to_owned(), Source::Bytes((*text).into())))
        .collect()
}

/// What a reader finds, without the mark.
fn read(directory: &Path) -> Text {
    let mut paths = paths(directory).unwrap();
    paths.remove(MARK);
    let text = |path: String| {
        let text = fs::read_to_string(directory.join(&path)).unwrap();
        (path, text)
    };
    paths.into_iter().map(text).collect()
}

fn told_by(files: &BTreeMap<String, Source>) -> Text {
    let text = |source: &Source| match source {
        Source::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Source::File(path) => fs::read_to_string(path).unwrap(),
    };
    files
        .iter()
        .map(|(path, one)| (path.clone(), text(one)))
        .collect()
}

const OLD: &[(&str, &str)] = &[
    ("index.html", "old"),
    ("a/index.html", "same"),
    ("a/gone.html", "gone"),
    ("gone/deep/x", "gone"),
];
const NEW: &[(&str, &str)] = &[
    ("index.html", "new"),
    ("a/index.html", "same"),
    ("b/c/index.html", "more"),
];

#[test]
fn a_cut_at_any_step_leaves_the_old_site_or_the_new_one() {
    let mut seen = Vec::new();
    for at in 0.. {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("www");
        swap(&root, &site(OLD)).unwrap();
        let mut steps = 0;
        let cut = swap_by(&root, &site(NEW), &mut |step| {
            steps += 1;
            match steps > at {
                true => {
                    seen.push(step);
                    Err(PublishError::Busy { path: root.clone() })
                }
                false => Ok(()),
            }
        });
        if cut.is_ok() {
            break;
        }
        let there = read(&root);
        let is_new = matches!(seen.last(), Some(Step::Exchanged | Step::Done));
        let expected = if is_new { NEW } else { OLD };
        assert_eq!(there, told_by(&site(expected)), "{seen:?}");
        let again = swap(&root, &site(NEW)).unwrap();
        assert_eq!(again.changed == 0, is_new, "{seen:?}");
        assert_eq!(read(&root), told_by(&site(NEW)));
    }
    seen.dedup();
    assert_eq!(
        seen,
        [
            Step::Cleared,
            Step::Wrote,
            Step::Synced,
            Step::Exchanged,
            Step::Done
        ]
    );
}

#[test]
fn what_is_as_before_stays_the_same_file_and_nothing_at_all_is_touched_without_a_change() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("deep/www");
    let first = swap(&root, &site(OLD)).unwrap();
    assert_eq!((first.files, first.changed, first.gone), (4, 4, 0),);
    let inode = |path: &str| fs::metadata(root.join(path)).unwrap().ino();
    let (same, whole) = (inode("a/index.html"), inode(""));
    let second = swap(&root, &site(NEW)).unwrap();
    assert_eq!((second.files, second.changed, second.gone), (3, 2, 2));
    assert_eq!(inode("a/index.html"), same);
    assert_ne!(inode(""), whole);
    let whole = inode("");
    let third = swap(&root, &site(NEW)).unwrap();
    assert_eq!((third.changed, third.gone), (0, 0));
    assert_eq!(inode(""), whole);
    // The one before is still there for who has opened it.
    assert_eq!(
        read(&directory.path().join("deep/.www.other")),
        told_by(&site(OLD))
    );
}

#[test]
fn issued_files_are_copied_and_a_link_to_the_directory_stays_one() {
    let directory = tempfile::tempdir().unwrap();
    let issued = directory.path().join("report.html");
    fs::write(&issued, "issued").unwrap();
    let files = BTreeMap::from([("r.html".to_owned(), Source::File(issued.clone()))]);
    let (real, link) = (directory.path().join("real"), directory.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    swap(&link, &files).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(real.join("r.html")).unwrap(), "issued");
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_ne!(inode(&issued), inode(&real.join("r.html")), "a copy");
    fs::remove_file(&issued).unwrap();
    let error = swap(&link, &files).unwrap_err();
    assert!(
        matches!(&error, PublishError::Read { path, .. } if *path == issued),
        "{error}"
    );
}

#[test]
fn directories_that_hold_something_else_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("www");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("thesis.tex"), "years").unwrap();
    let error = swap(&root, &site(NEW)).unwrap_err().to_string();
    assert!(
        error.contains("www holds files that are no site"),
        "{error}"
    );
    assert_eq!(read(&root).len(), 1);
    let file = root.join("thesis.tex");
    assert!(swap(&file, &site(NEW)).is_err());
    let clean = directory.path().join("clean");
    fs::create_dir(directory.path().join(".clean.other")).unwrap();
    fs::write(directory.path().join(".clean.other/mine"), "mine").unwrap();
    assert!(swap(&clean, &site(NEW)).is_err(), "nor what lies beside it");
}

#[test]
fn a_reader_who_has_opened_the_directory_finds_all_of_one_site() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("www");
    let number = |number: usize| {
        let text = number.to_string();
        site(&[("a.html", &text), ("b.html", &text)])
    };
    swap(&root, &number(0)).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) || rounds == 0 {
                let opened = File::open(&root).unwrap();
                let read = |name: &str| {
                    use std::io::Read as _;
                    let flags = rustix::fs::OFlags::RDONLY;
                    let file = rustix::fs::openat(&opened, name, flags, rustix::fs::Mode::empty());
                    let mut text = String::new();
                    File::from(file.ok()?).read_to_string(&mut text).ok()?;
                    Some(text)
                };
                // Only who takes longer than two whole rounds may find that it is gone; never a mixture.
                if let (Some(a), Some(b)) = (read("a.html"), read("b.html")) {
                    assert_eq!(a, b);
                    rounds += 1;
                }
            }
            rounds
        });
        for round in 1..60 {
            swap(&root, &number(round)).unwrap();
        }
        over.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_site_follows_any_other(
        sites in proptest::collection::vec(
            proptest::collection::btree_map("[abc](/[abc]x){0,2}/f", "[01]{0,2}", 0..6), 1..4)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("www");
        for files in &sites {
            let sources = files.iter().map(|(path, text)| (path.clone(), Source::Bytes(text.clone().into())));
            swap(&root, &sources.collect()).unwrap();
            prop_assert_eq!(&read(&root), files);
        }
    }
}
