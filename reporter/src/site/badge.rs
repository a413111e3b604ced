//! Badges: one fact as a small picture, to be shown elsewhere.
//!
//! Colours are those of the charts, and each is named in words. Widths are those of wide letters, so that text fits in any
//! reader's font.

use ledger::print;
use ledger::sla::SlaVerdict;
use ledger::state::State;

use super::now::word;
use super::subject::{self, Part, Subject};
use super::{Content, Files, Service};
use crate::chart::Px;
use crate::chart::palette::{Ink, ink_of};
use crate::chart::text::{Face, cut, width};
use crate::escape::{markup, visible};
use crate::locale::Grain;

const FACE: Face = Face {
    size: 12,
    bold: false,
};
/// The longest label.
const ROOM: Px = Px(260);
const HIGH: i32 = 22;
const SIDE: Px = Px(7);

/// What a badge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// Of what.
    pub label: String,
    /// How it is.
    pub value: String,
    /// Behind the value.
    pub ink: Ink,
    /// The whole fact in words.
    pub title: String,
}

/// Three badges each of the service and every persona.
pub(super) fn files(service: &Service) -> Files {
    let mut files = Files::new();
    for one in subject::subjects(service) {
        let directory = match &one.persona {
            Some(persona) => format!("badges/{persona}"),
            None => "badges".to_owned(),
        };
        for (name, badge) in badges(service, &one) {
            files.insert(
                format!("{directory}/{name}.svg"),
                Content::text(render(&badge)),
            );
        }
    }
    files
}

fn badges(service: &Service, one: &Subject) -> [(&'static str, Badge); 3] {
    let name = visible(&service.recent.contract.service);
    let name = match &one.persona {
        Some(persona) => format!("{name}, {persona}"),
        None => name,
    };
    let days = service.recent.found.days.len();
    let days = format!("last {}", crate::words::count(days, "day"));
    [
        ("state", state(service, one, &name)),
        ("month", share((&name, &service.month.span), &one.month)),
        ("days", share((&name, &days), &one.days)),
    ]
}

/// How it is, and when it was so: a badge may be looked at long after it was made.
fn state(service: &Service, one: &Subject, name: &str) -> Badge {
    let zone = &service.recent.zone;
    let state = one.now.state;
    let seen = one.now.seen.map(|at| {
        let date = zone.format(at, "%-d %b");
        format!("{date} {}", zone.to(Grain::Minute, at))
    });
    let whole = one.now.seen.map(|at| zone.table(at));
    let (value, title) = match (state, seen, whole) {
        (State::Unknown, _, Some(whole)) => (
            word(state).to_owned(),
            format!("looked at last {whole} ({})", zone.name()),
        ),
        (state, Some(seen), Some(whole)) => (
            format!("{}, {seen}", word(state)),
            format!("as of {whole} ({})", zone.name()),
        ),
        (_, _, _) => (
            word(State::Unknown).to_owned(),
            "not looked at in these days".to_owned(),
        ),
    };
    Badge {
        title: format!("{name}: {}, {title}", word(state)),
        label: name.to_owned(),
        value,
        ink: ink_of(state),
    }
}

fn share((name, when): (&str, &str), part: &Part) -> Badge {
    let value = match part.availability {
        Some(share) => print::availability(share),
        None => "no data".into(),
    };
    let (ink, held) = match part.verdict {
        SlaVerdict::Met => (Ink::Up, "the target is met"),
        SlaVerdict::Missed => (Ink::Down, "the target is missed"),
        SlaVerdict::Undecided => (Ink::Degraded, "whether the target is met cannot be told"),
        SlaVerdict::Unmeasured => (Ink::Unknown, "too little is known"),
    };
    Badge {
        title: format!("{name}, availability, {when}: {value}, {held}"),
        label: format!("{name}, {when}"),
        value,
        ink,
    }
}

/// The badge as an SVG document: text as text, nothing fetched.
pub fn render(badge: &Badge) -> String {
    let label = cut(&visible(&badge.label), FACE, ROOM);
    let value = cut(&visible(&badge.value), FACE, ROOM);
    let left = width(&label, FACE) + SIDE + SIDE;
    let right = width(&value, FACE) + SIDE + SIDE;
    let whole = left + right;
    let middle = |from: Px, room: Px| from.0 + room.0 / 2;
    let (dark, fill) = (Ink::Outline.hex(), badge.ink.hex());
    let text = |x: i32, ink: Ink, words: &str| {
        format!(
            "<text x=\"{x}\" y=\"15\" fill=\"{}\">{}</text>\n",
            ink.hex(),
            markup(words)
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{HIGH}\" viewBox=\"0 0 {w} {HIGH}\" role=\"img\" \
         aria-labelledby=\"title\">\n<title id=\"title\">{}</title>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"{fill}\" stroke=\"{dark}\"/>\n\
         <path d=\"M{l} 0H3.5a3 3 0 0 0 -3 3V19a3 3 0 0 0 3 3H{l}z\" fill=\"{dark}\"/>\n\
         <g font-family=\"system-ui, sans-serif\" font-size=\"{}\" text-anchor=\"middle\" aria-hidden=\"true\">\n{}{}</g>\n</svg>\n",
        markup(&badge.title),
        whole.0 - 1,
        HIGH - 1,
        FACE.size,
        text(middle(Px(0), left), Ink::Pale, &label),
        text(middle(left, right), on(badge.ink), &value),
        w = whole.0,
        l = left.0,
    )
}

/// The ink of words on a fill, by contrast.
const fn on(fill: Ink) -> Ink {
    match fill {
        Ink::Down | Ink::Excluded => Ink::Pale,
        _ => Ink::Third,
    }
}
