//! `[[contract]]`: what was promised to whom, and the rules by which it is counted.

use super::cursor::{Item, Section};
use super::{Known, hours, unique};
use crate::contract::{
    Contract, CountMode, EdgeMode, Locale, Rollup, Rules, Share, Tier, UnknownAs, Weighted,
};
use crate::name::Name;
use crate::plan::Probe;
use crate::time::Millis;

/// Reads all `[[contract]]`. Without all probes nothing is said of personas that none signs in as.
pub(super) fn contracts(
    top: &Section<'_>,
    known: &Known<'_>,
    probes: Option<&[Probe]>,
) -> Vec<Contract> {
    let mut ids = Vec::new();
    let sections = top.sections("contract");
    if sections.is_empty() {
        top.wrong(
            "no contract says what was promised",
            "add [[contract]] with id, customer, zone and target",
        );
    }
    sections
        .into_iter()
        .filter_map(|section| {
            let id = section
                .need("id", "such as id = \"acme\"")
                .and_then(|item| unique(&mut ids, &item));
            let section = match &id {
                Some(id) => section.named(format!("contract {:?}", id.as_str())),
                None => section,
            };
            let contract = contract(&section, id, known);
            section.finish();
            if let (Some(contract), Some(probes)) = (&contract, probes) {
                watched(&section, contract, probes);
            }
            contract
        })
        .collect()
}

fn contract(section: &Section<'_>, id: Option<Name>, known: &Known<'_>) -> Option<Contract> {
    let customer = section.need("customer", "say who it was made with");
    let service = section.get("service").and_then(|item| item.owned());
    let zone = section
        .need("zone", "name the IANA time zone that cuts days and months")
        .and_then(|item| zone(&item));
    let target = section.need("target", "such as target = 99.9");
    let target = target.and_then(|item| promised(&item));
    let locale = section.get("locale");
    let locale = locale.and_then(|item| item.word(&Locale::ALL));
    let hours = section.get("service_hours").map(|item| hours::all(&item));
    let tiers = tiers(section, target);
    let personas = weights(section, "personas", &known.persona_names);
    let regions = weights(section, "regions", known.regions);
    let rules = rules(section);
    Some(Contract {
        id: id?,
        customer: customer?.owned()?,
        service: service.unwrap_or_else(|| "signing in".to_owned()),
        zone: zone?,
        target: target?,
        service_hours: hours.unwrap_or_default(),
        tiers,
        personas,
        regions,
        rules,
        locale: locale.unwrap_or_default(),
    })
}

/// Notes a persona that counts but that nothing looks at: it could only ever be unknown.
fn watched(section: &Section<'_>, contract: &Contract, probes: &[Probe]) {
    for persona in contract
        .personas
        .iter()
        .filter(|weighted| weighted.weight > 0)
    {
        if !probes
            .iter()
            .any(|probe| probe.persona() == Some(&persona.name))
        {
            section.wrong(
                &format!(
                    "counts persona {:?}, which no probe signs in as",
                    persona.name
                ),
                "add a [[probe]] for it, or name the personas that count: personas = [..]",
            );
        }
    }
}

pub(super) fn zone(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    if jiff::tz::TimeZone::get(text).is_ok() {
        return Some(text.to_owned());
    }
    item.wrong(
        "is not a time zone",
        "use an IANA name such as \"UTC\", \"Europe/Berlin\" or \"America/New_York\"",
    );
    None
}

fn promised(item: &Item<'_>) -> Option<Share> {
    let share = item.share()?;
    // Below 1 % somebody wrote a fraction of one: 0.999.
    if share.0 < 10_000 {
        item.wrong(
            "promises less than 1 %",
            "write percent, such as 99.9 or \"99.9 %\"",
        );
        return None;
    }
    Some(share)
}

/// The tiers of semantics §2, where the target leaves room for them.
fn default_tiers(target: Share) -> Vec<Tier> {
    let tiers = [(990_000, 100_000), (950_000, 250_000), (0, 500_000)];
    tiers
        .into_iter()
        .filter(|(from, _)| *from < target.0)
        .map(|(from, credit)| Tier {
            from: Share(from),
            credit: Share(credit),
        })
        .collect()
}

