//! `docs/charts.md` and its drawings, made from the December weekend and held against what lies there.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::chart::svg;
use crate::fixture::{self, cases};

const HEAD: &str = "\
# Charts

Every chart that the reporter draws, with what it answers and how it is read. All show the weekend of 14 to 16 December 2018
(times of New York); they are made by a test from a story in the code, and the test fails when this page is stale.

`reporter chart NAME --month 2018-12 data/*.db` draws one of them from records of your own, `--table` prints its figures, and
`--list` names them all. Each is drawn for wide pages and, with `--narrow`, for telephones; where the reader's system is dark, so
is the drawing.

What they have in common:

- Days and hours are those of the contract's time zone, written as its locale asks (`17` or `5 pm`). Where clocks are set back an hour
  stands there twice, `01a` and `01b` (`1 am a`, `1 am b`); where they are set forward one is missing; widths are always true to the
  hours that passed.
- A gap is a gap: nothing is drawn over time of which nothing is known. Under every chart over time a thin lane for each region
  says when it was looked at.
- Down is crossed (X), unknown is hatched diagonally (?), degraded is dotted (D), and time that the contract leaves out is ruled
  over what was measured (M), so a copy without colour says the same.
- Every number that was found carries its place in `report.json` (`data-json`); numbers of axes and keys are marked as such
  (`class=\"scale\"`).
- Amounts start at zero. Availability is drawn by what is lost, each step ten times more; its axis is broken below 100 %, which means
  no downtime at all.

";

/// What a drawing shows best, for each kind.
fn shown(kind: Kind) -> Picture {
    let december = || fixture::report(fixture::december());
    let report = match kind {
        Kind::Bars => fixture::report(fixture::told(
            ("2018-10-03T00:00", "2019-01-01T00:00"),
            "America/New_York",
        )),
        Kind::Coverage => fixture::report(cases::ten_days_unseen()),
        _ => december(),
    };
    let looks = cases::looks(&report.found.outages);
    let mut pictures = of(&report, kind, &looks);
    match kind {
        // The weekend itself, not its month.
        Kind::Gantt => pictures.remove(1),
        _ => pictures.remove(0),
    }
}

#[test]
fn the_gallery_shows_what_is_drawn_today() {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut page = HEAD.to_owned();
    let mut files = Vec::new();
    for kind in Kind::ALL {
        let picture = shown(kind);
        let drawing = picture.drawing(Format::Wide);
        let alt = drawing.desc.replace(['[', ']'], "");
        let _ = write!(
            page,
            "## {kind}\n\n**{}** {}\n\n![{alt}](charts/{kind}.svg)\n\n",
            kind.question(),
            kind.reading()
        );
        files.push((format!("charts/{kind}.svg"), svg::standalone(drawing)));
    }
    files.push(("charts.md".into(), page.trim_end().to_owned() + "\n"));
    let mut stale = Vec::new();
    fs::create_dir_all(docs.join("charts")).unwrap();
    for (name, text) in files {
        let path = docs.join(&name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            fs::write(&path, text).unwrap();
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "docs/ was stale and is now written anew; look at it and commit it: {stale:?}"
    );
}
