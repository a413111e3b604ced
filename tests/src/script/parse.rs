//! From TOML to a script.

use ledger::name::Name;
use ledger::time::{Millis, Timestamp};
use toml::de::{DeTable, DeValue};

use super::kind::{Kind, RULES, Rule};
use super::read::{Fields, Notes, ScriptError, shown};
use super::{Flap, Moment, Planned, Scope, Script, What};
use crate::product::{Attack, Persona, accounts};

const HEADER: [&str; 6] = ["seed", "start", "end", "patience", "regions", "fault"];
const TIMES: [&str; 5] = ["kind", "from", "until", "for", "note"];

pub(super) fn script(file: &str, text: &str) -> Result<Script, ScriptError> {
    let mut notes = Notes::new(file, text);
    let (document, problems) = DeTable::parse_recoverable(text);
    for problem in &problems {
        let at = problem.span().map_or(0, |span| span.start);
        let line = text
            .get(..at)
            .and_then(|before| text.lines().nth(before.matches('\n').count()));
        let found = format!(
            "{:?}",
            line.unwrap_or_default()
                .chars()
                .take(60)
                .collect::<String>()
        );
        notes.note(
            at,
            "syntax".to_owned(),
            found,
            format!("TOML ({})", problem.message().replace('\n', ", ")),
        );
    }
    if !problems.is_empty() {
        return notes.finish(Script::default());
    }
    let mut fields = Fields::new(document.get_ref(), String::new(), 0);
    let mut script = header(&mut fields, &mut notes);
    let faults = fields.raw("fault");
    match faults.map(|list| (list.get_ref(), list.span())) {
        None => {}
        Some((DeValue::Array(list), _)) => {
            for (item, number) in list.iter().zip(1_usize..) {
                match item.get_ref() {
                    DeValue::Table(table) => {
                        let begin = item.span().start;
                        script
                            .faults
                            .extend(fault(&mut notes, &script, table, (number, begin)));
                    }
                    other => notes.note(
                        item.span().start,
                        "fault".to_owned(),
                        shown(other),
                        "[[fault]] tables",
                    ),
                }
            }
        }
        Some((other, span)) => notes.note(
            span.start,
            "fault".to_owned(),
            shown(other),
            "[[fault]] tables",
        ),
    }
    fields.finish(&mut notes, &HEADER);
    notes.finish(script)
}

fn header(fields: &mut Fields<'_>, notes: &mut Notes<'_>) -> Script {
    let plain = Script::default();
    let script = Script {
        seed: fields.take(notes, "seed", seed).unwrap_or(plain.seed),
        start: fields.take(notes, "start", instant),
        end: fields.take(notes, "end", moment),
        patience: fields
            .take(notes, "patience", duration)
            .unwrap_or(plain.patience),
        regions: fields.take(notes, "regions", names).unwrap_or_default(),
        faults: Vec::new(),
    };
    if let (Some(start), Some(Moment::At(end))) = (script.start, script.end)
        && end <= start
    {
        fields.fault(notes, "end", "an instant after start");
    }
    script
}

fn fault(
    notes: &mut Notes<'_>,
    script: &Script,
    table: &DeTable<'_>,
    at: (usize, usize),
) -> Option<Planned> {
    let (number, begin) = at;
    let mut fields = Fields::new(table, format!("fault {number}"), begin);
    let Some(rule) = fields.take(notes, "kind", rule) else {
        if !fields.has("kind") {
            fields.fault(notes, "kind", format!("one of {}", kinds()));
        }
        return None;
    };
    let mut fields = Fields::new(table, format!("fault {number} ({})", rule.name), begin);
    fields.raw("kind");
    let time = time(&mut fields, notes, rule);
    for &needed in rule.needs {
        if !fields.has(needed) {
            fields.fault(
                notes,
                needed,
                format!("a value, since {} cannot do without it", rule.name),
            );
        }
    }
    let what = What {
        kind: kind(&mut fields, notes, rule),
        scope: scope(&mut fields, notes, script, rule),
        flap: flap(&mut fields, notes, rule),
        share: allowed(rule, "share")
            .and_then(|key| fields.take(notes, key, share))
            .unwrap_or(1.0),
        note: fields.take(notes, "note", text),
    };
    let known: Vec<&str> = TIMES.iter().chain(rule.keys).copied().collect();
    fields.finish(notes, &known);
    let (from, until) = time?;
    Some(Planned { from, until, what })
}

