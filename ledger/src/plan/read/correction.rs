//! The strict reader of `corrections.toml`: every entry, or every mistake at once.

use super::cursor::{Item, Section, nearest};
use super::unique;
use crate::correction::{
    Become, Cause, ClockOffset, ClockSpan, Correction, NewEdges, Reclassify, Ticks, What,
};
use crate::name::Name;
use crate::plan::problems::Problems;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

const KINDS: &str = "say one thing: ticks (which become something else), outage (its edges or its cause), clock, or withdraw";
const ADD: &str = "entries are only added, at the end; see `withdraw` for taking one back";

impl Correction {
    /// Reads the text of a file of `[[correction]]` tables. `file` is how mistakes name it; nothing is opened.
    /// `contracts` are those that a correction may name.
    ///
    /// # Errors
    /// [`Problems`]: all mistakes at once, or the first one if the text is no TOML.
    pub fn parse_all(text: &str, file: &str, contracts: &[Name]) -> Result<Vec<Self>, Problems> {
        let mut earlier = Earlier::default();
        super::tables((text, file), "correction", |section| {
            correction(section, &mut earlier, contracts)
        })
    }
}

/// What stands above an entry.
#[derive(Default)]
struct Earlier {
    ids: Vec<Name>,
    /// Those that may still be withdrawn.
    standing: Vec<Name>,
    written: Option<Timestamp>,
}

fn correction(
    section: Section<'_>,
    earlier: &mut Earlier,
    contracts: &[Name],
) -> Option<Correction> {
    let id = section
        .need("id", "such as id = \"friday-edges\"")
        .and_then(|item| unique(&mut earlier.ids, &item));
    let section = match &id {
        Some(id) => section.named(format!("correction {:?}", id.as_str())),
        None => section,
    };
    let author = section.need("author", "say who corrects");
    let reason = section.need("reason", "say why, as the customer will read it");
    let written = section.need("written", "say when this entry was added");
    let written = written.and_then(|item| in_order(&item, earlier));
    let named = section.get("contracts");
    let named_any = named.is_some();
    let named = named.map(|item| item.each(|one| one.reference("contract", contracts)));
    let what = what(&section, earlier);
    if let (true, Some(What::Withdraw(_))) = (named_any, &what) {
        section.wrong(
            "contracts does not go with withdraw",
            "an entry is taken back for all of its contracts",
        );
    }
    section.finish();
    if let (Some(id), false) = (&id, matches!(what, Some(What::Withdraw(_)))) {
        earlier.standing.push(id.clone());
    }
    Some(Correction {
        id: id?,
        contracts: named.unwrap_or_default(),
        author: author?.owned()?,
        reason: reason?.owned()?,
        written: written?,
        what: what?,
    })
}

/// The instant an entry was written, which is not before the one above it.
fn in_order(item: &Item<'_>, earlier: &mut Earlier) -> Option<Timestamp> {
    let written = item.instant()?;
    let last = *earlier.written.get_or_insert(written);
    if written < last {
        item.wrong(format_args!("lies before the entry above, {last}"), ADD);
        return None;
    }
    earlier.written = Some(written);
    Some(written)
}

fn what(section: &Section<'_>, earlier: &mut Earlier) -> Option<What> {
    let kind = section.one_of(&["ticks", "outage", "clock", "withdraw"], KINDS);
    let Some(kind) = kind else {
        // So that they are not called unknown beside the mistake that matters.
        for key in [
            "become", "class", "start", "end", "within", "source", "cause",
        ] {
            section.get(key);
        }
        return None;
    };
    match kind.key.as_str() {
        "ticks" => reclassify(section, &kind).map(What::Reclassify),
        "outage" => of_outage(section, &kind),
        "clock" => clock(&kind).map(What::Clock),
        _ => withdraw(&kind, earlier).map(What::Withdraw),
    }
}

fn reclassify(section: &Section<'_>, kind: &Item<'_>) -> Option<Reclassify> {
    let ticks = ticks(kind);
    let word = section.need("become", "say what they become: become = \"void\"");
    let word = word.and_then(|item| item.word(&[("good", 'g'), ("bad", 'b'), ("void", 'v')]));
    let class = section.get("class");
    let into = match word? {
        'g' => {
            if let Some(item) = class {
                item.wrong("does not go with become = \"good\"", "leave it out");
                return None;
            }
            Become::Good
        }
        'b' => Become::Bad(class_of(section, class, Owner::Site)?),
        _ => Become::Void(class_of(section, class, Owner::Prober)?),
    };
    Some(Reclassify {
        ticks: ticks?,
        into,
    })
}

/// Whose trouble a class is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Site,
    Prober,
}

