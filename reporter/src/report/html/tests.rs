//! What every page must keep: well-formed, ordered, escaped, self-contained, and its printed figures add up.

use ledger::print::parse_table;
use ledger::time::Millis;
use serde_json::Value;

use super::render;
use crate::fixture;
use crate::report::json;

const VOID: [&str; 2] = ["meta", "!doctype"];

/// The tags of a document in order, without quoted attribute values, and its elements' balance checked.
fn tags(document: &str) -> Vec<String> {
    let (_, after) = document.split_once("<style>").unwrap_or(("", document));
    let (_, body) = after.split_once("</style>").unwrap_or(("", after));
    let (mut open, mut seen): (Vec<String>, Vec<String>) = (vec![], vec![]);
    for piece in body.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("each < is closed");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap_or("");
        if tag.starts_with('/') {
            let expected = open.pop();
            let implied = ["head", "html"].contains(&name) && expected.is_none();
            assert!(
                implied || expected.as_deref() == Some(name),
                "</{name}> closes {expected:?}"
            );
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        seen.push(tag.to_owned());
    }
    assert_eq!(open, Vec::<String>::new(), "everything is closed");
    seen
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

#[test]
fn the_page_is_well_formed_and_says_what_assistive_technology_needs() {
    let page = render(&fixture::report(fixture::december()));
    let tags = tags(&page);
    let mut ids: Vec<&str> = tags
        .iter()
        .filter_map(|tag| attribute(tag, " id"))
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "identifiers are unique");
    let headings: Vec<u8> = tags
        .iter()
        .filter_map(|tag| tag.strip_prefix('h')?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(headings[0], 1);
    assert!(
        headings
            .windows(2)
            .all(|pair| pair[1] <= pair[0] + 1 && pair[1] > 1),
        "{headings:?}"
    );
    for tag in &tags {
        let head = tag.starts_with("th ") || tag == "th";
        assert!(!head || attribute(tag, "scope").is_some(), "{tag}");
        if tag.starts_with("svg") {
            assert_eq!(attribute(tag, "role"), Some("img"));
            for id in attribute(tag, "aria-labelledby").unwrap().split(' ') {
                assert!(ids.contains(&id), "{id}");
            }
        }
    }
    assert!(page.contains("<html lang=\"en\">"));
}

#[test]
fn the_page_fetches_and_runs_nothing() {
    let page = render(&fixture::report(fixture::december()));
    for forbidden in [
        "<script",
        "<link",
        "<img",
        "@import",
        "@font-face",
        "url(http",
        "src=",
        "href=\"http",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(
        !page
            .replace("http://www.w3.org/2000/svg", "")
            .contains("http")
    );
}

/// Each printed length with the JSON pointer that it carries.
fn printed(page: &str) -> Vec<(String, Millis)> {
    // What charts say is rounded for prose; the walk over all figures holds it.
    let parts = page.split("<figure");
    let parts = parts.map(|part| part.split_once("</figure>").map_or(part, |(_, rest)| rest));
    let words: String = parts.collect();
    let cells = words.split("data-json=\"").skip(1);
    cells
        .filter_map(|cell| {
            let (pointer, rest) = cell.split_once("\">")?;
            let length = parse_table(rest.split('<').next()?).ok()?;
            let is_length = pointer.contains("_ms") && !pointer.starts_with("/contract/");
            is_length.then(|| (pointer.to_owned(), length))
        })
        .collect()
}

#[test]
fn printed_lengths_are_those_of_the_json_and_add_up() {
    let report = fixture::report(fixture::december());
    let document: Value = serde_json::from_str(&json::render(&report)).unwrap();
    let printed = printed(&render(&report));
    assert!(printed.len() > 60, "{}", printed.len());
    for (pointer, length) in &printed {
        let exact = document.pointer(pointer).and_then(Value::as_i64);
        let exact = exact.unwrap_or_else(|| panic!("no {pointer}"));
        assert!(
            (exact.abs() - length.0).abs() < 1_000,
            "{pointer}: {exact} printed as {length:?}"
        );
    }
    let down = |prefix: &str| -> Vec<Millis> {
        let of_prefix = printed.iter().filter(|(pointer, _)| {
            pointer.starts_with(prefix) && pointer.ends_with("/counted_down_ms/estimate")
        });
        of_prefix.map(|(_, length)| *length).collect()
    };
    let days: Millis = down("/days/").into_iter().sum();
    assert_eq!(days, Millis::from_mins(450));
    for total in down("/total/") {
        assert_eq!(total, days, "wherever it is printed");
    }
}

#[test]
fn hostile_names_are_escaped_or_cut() {
    let mut story = fixture::december();
    story.contract.service = "<script>alert(1)</script>\u{202e}\u{7}".into();
    story.contract.customer = format!("\"><b>{}", "x".repeat(10_000));
    let page = render(&fixture::report(story));
    tags(&page);
    assert!(!page.contains("<script") && !page.contains("<b>"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{7}'));
    assert!(!page.contains(&"x".repeat(300)));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let once = render(&fixture::report(fixture::december()));
    assert_eq!(once, render(&fixture::report(fixture::december())));
}

#[test]
fn a_month_in_which_nobody_looked_claims_nothing() {
    let page = render(&fixture::report(fixture::unseen()));
    assert!(page.contains(">Not measured<"), "no verdict");
    assert!(!page.contains(">100.000"), "unknown is not up");
    let (_, body) = page.split_once("</style>").unwrap();
    assert!(!body.contains("fill=\"#0F8B8D\""), "nothing is drawn as up");
}
