//! `[[probe]]`: who does what when, and the platform checks.

use std::collections::BTreeMap;

use super::cursor::{Item, Section};
use super::site::list;
use super::{Known, response, timing, unique};
use crate::name::Name;
use crate::plan::{Check, Layer, Persona, Probe, Session, Subject};
use crate::time::Millis;

/// Reads all `[[probe]]`; `None` if one of them could not be read.
pub(super) fn probes(top: &Section<'_>, known: &Known<'_>) -> Option<Vec<Probe>> {
    let mut names = Vec::new();
    let mut load = Load::default();
    let sections = top.sections("probe");
    if sections.is_empty() {
        top.wrong(
            "no probe is planned",
            "add [[probe]] with name, journey, persona and schedule",
        );
    }
    let mut probes = Vec::new();
    let mut whole = true;
    for section in sections {
        let name = section
            .need("name", "such as name = \"user-login\"")
            .and_then(|item| unique(&mut names, &item));
        let section = match &name {
            Some(name) => section.named(format!("probe {:?}", name.as_str())),
            None => section,
        };
        let probe = probe(&section, name, known);
        section.finish();
        whole &= probe.is_some();
        if let Some(probe) = probe {
            load.add(&section, &probe, known);
            probes.push(probe);
        }
    }
    whole.then_some(probes)
}

fn probe(section: &Section<'_>, name: Option<Name>, known: &Known<'_>) -> Option<Probe> {
    let flag = |key| {
        section
            .get(key)
            .and_then(|item| item.bool())
            .unwrap_or(true)
    };
    let (stagger, fresh) = (flag("stagger"), flag("fresh"));
    let regions = list(section, "regions", |item| {
        item.reference("region", known.regions)
    });
    let timing = timing::timing(section);
    let subject = subject(section, known);
    if let (Some(subject), Some(item)) = (&subject, section.get("layer")) {
        layer(&item, subject);
    }
    let timing = timing?;
    Some(Probe {
        name: name?,
        subject: subject?,
        schedule: timing.schedule,
        fast: timing.fast,
        timeout: timing.timeout,
        retries: timing.retries,
        retry_after: timing.retry_after,
        slow_after: timing.slow_after,
        stagger,
        jitter_permille: timing.jitter_permille,
        regions,
        fresh,
    })
}

/// The layer follows from the subject; a plan that says another one is mistaken.
fn layer(item: &Item<'_>, subject: &Subject) {
    let words = [("service", Layer::Service), ("platform", Layer::Platform)];
    let (layer, hint) = match subject {
        Subject::Journey { .. } => (Layer::Service, "a journey counts; use \"service\""),
        Subject::Platform(_) => (
            Layer::Platform,
            "a check is early warning and cannot count; use \"platform\"",
        ),
    };
    if item.word(&words).is_some_and(|said| said != layer) {
        item.wrong("is not the layer of this probe", hint);
    }
}

fn subject(section: &Section<'_>, known: &Known<'_>) -> Option<Subject> {
    let hint = "a probe has a journey and a persona, or a check";
    let item = section.one_of(&["journey", "check"], hint);
    let persona = section.get("persona");
    let session = section.get("session");
    let max_age = section.get("session_max_age");
    let item = item?;
    if item.key == "check" {
        for stray in [persona, session, max_age].into_iter().flatten() {
            stray.hidden("belongs to journeys, not to a check", "take it away");
        }
        return Some(Subject::Platform(check(&item)?));
    }
    let journey = item.reference("journey", &known.journey_names);
    if persona.is_none() {
        section.wrong("persona is missing", "say who takes the journey");
    }
    let persona = persona.and_then(|item| item.reference("persona", &known.persona_names));
    let kept = session
        .as_ref()
        .is_some_and(|item| item.bool() == Some(true));
    let session = match (kept, max_age) {
        (true, Some(item)) => Some(Session {
            max_age: item.duration(Millis::from_secs(1))?,
        }),
        (true, None) => {
            let hint = "say how long the site keeps a session, such as session_max_age = \"8h\"";
            section.wrong("a session probe without session_max_age", hint);
            None
        }
        (false, Some(item)) => {
            item.hidden("belongs to session probes", "say session = true too");
            None
        }
        (false, None) => None,
    };
    let journey = journey?;
    if kept && !has_session_step(&journey, known) {
        item.wrong(
            "has no session step",
            "mark the step that proves the session: session = true",
        );
    }
    Some(Subject::Journey {
        journey,
        persona: persona?,
        session,
    })
}

fn has_session_step(journey: &Name, known: &Known<'_>) -> bool {
    let mut read = known.journeys.iter().map(|read| &read.journey);
    // A journey that could not be read has told its own mistakes.
    read.find(|read| read.name == *journey)
        .is_none_or(|read| read.steps.iter().any(|step| step.session))
}

fn check(item: &Item<'_>) -> Option<Check> {
    let hint = "a check is one of https, self_subject_review, tcp, dns or certificate";
    let section = item.section("a table such as { tcp = \"host:443\" }")?;
    let kinds = ["https", "self_subject_review", "tcp", "dns", "certificate"];
    let found = section.one_of(&kinds, hint);
    let check = found.and_then(|found| match found.key.rsplit('.').next() {
        Some("https") => https(&found, &section),
        Some("self_subject_review") => review(&found, &section),
        Some("tcp") => {
            let (host, port) = found.host_port()?;
            Some(Check::Tcp { host, port })
        }
        Some("dns") => Some(Check::Dns {
            addresses: list(&section, "addresses", address),
            host: found.host()?,
        }),
        _ => certificate(&found, &section),
    });
    if check.is_some() {
        section.finish();
    }
    check
}