/// `from` and `until`, or what `for` makes of them.
fn time(
    fields: &mut Fields<'_>,
    notes: &mut Notes<'_>,
    rule: &Rule,
) -> Option<(Moment, Option<Moment>)> {
    if !fields.has("from") {
        fields.fault(
            notes,
            "from",
            "an instant such as \"2018-12-14T17:15:00-05:00\" or an offset such as \"+20s\"",
        );
    }
    let from = fields.take(notes, "from", moment);
    let until = fields.take(notes, "until", moment);
    let length = fields.take(notes, "for", duration);
    if fields.has("until") && fields.has("for") {
        fields.fault(notes, "for", "either until or for");
    }
    if !rule.open && !fields.has("until") && !fields.has("for") {
        fields.fault(
            notes,
            "until",
            "an end: until = an instant or offset, or for = a length",
        );
    }
    let from = from?;
    let until = until.or(length.map(|length| match from {
        Moment::At(at) => Moment::At(at + length),
        Moment::After(offset) => Moment::After(offset + length),
    }));
    let in_order = match (from, until) {
        (Moment::At(from), Some(Moment::At(until))) => from < until,
        (Moment::After(from), Some(Moment::After(until))) => from < until,
        (_, None) => true,
        (Moment::At(_), Some(Moment::After(_))) | (Moment::After(_), Some(Moment::At(_))) => {
            fields.fault(
                notes,
                "until",
                "the same form as from: both instants or both offsets",
            );
            return None;
        }
    };
    if !in_order {
        fields.fault(notes, "until", "an end after from");
    }
    in_order.then_some((from, until))
}

fn kind(fields: &mut Fields<'_>, notes: &mut Notes<'_>, rule: &Rule) -> Kind {
    let status = allowed(rule, "status").and_then(|key| fields.take(notes, key, status));
    let delay = allowed(rule, "delay").and_then(|key| fields.take(notes, key, duration));
    let jitter = allowed(rule, "jitter").and_then(|key| fields.take(notes, key, duration));
    match rule.name {
        "refused" => Kind::Refused,
        "reset" => Kind::Reset,
        "hang" => Kind::Hang,
        "slow" => Kind::Slow {
            delay: delay.unwrap_or_default(),
            jitter: jitter.unwrap_or_default(),
        },
        "tls_expired" => Kind::TlsExpired,
        "tls_wrong_host" => Kind::TlsWrongHost,
        "new_certificate" => Kind::NewCertificate,
        "login_refused" => Kind::LoginRefused,
        "login_page_again" => Kind::LoginPageAgain,
        "account_locked" => Kind::AccountLocked,
        "sessions_dropped" => Kind::SessionsDropped,
        "wrong_content" => Kind::WrongContent,
        "truncated" => Kind::Truncated,
        "throttled" => Kind::Throttled,
        "agent_network" => Kind::AgentNetwork,
        "platform_auth" => Kind::PlatformAuth(status.unwrap_or(401)),
        "platform_down" => Kind::PlatformDown,
        name => match Attack::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, attack)) => Kind::Hostile(*attack),
            None => Kind::Status(status.unwrap_or(503)),
        },
    }
}

fn scope(fields: &mut Fields<'_>, notes: &mut Notes<'_>, script: &Script, rule: &Rule) -> Scope {
    let regions = allowed(rule, "region")
        .and_then(|key| fields.take(notes, key, names))
        .unwrap_or_default();
    let unheard = regions
        .iter()
        .find(|name| !script.regions.is_empty() && !script.regions.contains(name));
    if unheard.is_some() {
        let known: Vec<&str> = script.regions.iter().map(Name::as_str).collect();
        fields.fault(
            notes,
            "region",
            format!("regions of this script: {}", known.join(", ")),
        );
    }
    Scope {
        regions,
        persona: allowed(rule, "persona").and_then(|key| fields.take(notes, key, persona)),
        account: allowed(rule, "account").and_then(|key| fields.take(notes, key, account)),
        path: allowed(rule, "path").and_then(|key| fields.take(notes, key, path)),
    }
}

fn flap(fields: &mut Fields<'_>, notes: &mut Notes<'_>, rule: &Rule) -> Option<Flap> {
    let period = allowed(rule, "period").and_then(|key| fields.take(notes, key, duration));
    let on = allowed(rule, "on").and_then(|key| fields.take(notes, key, duration));
    if fields.has("period") != fields.has("on") && allowed(rule, "on").is_some() {
        let missing = if fields.has("on") { "period" } else { "on" };
        fields.fault(
            notes,
            missing,
            "period and on together, such as period = \"60s\", on = \"20s\"",
        );
    }
    let (period, on) = (period?, on?);
    if on >= period {
        fields.fault(notes, "on", "a length below period");
    }
    Some(Flap { period, on })
}