fn tiers(section: &Section<'_>, target: Option<Share>) -> Vec<Tier> {
    let Some(item) = section.get("tiers") else {
        return target.map(default_tiers).unwrap_or_default();
    };
    let mut above: Option<Tier> = None;
    let mut tiers = Vec::new();
    for element in item.elements() {
        let Some(tier) = tier(&element) else { continue };
        if above.is_none() && target.is_some_and(|target| tier.from >= target) {
            element.hidden(
                "begins at the target or above it",
                "the first tier lies below the target",
            );
        }
        if above.is_some_and(|above| tier.from >= above.from) {
            element.hidden(
                "overlaps the tier before it",
                "list tiers from the best availability down, each from lower than the last",
            );
        }
        if above.is_some_and(|above| tier.credit <= above.credit) {
            element.hidden(
                "credits no more than the tier before it",
                "worse availability earns more",
            );
        }
        above = Some(tier);
        tiers.push(tier);
    }
    if above.is_some_and(|last| last.from.0 > 0) {
        item.hidden(
            "leaves the worst availabilities without a tier",
            "end with a tier from = 0",
        );
    }
    tiers
}

fn tier(item: &Item<'_>) -> Option<Tier> {
    let section = item.section("a table such as { from = 99.0, credit = 10 }")?;
    let from = section.need(
        "from",
        "the lower edge of availability, such as from = 99.0",
    );
    let credit = section.need("credit", "the share of the fee, such as credit = 10");
    let (from, credit) = (
        from.and_then(|item| item.share()),
        credit.and_then(|item| item.share()),
    );
    section.finish();
    Some(Tier {
        from: from?,
        credit: credit?,
    })
}

/// Names, or tables of name and weight; all known ones with weight 1 if the key is missing.
fn weights(section: &Section<'_>, key: &'static str, known: &[Name]) -> Vec<Weighted> {
    let Some(item) = section.get(key) else {
        let all = known.iter().cloned();
        return all.map(|name| Weighted { name, weight: 1 }).collect();
    };
    let kind = key.trim_end_matches('s');
    let mut seen: Vec<Name> = Vec::new();
    let weights: Vec<Weighted> = item
        .elements()
        .iter()
        .filter_map(|element| {
            let weighted = weight(element, kind, known)?;
            if seen.contains(&weighted.name) {
                element.wrong("is listed twice", "");
            }
            seen.push(weighted.name.clone());
            Some(weighted)
        })
        .collect();
    let whole = weights.len() == item.elements().len();
    if whole && weights.iter().all(|weighted| weighted.weight == 0) {
        item.hidden("leaves nothing that counts", "give at least one a weight");
    }
    weights
}

fn weight(item: &Item<'_>, kind: &str, known: &[Name]) -> Option<Weighted> {
    if item.value().is_str() {
        let name = item.reference(kind, known)?;
        return Some(Weighted { name, weight: 1 });
    }
    let section = item.section("a name or a table such as { name = \"user\", weight = 2 }")?;
    let name = section.need("name", "");
    let weight = section.get("weight");
    section.finish();
    Some(Weighted {
        name: name?.reference(kind, known)?,
        weight: weight.map_or(Some(1), |item| item.number(0..=1_000))?,
    })
}

fn rules(contract: &Section<'_>) -> Rules {
    let mut rules = Rules::default();
    let section = contract
        .get("rules")
        .and_then(|item| item.section("a table such as { n_down = 2 }"));
    let Some(section) = section else {
        return rules;
    };
    counts(&section, &mut rules);
    shares(&section, &mut rules);
    modes(&section, &mut rules);
    counting(&section, &mut rules);
    let lengths = [
        ("min_outage", &mut rules.min_outage),
        ("merge_gap", &mut rules.merge_gap),
        ("lateness", &mut rules.lateness),
        ("notice", &mut rules.notice),
    ];
    for (key, value) in lengths {
        let item = section.get(key);
        set(value, item.and_then(|item| item.duration(Millis::ZERO)));
    }
    if let Some(item) = section.get("exclusion_cap") {
        rules.exclusion_cap = item.duration(Millis::ZERO);
    }
    section.finish();
    rules
}