/// The class that ticks get: the site's if they become bad, the prober's own if void.
fn class_of(section: &Section<'_>, item: Option<Item<'_>>, owner: Owner) -> Option<Class> {
    let hint = match owner {
        Owner::Prober => {
            "void is the prober's own trouble: give its class, such as class = \"prober.net\""
        }
        Owner::Site => "bad is the service's fault: give its class, such as class = \"status\"",
    };
    let Some(item) = item else {
        section.wrong("class is missing", hint);
        return None;
    };
    let class = item.class()?;
    if class.as_str().starts_with("prober.") == (owner == Owner::Prober) {
        return Some(class);
    }
    item.wrong("does not fit", hint);
    None
}

fn ticks(item: &Item<'_>) -> Option<Ticks> {
    let table = item.section("a table such as { from = 2018-12-15T09:00:00-05:00, until = 2018-12-15T09:20:00-05:00, region = \"west\" }")?;
    let span = span(&table);
    let name = |key| table.get(key).map(|item| item.name());
    let (region, agent, persona, probe) = (
        name("region"),
        name("agent"),
        name("persona"),
        name("probe"),
    );
    let class = table.get("class").map(|item| item.class());
    table.finish();
    Some(Ticks {
        span: span?,
        region: given(region)?,
        agent: given(agent)?,
        persona: given(persona)?,
        probe: given(probe)?,
        class: given(class)?,
    })
}

/// What a key that may be absent says; `None` if it is there and wrong.
#[expect(
    clippy::option_option,
    reason = "absent, wrong and right are three answers"
)]
fn given<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(right) => Some(right),
    }
}

fn span(table: &Section<'_>) -> Option<Interval> {
    let from = table.need("from", "the first instant");
    let until = table.need("until", "the first instant after it");
    let (from, until) = (from.and_then(|item| item.instant()), until);
    let (start, end) = (from, until.as_ref().and_then(Item::instant));
    let (start, end) = (start?, end?);
    if end <= start {
        until?.wrong("does not lie after `from`", "a span ends after it starts");
        return None;
    }
    Some(Interval::new(start, end))
}

/// The edges of an outage, or its cause.
fn of_outage(section: &Section<'_>, kind: &Item<'_>) -> Option<What> {
    let outage = kind.instant();
    let cause = section.get("cause");
    let [start, end, within, source] =
        ["start", "end", "within", "source"].map(|key| section.get(key));
    if let Some(cause) = cause {
        for item in [start, end, within, source].into_iter().flatten() {
            item.wrong(
                "does not go with cause",
                "write one entry for the edges and one for the cause",
            );
        }
        let cause = cause.line();
        return Some(What::Cause(Cause {
            outage: outage?,
            cause: cause?,
        }));
    }
    if start.is_none() && end.is_none() {
        section.wrong(
            "none of start, end, cause is there",
            "say when the outage began, when it ended, or why it happened",
        );
    }
    if source.is_none() {
        section.wrong(
            "source is missing",
            "say where that is known from: source = \"server logs\"",
        );
    }
    let at = |item: &Option<Item<'_>>| given(item.as_ref().map(Item::instant));
    let (began, ended) = (at(&start), at(&end));
    if let (Some(item), Some(Some(began)), Some(Some(ended))) = (&end, began, ended)
        && ended <= began
    {
        item.wrong(
            "does not lie after `start`",
            "an outage ends after it starts",
        );
    }
    let within = given(within.map(|item| item.duration(Millis::ZERO)))?;
    Some(What::Edge(NewEdges {
        outage: outage?,
        start: began?,
        end: ended?,
        within: within.unwrap_or(Millis::ZERO),
        source: source?.line()?,
    }))
}

fn clock(item: &Item<'_>) -> Option<ClockSpan> {
    let table = item.section("a table such as { agent = \"west-1\", from = 2018-12-15T09:00:00-05:00, until = 2018-12-15T12:00:00-05:00, behind = \"1500ms\", error = \"200ms\" }")?;
    let agent = table.need("agent", "say whose clock was off");
    let agent = agent.and_then(|item| item.name());
    let span = span(&table);
    let hint = "say by how much it was off: behind = \"2s\" if it showed too early a time, else ahead = \"2s\"";
    let off = table.one_of(&["behind", "ahead"], hint);
    let offset = off.and_then(|item| {
        let length = item.duration(Millis::ZERO)?;
        Some(if item.key.ends_with("behind") {
            length
        } else {
            -length
        })
    });
    let error = table.need("error", "say how far off that may be: error = \"200ms\"");
    let error = error.and_then(|item| item.duration(Millis::ZERO));
    table.finish();
    Some(ClockSpan {
        agent: agent?,
        span: span?,
        clock: ClockOffset {
            offset: offset?,
            error: error?,
        },
    })
}

