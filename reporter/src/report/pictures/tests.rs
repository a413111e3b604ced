//! What every chart must keep, in both formats, on every case.

use super::*;
use crate::chart::frame::{assert_sound, labels};
use crate::chart::palette::Ink;
use crate::chart::scale::TimeScale;
use crate::chart::svg;
use crate::chart::{Mark, Px};
use crate::fixture::{self, cases};
use crate::report::recent::Earlier;
use crate::report::{json, walk};

/// Every picture of a report, with its kind.
fn pictures(report: &Report) -> Vec<(Kind, Picture)> {
    let looks = cases::looks(&report.found.outages);
    Kind::ALL
        .into_iter()
        .flat_map(|kind| {
            of(report, kind, &looks)
                .into_iter()
                .map(move |one| (kind, one))
        })
        .collect()
}

/// Every picture of every case, drawn for both formats.
fn drawings() -> Vec<(&'static str, Kind, Drawing)> {
    let mut all = Vec::new();
    for (case, report) in cases::all() {
        for (kind, picture) in pictures(&report) {
            all.extend(picture.drawings.into_iter().map(|one| (case, kind, one)));
        }
    }
    all
}

#[test]
fn every_chart_is_drawn_on_every_case_without_touching_words_or_edges() {
    for (case, kind, drawing) in drawings() {
        println!("{case}: {kind}, {}", drawing.id);
        assert_sound(&drawing);
        assert!(
            !drawing.title.is_empty() && drawing.desc.ends_with('.'),
            "{}",
            drawing.desc
        );
    }
}

#[test]
fn every_number_of_every_drawing_is_a_number_of_the_document_or_a_place_on_a_scale() {
    let mut figures = 0;
    for (case, report) in cases::all() {
        println!("{case}");
        let document = json::document(&report);
        for (_, picture) in pictures(&report) {
            for drawing in &picture.drawings {
                let place = (&document, &report.zone);
                figures += walk::check_drawing(drawing, place, &report.span);
            }
        }
    }
    assert!(figures > 2_000, "{figures} figures");
}