fn counts(section: &Section<'_>, rules: &mut Rules) {
    let counts = [
        ("n_down", &mut rules.n_down),
        ("n_up", &mut rules.n_up),
        ("window", &mut rules.window),
        ("n_slow", &mut rules.n_slow),
        ("slow_of", &mut rules.slow_of),
    ];
    for (key, value) in counts {
        set(
            value,
            section.get(key).and_then(|item| item.number(1..=1_000)),
        );
    }
    if rules.n_slow > rules.slow_of {
        section.wrong("rules: n_slow is more than slow_of", "such as 3 of 5 ticks");
    }
    if let Some(item) = section.get("gap") {
        let tenths = item.tenths();
        if tenths.is_some_and(|tenths| tenths < 11) {
            item.wrong(
                "calls every pause between two ticks unknown",
                "use more than one spacing; 2.5 is usual",
            );
        }
        set(&mut rules.gap_tenths, tenths);
    }
}

fn shares(section: &Section<'_>, rules: &mut Rules) {
    let shares = [
        ("phi_down", &mut rules.phi_down),
        ("phi_part", &mut rules.phi_part),
        ("q_down", &mut rules.q_down),
        ("k_min", &mut rules.k_min),
        ("cov_min", &mut rules.cov_min),
    ];
    for (key, value) in shares {
        set(value, section.get(key).and_then(|item| item.share()));
    }
    if rules.phi_part > rules.phi_down {
        section.wrong(
            "rules: phi_part is more than phi_down",
            "degraded begins at a smaller failing share than down",
        );
    }
}

fn modes(section: &Section<'_>, rules: &mut Rules) {
    let item = section.get("rollup");
    let rollups = [
        ("any", Rollup::Any),
        ("all", Rollup::All),
        ("weighted", Rollup::Weighted),
    ];
    set(&mut rules.rollup, item.and_then(|item| item.word(&rollups)));
    let item = section.get("unknown_as");
    let unknowns = [
        ("exclude", UnknownAs::Exclude),
        ("up", UnknownAs::Up),
        ("down", UnknownAs::Down),
    ];
    set(
        &mut rules.unknown_as,
        item.and_then(|item| item.word(&unknowns)),
    );
    let item = section.get("edges");
    let edges = [("fused", EdgeMode::Fused), ("quorum", EdgeMode::Quorum)];
    set(&mut rules.edges, item.and_then(|item| item.word(&edges)));
    let flags = [
        ("bridge_unknown", &mut rules.bridge_unknown),
        ("session_counts", &mut rules.session_counts),
    ];
    for (key, value) in flags {
        set(value, section.get(key).and_then(|item| item.bool()));
    }
}

/// `count_mode` and what it needs, and what time counts that is not down.
fn counting(section: &Section<'_>, rules: &mut Rules) {
    let item = section.get("count_mode");
    let counts = [
        ("continuous", CountMode::Continuous),
        ("whole_minutes", CountMode::WholeMinutes),
        ("timeslice", CountMode::Timeslice),
        ("request", CountMode::Request),
    ];
    set(
        &mut rules.count_mode,
        item.and_then(|item| item.word(&counts)),
    );
    if let Some(item) = section.get("slice") {
        let slice = item.duration(Millis::from_secs(1));
        if slice.is_some_and(|slice| DAY.0 % slice.0 != 0) {
            item.wrong(
                "does not divide a day into whole slices",
                "use such as \"1m\", \"5m\" or \"1h\"",
            );
        }
        set(&mut rules.slice, slice);
    }
    let shares = [
        ("slice_target", &mut rules.slice_target),
        ("w_partial", &mut rules.w_partial),
        ("w_deg", &mut rules.w_deg),
    ];
    for (key, value) in shares {
        set(value, section.get(key).and_then(|item| item.share()));
    }
    if rules.w_deg > rules.w_partial {
        section.wrong(
            "rules: w_deg is more than w_partial",
            "degraded time is no worse than a partial outage and weighs no more",
        );
    }
    let unused = rules.count_mode == CountMode::Request && rules.w_partial.0 > 0;
    if unused {
        section.wrong(
            "rules: w_partial has no meaning where requests are counted",
            "leave it out, or use another count_mode",
        );
    }
}

const DAY: Millis = Millis::from_mins(24 * 60);

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
