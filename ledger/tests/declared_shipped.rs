//! The incident note that is shipped, and the examples of the operations manual, are read without a mistake.

use ledger::correction::Correction;
use ledger::name::Name;
use ledger::note::Note;

fn file(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

/// The fenced block of the manual that contains `part`.
fn example(manual: &str, part: &str) -> String {
    let mut blocks = manual.split("\n```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(part)).expect(part);
    let (_, text) = block.split_once('\n').expect("a language, then text");
    format!("{text}\n")
}

#[test]
fn the_december_note_names_the_three_outages() {
    let path = "data/incidents/2018-12-14-weekend.md";
    let note = Note::parse(&file(path), path, &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(note.incidents.len(), 3);
    assert!(note.cause.is_some() && note.background.is_some() && note.unaffected.is_some());
}

#[test]
fn the_examples_of_the_manual_are_right() {
    let manual = file("docs/OPERATIONS.md");
    let contracts = [Name::new("groupdesk").unwrap()];
    let text = example(&manual, "[[correction]]");
    let read = Correction::parse_all(&text, "corrections.toml", &contracts);
    assert_eq!(read.unwrap_or_else(|error| panic!("{error}")).len(), 5);
    let text = example(&manual, "[[event]]");
    let note = Note::parse(&text, "note.md", &contracts);
    note.unwrap_or_else(|error| panic!("{error}"));
}