#[test]
fn documents_are_well_formed_and_refer_to_nothing_outside() {
    for (case, kind, drawing) in drawings() {
        let text = svg::standalone(&drawing);
        let told = format!("{case}: {kind}");
        let mut open: Vec<&str> = Vec::new();
        let (_, body) = text.split_once("<style>").unwrap();
        let (_, body) = body.split_once("</style>").unwrap();
        let body = format!("<svg>{body}");
        for piece in body.split('<').skip(1) {
            let (tag, rest) = piece.split_once('>').expect("each < is closed");
            assert!(!rest.contains('>'), "{told}: {piece}");
            let name = tag
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .unwrap();
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{told}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{told}: {open:?}");
        assert!(
            text.contains("<title id=") && text.contains("<desc id="),
            "{told}"
        );
        let outside = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in [
            "<script",
            "href",
            "http",
            "@import",
            "@font-face",
            "<image",
            "<foreignObject",
        ] {
            assert!(!outside.contains(word), "{told}: {word}");
        }
        let references = text.matches("url(").count();
        assert_eq!(
            references,
            text.matches(&format!("url(#{}-", drawing.id)).count()
        );
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let bytes = || -> Vec<String> {
        let all = drawings();
        all.iter()
            .map(|(_, _, drawing)| svg::standalone(drawing))
            .collect()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn nothing_good_is_drawn_where_nobody_looked() {
    let good = |ink: Ink| {
        [Ink::Up, Ink::Day0, Ink::P50, Ink::P95, Ink::P99].contains(&ink)
            || Ink::HEAT.contains(&ink)
    };
    for (case, gone) in [
        ("unseen month", None),
        ("unseen for ten days", Some(("2018-12-03", "2018-12-13"))),
    ] {
        let (_, report) = cases::all()
            .into_iter()
            .find(|(name, _)| *name == case)
            .unwrap();
        for (kind, picture) in pictures(&report) {
            for drawing in &picture.drawings {
                let Some(time) = drawing.time else { continue };
                let zone = &report.zone;
                let at = |date: &str| zone.start_of(date.parse().unwrap());
                let (from, to) = gone.map_or((time.left, time.right), |(first, next)| {
                    (time.x(at(first)), time.x(at(next)))
                });
                // What reaches in by a pixel is an edge.
                let inside = |left: Px, right: Px| left.0 + 1 < to.0 && right.0 - 1 > from.0;
                let across = time.window.length().0 > 0 && to.0 - from.0 > 3;
                for mark in drawing.marks.iter().filter(|_| across) {
                    let bad = match mark {
                        Mark::Fill(area, ink) if good(*ink) => inside(area.left, area.right),
                        Mark::Path(points, stroke) if good(stroke.ink) => points
                            .windows(2)
                            .any(|pair| inside(pair[0].0.min(pair[1].0), pair[0].0.max(pair[1].0))),
                        Mark::Dot(at, _, ink) if good(*ink) => inside(at.0, at.0),
                        _ => false,
                    };
                    // Swatches of the key stand below the axis.
                    let key = matches!(mark, Mark::Fill(area, _) if area.bottom > below(drawing));
                    assert!(
                        !bad || key,
                        "{case}, {kind}: {mark:?} between {from:?} and {to:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn days_before_the_record_are_an_empty_stretch_of_the_last_ninety() {
    let before = fixture::told(("2018-10-03T00:00", "2018-12-01T00:00"), "America/New_York");
    let known = fixture::ny("2018-11-20T00:00");
    let report = fixture::report(fixture::december());
    let report = report.with_earlier(Earlier::of(&before.assessment, known));
    for drawing in &bars::picture(&report).drawings {
        assert_sound(drawing);
        let time = drawing.time.unwrap();
        assert_eq!(time.window.start, fixture::ny("2018-10-03T00:00"));
        assert_eq!(time.window.end, report.found.period.end);
        let key = below(drawing);
        let filled: Vec<Px> = drawing
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Fill(area, _) if area.bottom < key => Some(area.left),
                _ => None,
            })
            .collect();
        assert!(filled.len() > 3 * 42, "a bar a day and lane");
        let first = filled.iter().min().unwrap();
        assert!(*first >= time.x(known), "{first:?}");
        assert!(drawing.heading.plain().contains(" 42 days to "));
    }
}

/// Where the key begins: below the last tick.
fn below(drawing: &Drawing) -> Px {
    let month = labels(&drawing.marks).filter(|label| {
        ["Nov", "Dec", "2018"]
            .iter()
            .any(|word| label.text.contains(word))
            && !label.face.bold
    });
    month
        .map(|label| label.at.1)
        .min()
        .unwrap_or(drawing.height)
}

#[test]
fn clocks_that_change_are_drawn_at_true_width_with_unique_ticks() {
    for (case, hours) in [("autumn day", 25), ("spring day", 23)] {
        let mut all = cases::all().into_iter();
        let (_, report) = all.find(|(name, _)| *name == case).unwrap();
        let (mut drawn, mut pairs) = (0, 0);
        for (_, picture) in pictures(&report) {
            for drawing in &picture.drawings {
                let whole = |time: &TimeScale| time.window == report.found.period;
                let Some(time) = drawing.time.filter(whole) else {
                    continue;
                };
                drawn += usize::from(has_true_hours(drawing, &time, hours));
                pairs += usize::from(tick(drawing, "01b").is_some());
            }
        }
        assert!(drawn >= 12, "{case}: {drawn} drawings have hours");
        assert!(
            pairs >= 4 || case == "spring day",
            "{pairs} have both ticks"
        );
    }
}

/// The place of the one tick with that label.
fn tick(drawing: &Drawing, word: &str) -> Option<Px> {
    let mut found = labels(&drawing.marks).filter(|label| label.text == word);
    let at = found.next().map(|label| label.at.0);
    assert!(found.next().is_none(), "{}: {word} twice", drawing.id);
    at
}

/// Whether the axis tells hours; they are as wide as they are long.
fn has_true_hours(drawing: &Drawing, time: &TimeScale, hours: i32) -> bool {
    let id = &drawing.id;
    let width = (time.right - time.left).0;
    let apart = |a: Px, b: Px, passed: i32| {
        let drawn = (b - a).0;
        assert!(
            (drawn * hours - passed * width).abs() <= hours,
            "{id}: {drawn} of {width}"
        );
    };
    // 06 and 12 are six hours apart on either day, midnight and 06 are seven or five.
    let (Some(six), Some(twelve)) = (tick(drawing, "06"), tick(drawing, "12")) else {
        return false;
    };
    apart(six, twelve, 6);
    apart(time.left, six, hours - 18);
    let repeated = ["01a", "01b", "01a/b"].map(|word| tick(drawing, word));
    match (hours, repeated) {
        (25, [Some(a), Some(b), None]) => apart(a, b, 1),
        (25, [None, None, Some(_)]) | (23, [None, None, None]) => {}
        other => panic!("{id}: {other:?}"),
    }
    assert!(
        hours == 25 || tick(drawing, "02").is_none(),
        "{id}: no such hour"
    );
    true
}

#[test]
fn a_chart_s_table_has_a_cell_for_each_head() {
    for (case, report) in cases::all() {
        for (kind, picture) in pictures(&report) {
            let data = &picture.data;
            assert!(
                data.rows.iter().all(|row| row.len() == data.heads.len()),
                "{case}, {kind}"
            );
        }
    }
}
