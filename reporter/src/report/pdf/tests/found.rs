//! What poppler's programs find in the documents; `tests/run` installs them.

use std::process::Command;

use super::*;
use crate::report::verdict;

fn print_of(made: i64) -> Print {
    Print {
        paper: Paper::A4,
        made: Timestamp(made),
    }
}

fn made(page: &Page) -> Document {
    document(page, print_of(1_546_578_000_000))
        .expect("a document that keeps the rules of its format")
}

/// What a program prints about a document.
fn told(program: &str, options: &[&str], bytes: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.pdf");
    std::fs::write(&file, bytes).unwrap();
    let mut command = Command::new(program);
    command.args(options).arg(&file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{program} of poppler-utils: {error}"));
    assert!(done.status.success(), "{program}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// The tag on a line of `pdfinfo -struct`.
fn name(line: &str) -> &str {
    line.trim_start().split([' ', ':']).next().unwrap_or("")
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn december() -> Report {
    fixture::report(fixture::december())
}

#[test]
fn the_text_of_a_report_yields_its_verdict() {
    for (name, report) in [
        ("december", december()),
        ("unseen", fixture::report(fixture::unseen())),
        ("excluded", fixture::report(fixture::cases::excluded())),
    ] {
        let page = sections::page(&report);
        let text = flat(&told("pdftotext", &[], &made(&page).bytes));
        let sentence = verdict::sentence(&report).replace('\u{a0}', " ");
        assert!(text.contains(&sentence), "{name}: {sentence}\n{text}");
    }
}

#[test]
fn fonts_are_embedded_as_subsets_that_can_be_read_back() {
    let bytes = made(&sections::page(&december())).bytes;
    let fonts = told("pdffonts", &[], &bytes);
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(rows.len() >= 3, "{fonts}");
    for row in rows {
        let name = row.split_whitespace().next().unwrap();
        assert!(name.contains("+IBMPlex"), "{row}");
        assert!(
            flat(row).contains(" yes yes yes "),
            "embedded, a subset, with its characters: {row}"
        );
    }
    assert!(bytes.len() < 500_000, "{} bytes", bytes.len());
}

#[test]
fn a_document_is_titled_tagged_and_dated_by_its_report() {
    let page = sections::page(&december());
    let bytes = made(&page).bytes;
    let info = told("pdfinfo", &["-isodates"], &bytes);
    for line in [
        "Title: Groupdesk: availability, December 2018",
        "CreationDate: 2019-01-04T05:00:00Z",
        "Tagged: yes",
    ] {
        assert!(info.lines().any(|one| flat(one) == line), "{line}\n{info}");
    }
    let structure = told("pdfinfo", &["-struct"], &bytes);
    for tag in [
        "Document", "Sect", "H1", "H2", "P", "Table", "THead", "TR", "TH", "TD", "TFoot", "L",
        "LI", "Figure", "Caption",
    ] {
        let there = structure.lines().any(|line| name(line) == tag);
        assert!(there, "{tag}\n{structure}");
    }
    let texts = told("pdfinfo", &["-struct-text"], &bytes);
    assert!(!texts.contains("page 1 of"), "what repeats is not told");
    // The catalogue says that it keeps both standards; without that it would not have been made.
    let raw = String::from_utf8_lossy(&bytes).into_owned();
    assert!(raw.contains("pdfuaid") && raw.contains("pdfaid"));
}

#[test]
fn tables_have_as_many_cells_in_each_row() {
    let bytes = made(&sections::page(&december())).bytes;
    let structure = told("pdfinfo", &["-struct"], &bytes);
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut rows: Vec<(usize, usize)> = Vec::new();
    let (mut table, mut open) = (0, None);
    for line in structure.lines() {
        match (name(line), open) {
            ("Table", _) => table += 1,
            ("TR", _) => {
                rows.push((table, 0));
                open = Some(depth(line));
            }
            ("TH" | "TD", Some(row)) if depth(line) == row + 2 => rows.last_mut().unwrap().1 += 1,
            _ => {}
        }
    }
    assert!(table >= 10, "{table} tables");
    for pair in rows.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        assert_eq!(pair[0].1, pair[1].1, "{pair:?}");
    }
}

#[test]
fn the_same_page_gives_the_same_bytes() {
    let page = sections::page(&december());
    assert_eq!(made(&page), made(&page));
    let later = document(&page, print_of(1_546_578_001_000)).unwrap();
    assert_ne!(made(&page).bytes, later.bytes, "the date is in it");
}

/// A number after `name="`.
fn attribute(line: &str, name: &str) -> f64 {
    let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn figures_stand_where_the_map_says() {
    let made = made(&sections::page(&december()));
    let words = told("pdftotext", &["-bbox"], &made.bytes);
    let mut sheets: Vec<Vec<&str>> = Vec::new();
    for line in words.lines().map(str::trim_start) {
        if line.starts_with("<page") {
            sheets.push(Vec::new());
        }
        if line.starts_with("<word") {
            sheets.last_mut().unwrap().push(line);
        }
    }
    assert!(made.figures.len() > 300, "{}", made.figures.len());
    for figure in &made.figures {
        let first = figure.text.split(' ').next().unwrap();
        let found = sheets[figure.page - 1].iter().any(|line| {
            let (left, right) = (attribute(line, "xMin"), attribute(line, "xMax"));
            let (top, bottom) = (attribute(line, "yMin"), attribute(line, "yMax"));
            let (x, base) = (f64::from(figure.left), f64::from(figure.base));
            // A figure may stand behind a bracket, within a word.
            line.contains(first)
                && left <= x + 1.5
                && x <= right
                && top <= base
                && base <= bottom + 1.5
        });
        assert!(found, "{figure:?}");
    }
}

#[test]
fn charts_say_on_paper_what_they_say_on_screen() {
    let page = sections::page(&december());
    let text = flat(&told("pdftotext", &["-layout"], &made(&page).bytes));
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    let mut count = 0;
    for block in blocks {
        let crate::report::page::Block::Pictures(pictures) = block else {
            continue;
        };
        for picture in pictures {
            for label in crate::chart::frame::labels(&picture.drawings[0].marks) {
                let words = crate::escape::printable(&label.text);
                for word in words.split_whitespace() {
                    assert!(text.contains(word), "{word}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn foreign_and_hostile_names_are_seen_and_harmless() {
    let mut story = fixture::december();
    story.contract.service = "東京 \u{202e}gnp.exe\u{7} שלום עולם \u{e000}\u{fffe}".into();
    story.contract.customer = format!(
        "Żółw & Σωκράτης, see https://example.org/a {}",
        "x".repeat(10_000)
    );
    let page = sections::page(&fixture::report(story));
    laid_out(&page, Paper::A4, |laid, _| {
        rules::check("hostile", laid);
    });
    let made = made(&page);
    let text = told("pdftotext", &[], &made.bytes);
    for word in ["東京", "Żółw", "Σωκράτης", "https://example.org/a"] {
        assert!(text.contains(word), "{word}\n{}", &text[..2_000]);
    }
    assert!(
        !text.contains(['\u{7}', '\u{e000}']),
        "nothing hidden is left"
    );
    let links = told("pdfinfo", &["-url"], &made.bytes);
    assert!(links.contains("https://example.org/a"), "{links}");
}

#[test]
fn a_letter_says_on_paper_what_its_page_says() {
    for (name, page) in summaries() {
        let text = flat(&told("pdftotext", &[], &made(&page).bytes));
        for section in &page.sections {
            let heading = section.heading.plain();
            assert!(text.contains(&heading), "{name}: {heading}\n{text}");
        }
        assert!(text.contains(&page.seal), "{name}\n{text}");
    }
}