/// `key` if this kind of fault takes it.
fn allowed(rule: &Rule, key: &'static str) -> Option<&'static str> {
    rule.keys.contains(&key).then_some(key)
}

fn kinds() -> String {
    RULES.map(|rule| rule.name).join(", ")
}

fn rule(value: &DeValue<'_>) -> Result<&'static Rule, String> {
    let name = value.as_str().unwrap_or_default();
    RULES.iter().find(|rule| rule.name == name).ok_or_else(|| {
        let near = RULES.iter().max_by(|a, b| {
            strsim::jaro_winkler(a.name, name).total_cmp(&strsim::jaro_winkler(b.name, name))
        });
        match near.filter(|near| strsim::jaro_winkler(near.name, name) > 0.8) {
            Some(near) => format!("{:?}, perhaps", near.name),
            None => format!("one of {}", kinds()),
        }
    })
}

fn seed(value: &DeValue<'_>) -> Result<u64, String> {
    integer(value).ok_or_else(|| "a whole number from 0".to_owned())
}

fn status(value: &DeValue<'_>) -> Result<u16, String> {
    let number = integer(value).and_then(|number| u16::try_from(number).ok());
    number
        .filter(|number| (400..=599).contains(number))
        .ok_or_else(|| "a status from 400 to 599".to_owned())
}

fn share(value: &DeValue<'_>) -> Result<f64, String> {
    let number = match value {
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    };
    number
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "a number over 0, up to 1".to_owned())
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn text(value: &DeValue<'_>) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "text".to_owned())
}

fn persona(value: &DeValue<'_>) -> Result<Persona, String> {
    let known = [Persona::User, Persona::Traveler]
        .into_iter()
        .find(|known| value.as_str() == Some(known.as_str()));
    known.ok_or_else(|| "\"user\" or \"traveler\"".to_owned())
}

fn account(value: &DeValue<'_>) -> Result<String, String> {
    let label = value.as_str().filter(|label| accounts::exists(label));
    label.map(str::to_owned).ok_or_else(|| {
        "an account, \"user-1\" to \"user-6\" or \"traveler-1\" to \"traveler-6\"".to_owned()
    })
}

fn path(value: &DeValue<'_>) -> Result<String, String> {
    let path = value
        .as_str()
        .filter(|path| path.starts_with('/') || *path == "*");
    path.map(str::to_owned)
        .ok_or_else(|| "a path such as \"/login\" or \"/api/*\"".to_owned())
}

fn names(value: &DeValue<'_>) -> Result<Vec<Name>, String> {
    let wrong = || "a region's name or a list of them".to_owned();
    let name =
        |value: &DeValue<'_>| Name::new(value.as_str().unwrap_or_default()).map_err(|_| wrong());
    match value {
        DeValue::String(_) => Ok(vec![name(value)?]),
        DeValue::Array(list) if !list.is_empty() => {
            list.iter().map(|item| name(item.get_ref())).collect()
        }
        _ => Err(wrong()),
    }
}

fn duration(value: &DeValue<'_>) -> Result<Millis, String> {
    let length = value
        .as_str()
        .and_then(|text| text.parse::<jiff::SignedDuration>().ok());
    let millis = length.and_then(|length| i64::try_from(length.as_millis()).ok());
    millis
        .filter(|millis| *millis > 0)
        .map(Millis)
        .ok_or_else(|| "a length of time such as \"250ms\" or \"1h 30m\"".to_owned())
}

fn instant(value: &DeValue<'_>) -> Result<Timestamp, String> {
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(instant) => instant.to_string(),
        _ => String::new(),
    };
    let wrong = |_| "an instant with its offset, such as \"2018-12-14T17:15:00-05:00\"".to_owned();
    text.parse().map(Timestamp::from_jiff).map_err(wrong)
}

fn moment(value: &DeValue<'_>) -> Result<Moment, String> {
    match value.as_str().and_then(|text| text.strip_prefix('+')) {
        Some("0s") => Ok(Moment::After(Millis::ZERO)),
        Some(offset) => duration(&DeValue::String(offset.into())).map(Moment::After),
        None => instant(value)
            .map(Moment::At)
            .map_err(|expected| format!("{expected}, or an offset such as \"+20s\"")),
    }
}