fn withdraw(item: &Item<'_>, earlier: &mut Earlier) -> Option<Name> {
    let name = item.name()?;
    let place = earlier.standing.iter().position(|one| *one == name);
    if let Some(place) = place {
        return Some(earlier.standing.remove(place));
    }
    let near = nearest(name.as_str(), earlier.standing.iter().map(Name::as_str));
    let hint = near.map_or_else(
        || "name the id of an earlier entry that was not withdrawn; to withdraw a withdrawal, write the entry anew".to_owned(),
        |near| format!("did you mean {near:?}?"),
    );
    item.wrong("is no entry above that can be withdrawn", hint);
    None
}

impl Item<'_> {
    /// Text of one line.
    pub(super) fn line(&self) -> Option<String> {
        let text = self.owned()?;
        if text.contains(['\n', '\r']) {
            self.hidden("has several lines", "write it on one line");
            return None;
        }
        Some(text)
    }

    /// The class of an attempt.
    fn class(&self) -> Option<Class> {
        let text = self.text()?;
        let class = Class::parse(text);
        if class.is_none() {
            let known = Class::ALL.map(Class::as_str);
            let hint = nearest(text, known.into_iter()).map_or_else(
                || format!("use one of {}", known.join(", ")),
                |near| format!("did you mean {near:?}?"),
            );
            self.wrong("is no class", hint);
        }
        class
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::testing::{at, name, span};

    fn read(text: &str) -> Result<Vec<Correction>, Problems> {
        Correction::parse_all(text, "corrections.toml", &[name("example"), name("other")])
    }

    const HEAD: &str = r#"
[[correction]]
id = "one"
author = "Jo Miller"
reason = "The log says so"
written = 2018-12-18T09:00:00-05:00
"#;

    fn only(rest: &str) -> What {
        let read = read(&format!("{HEAD}{rest}\n"));
        read.unwrap_or_else(|problems| panic!("{problems}"))
            .remove(0)
            .what
    }

    #[test]
    fn an_entry_is_read_whole() {
        let text = format!(
            "{HEAD}contracts = [\"example\"]\noutage = 2018-12-14T22:30:00Z\ncause = \"A flood of sign-ins\""
        );
        let expected = Correction {
            id: name("one"),
            contracts: vec![name("example")],
            author: "Jo Miller".to_owned(),
            reason: "The log says so".to_owned(),
            written: at("2018-12-18T14:00:00Z"),
            what: What::Cause(Cause {
                outage: at("2018-12-14T22:30:00Z"),
                cause: "A flood of sign-ins".to_owned(),
            }),
        };
        assert_eq!(read(&text), Ok(vec![expected]));
        assert_eq!(read(""), Ok(Vec::new()), "nothing is corrected");
    }

    #[test]
    fn ticks_become_something_else() {
        let ticks = "ticks = { from = 2018-12-15T09:00:00Z, until = 2018-12-15T09:20:00Z, region = \"west\", class = \"script\" }";
        let wanted = Ticks {
            span: span("2018-12-15T09:00:00Z", "2018-12-15T09:20:00Z"),
            region: Some(name("west")),
            agent: None,
            persona: None,
            probe: None,
            class: Some(Class::Script),
        };
        for (rest, into) in [
            ("become = \"good\"", Become::Good),
            (
                "become = \"bad\"\nclass = \"status\"",
                Become::Bad(Class::Status),
            ),
            (
                "become = \"void\"\nclass = \"prober.net\"",
                Become::Void(Class::ProberNet),
            ),
        ] {
            let ticks_of = What::Reclassify(Reclassify {
                ticks: wanted.clone(),
                into,
            });
            assert_eq!(only(&format!("{ticks}\n{rest}")), ticks_of);
        }
    }

    #[test]
    fn edges_clocks_and_withdrawals_are_read() {
        let edges = "outage = 2018-12-14T22:30:00Z\nstart = 2018-12-14T22:14:58Z\nwithin = \"2s\"\nsource = \"server logs\"";
        assert_eq!(
            only(edges),
            What::Edge(NewEdges {
                outage: at("2018-12-14T22:30:00Z"),
                start: Some(at("2018-12-14T22:14:58Z")),
                end: None,
                within: Millis::from_secs(2),
                source: "server logs".to_owned(),
            })
        );
        for (key, offset) in [("behind", 1_500), ("ahead", -1_500)] {
            let found = only(&format!(
                "clock = {{ agent = \"west-1\", from = 2018-12-15T09:00:00Z, until = 2018-12-15T10:00:00Z, {key} = \"1500ms\", error = \"200ms\" }}"
            ));
            let clock = ClockOffset {
                offset: Millis(offset),
                error: Millis(200),
            };
            assert!(
                matches!(found, What::Clock(one) if one.clock == clock),
                "{key}"
            );
        }
        let withdrawn = format!(
            "{HEAD}outage = 2018-12-14T22:30:00Z\ncause = \"x\"\n{}withdraw = \"one\"",
            HEAD.replace("one", "two")
        );
        assert_eq!(
            read(&withdrawn).unwrap()[1].what,
            What::Withdraw(name("one"))
        );
    }

    const WRONG: &str = r#"
[[correction]]
id = "one"
contracts = ["exampel"]
reason = "The log says so"
written = 2018-12-18T09:00:00
outage = 2018-12-14T22:30:00Z
start = 2018-12-14T22:30:00Z
end = 2018-12-14T22:15:00Z
within = "soon"
sorce = "server logs"

[[correction]]
id = "one"
author = "Jo"
reason = "Renamed form"
written = 2018-12-18T09:00:00Z
ticks = { from = 2018-12-15T09:00:00Z, until = 2018-12-15T09:00:00Z, regoin = "west", class = "scrpt" }
become = "void"

[[correction]]
id = "two"
author = "Jo"
reason = "Clock"
written = 2018-12-17T09:00:00Z
clock = { agent = "West 1", from = 2018-12-15T09:00:00Z, until = 2018-12-15T10:00:00Z, error = "x" }

[[correction]]
id = "three"
author = "Jo"
reason = "Cause"
written = 2018-12-19T09:00:00Z
outage = 2018-12-14T22:30:00Z
cause = "A flood"
start = 2018-12-14T22:15:00Z
ticks = {}

[[correction]]
id = "four"
author = "Jo"
reason = "Back"
written = 2018-12-19T09:00:00Z
withdraw = "thre"

[[correction]]
id = "five"
author = "Jo"
reason = "Class"
written = 2018-12-19T09:00:00Z
ticks = { from = 2018-12-15T09:00:00Z, until = 2018-12-15T10:00:00Z }
become = "bad"
class = "prober.net"

[[correction]]
id = "six"
author = "Jo"
reason = "Cause"
written = 2018-12-19T09:00:00Z
outage = 2018-12-14T22:30:00Z
cause = "A flood"
start = 2018-12-14T22:15:00Z
"#;

    #[test]
    fn all_mistakes_are_told_at_once() {
        assert_snapshot!(read(WRONG).unwrap_err().to_string(), @r#"
        corrections.toml:2: correction "one": author is missing
          say who corrects
        corrections.toml:2: correction "one": source is missing
          say where that is known from: source = "server logs"
        corrections.toml:4: correction "one": contracts[0] = "exampel" is no contract of this plan
          did you mean "example"?
        corrections.toml:6: correction "one": written = 2018-12-18T09:00:00 is no instant
          write it with its offset, such as 2018-12-16T02:00:00-05:00
        corrections.toml:9: correction "one": end = 2018-12-14T22:15:00Z does not lie after `start`
          an outage ends after it starts
        corrections.toml:10: correction "one": within = "soon" is not a duration
          write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
        corrections.toml:11: correction "one": unknown key "sorce"; did you mean "source"?
        corrections.toml:13: correction 2: class is missing
          void is the prober's own trouble: give its class, such as class = "prober.net"
        corrections.toml:14: correction 2: id = "one" is already taken
          each needs a name of its own
        corrections.toml:18: correction 2: ticks.until = 2018-12-15T09:00:00Z does not lie after `from`
          a span ends after it starts
        corrections.toml:18: correction 2: ticks.class = "scrpt" is no class
          did you mean "script"?
        corrections.toml:18: correction 2: unknown key "ticks.regoin"; did you mean "ticks.region"?
        corrections.toml:25: correction "two": written = 2018-12-17T09:00:00Z lies before the entry above, 2018-12-18T09:00:00.000Z
          entries are only added, at the end; see `withdraw` for taking one back
        corrections.toml:26: correction "two": clock.agent = "West 1" is not a name
          use 1 to 64 of a-z, 0-9 and -
        corrections.toml:26: correction "two": clock: none of behind, ahead is there
          say by how much it was off: behind = "2s" if it showed too early a time, else ahead = "2s"
        corrections.toml:26: correction "two": clock.error = "x" is not a duration
          write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
        corrections.toml:28: correction "three": ticks and outage exclude each other
          say one thing: ticks (which become something else), outage (its edges or its cause), clock, or withdraw
        corrections.toml:43: correction "four": withdraw = "thre" is no entry above that can be withdrawn
          did you mean "three"?
        corrections.toml:52: correction "five": class = "prober.net" does not fit
          bad is the service's fault: give its class, such as class = "status"
        corrections.toml:61: correction "six": start = 2018-12-14T22:15:00Z does not go with cause
          write one entry for the edges and one for the cause
        "#);
    }
}