fn https(item: &Item<'_>, section: &Section<'_>) -> Option<Check> {
    let status = section.get("status");
    Some(Check::Https {
        bearer: section.get("bearer").and_then(|item| item.secret()),
        ca: section.get("ca").and_then(|item| item.path()),
        status: status.map_or_else(|| vec![200], |item| response::statuses(&item)),
        text: section.get("text").and_then(|item| item.owned()),
        url: item.url()?,
    })
}

fn review(item: &Item<'_>, section: &Section<'_>) -> Option<Check> {
    let hint = "a review asks who a token belongs to: check.bearer = { file = \"path\" }";
    let bearer = section.need("bearer", hint);
    Some(Check::SelfSubjectReview {
        bearer: bearer.and_then(|item| item.secret()),
        ca: section.get("ca").and_then(|item| item.path()),
        username: section.get("username").and_then(|item| item.owned()),
        url: item.origin()?,
    })
}

fn certificate(item: &Item<'_>, section: &Section<'_>) -> Option<Check> {
    let days = section.get("days");
    let ca = section.get("ca").and_then(|item| item.path());
    let days = days.map_or(Some(14), |item| item.number(1..=3_650));
    let (host, port) = item.host_port()?;
    Some(Check::Certificate {
        host,
        port,
        days: days?,
        ca,
    })
}

fn address(item: &Item<'_>) -> Option<std::net::IpAddr> {
    let address = item.text()?.parse().ok();
    if address.is_none() {
        item.wrong("is not an address", "write it as \"192.0.2.1\"");
    }
    address
}

/// Logins an hour by account label, so that no plan asks for more than `login_cap`.
#[derive(Default)]
struct Load(BTreeMap<Name, i64>);

/// Millionths of a login, so that sums of thirds stay comparable.
const SCALE: i64 = 1_000_000;

impl Load {
    /// Adds what `probe` asks of its persona's accounts, and notes an account that is asked too much.
    fn add(&mut self, section: &Section<'_>, probe: &Probe, known: &Known<'_>) {
        let Subject::Journey {
            journey, persona, ..
        } = &probe.subject
        else {
            return;
        };
        let Some(persona) = known.personas.iter().find(|read| read.name == *persona) else {
            return;
        };
        let read = known.journeys.iter();
        let signs_in = read
            .filter(|read| read.journey.name == *journey)
            .any(|read| read.signs_in);
        let regions: Vec<&Name> = if probe.regions.is_empty() {
            known.regions.iter().collect()
        } else {
            probe.regions.iter().collect()
        };
        // Whole logins a minute; a session probe signs in once and then keeps its session.
        let counted = signs_in && known.login_cap > 0 && !probe.is_session();
        let rate = 60_000 * SCALE / probe.schedule.spacing().0.max(1);
        for region in &regions {
            let usable = accounts_in(persona, region);
            if usable.is_empty() {
                section.wrong(
                    &format!(
                        "persona {:?} has no account in region {:?}",
                        persona.name, region
                    ),
                    "give an account that region, or leave out its regions",
                );
            }
            let share = rate / i64::try_from(usable.len().max(1)).unwrap_or(i64::MAX);
            for label in usable.into_iter().filter(|_| counted) {
                *self.0.entry(label).or_default() += share;
            }
        }
        if counted {
            self.judge(section, persona, (regions.len(), rate, known.login_cap));
        }
    }

    fn judge(
        &self,
        section: &Section<'_>,
        persona: &Persona,
        (regions, rate, cap): (usize, i64, u32),
    ) {
        let labels = persona.accounts.iter().map(|account| &account.label);
        let busiest = labels.max_by_key(|label| self.0.get(*label).copied().unwrap_or(0));
        let Some(busiest) = busiest else { return };
        let load = self.0.get(busiest).copied().unwrap_or(0);
        if load <= i64::from(cap) * SCALE {
            return;
        }
        let accounts = persona.accounts.len();
        section.wrong(
            &format!(
                "asks account {:?} for {} logins a minute, more than login_cap = {cap}",
                busiest,
                show_rate(load)
            ),
            &format!(
                "{} a minute × {regions} region{} over {accounts} account{} of persona {:?}, with its other probes; \
                 add accounts, slow the schedule, or set login_cap = 0 for a test system of your own",
                show_rate(rate),
                plural(regions),
                plural(accounts),
                persona.name
            ),
        );
    }
}

fn accounts_in(persona: &Persona, region: &Name) -> Vec<Name> {
    let accounts = persona.accounts.iter();
    accounts
        .filter(|account| account.regions.is_empty() || account.regions.contains(region))
        .map(|account| account.label.clone())
        .collect()
}

/// A rate with at most one decimal, rounded up so that too much never looks like enough.
fn show_rate(rate: i64) -> String {
    let tenths = (rate * 10 + SCALE - 1) / SCALE;
    match tenths % 10 {
        0 => format!("{}", tenths / 10),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
