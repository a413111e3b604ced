//! The plan as it takes effect, written out as `probes.toml` with every default.

mod journey;
mod toml_text;

use self::toml_text::{Text, inline, list, quoted};
use super::read::show_duration;
use super::{Account, Canary, Check, DnsMode, Plan, Probe, SecretSource, Site, Subject};
use crate::contract::{Contract, Rules, Share, Weighted};
use crate::name::Name;

impl Plan {
    /// The whole plan as TOML, with what was left out filled in. Reading it again gives an equal plan.
    ///
    /// It tells where secrets are kept, never a secret; a plan that was read from the record has neither.
    pub fn to_toml(&self) -> String {
        let mut text = Text::default();
        text.key("regions", names(&self.regions));
        let keep_raw = self.keep_raw.map(show_duration);
        text.key("keep_raw", quoted(keep_raw.as_deref().unwrap_or("always")));
        if self.canary == Canary::None {
            text.key("canary", quoted("none"));
        }
        site(&mut text, &self.site);
        if let Canary::Controls(controls) = &self.canary {
            text.table("[canary]");
            text.key(
                "urls",
                list(controls.urls.iter().map(|url| quoted(url.as_str()))),
            );
            text.maybe("resolve", controls.resolve.as_deref().map(quoted));
            text.key("every", quoted(&show_duration(controls.every)));
            text.key("timeout", quoted(&show_duration(controls.timeout)));
            text.maybe("ca", controls.ca.as_deref().map(toml_text::path));
        }
        for persona in &self.personas {
            text.table("[[persona]]");
            text.key("name", quoted(persona.name.as_str()));
            for account in &persona.accounts {
                self::account(&mut text, account);
            }
        }
        for journey in &self.journeys {
            journey::journey(&mut text, journey);
        }
        for probe in &self.probes {
            self::probe(&mut text, probe);
        }
        for contract in &self.contracts {
            self::contract(&mut text, contract);
        }
        text.finish()
    }
}

fn site(text: &mut Text, site: &Site) {
    text.table("[site]");
    text.key("name", quoted(&site.name));
    text.key("url", quoted(site.url.as_str()));
    text.maybe("ca", site.ca.as_deref().map(toml_text::path));
    text.key(
        "origins",
        list(site.origins.iter().map(|url| quoted(url.as_str()))),
    );
    text.key(
        "allow_private",
        list(site.allow_private.iter().map(|network| quoted(network))),
    );
    text.key("login_cap", site.login_cap);
    let dns = match site.dns {
        DnsMode::Own => "own",
        DnsMode::System => "system",
    };
    text.key("dns", quoted(dns));
    text.key(
        "second_resolvers",
        list(site.second_resolvers.iter().map(|server| quoted(server))),
    );
    text.key("user_agent", quoted(&site.user_agent));
    text.key("http2", site.http2);
    text.key("verify_chain_always", site.verify_chain_always);
    text.key("post_quantum", site.post_quantum);
}

fn account(text: &mut Text, account: &Account) {
    text.table("[[persona.account]]");
    text.key("label", quoted(account.label.as_str()));
    text.key("username", quoted(&account.username));
    text.maybe("password", secret(&account.password));
    text.key("regions", names(&account.regions));
}

/// Where a secret is kept; nothing if that was not told.
fn secret(source: &SecretSource) -> Option<String> {
    let (key, value) = match source {
        SecretSource::Untold => return None,
        SecretSource::Env(name) => ("env", quoted(name)),
        SecretSource::File(path) => ("file", toml_text::path(path)),
        SecretSource::Credential(name) => ("credential", quoted(name)),
    };
    Some(inline([(key, value)]))
}

fn probe(text: &mut Text, probe: &Probe) {
    let length = |length| quoted(&show_duration(length));
    text.table("[[probe]]");
    text.key("name", quoted(probe.name.as_str()));
    match &probe.subject {
        Subject::Journey {
            journey,
            persona,
            session,
        } => {
            text.key("journey", quoted(journey.as_str()));
            text.key("persona", quoted(persona.as_str()));
            text.key("layer", quoted("service"));
            text.key("session", session.is_some());
            text.maybe(
                "session_max_age",
                session.map(|session| length(session.max_age)),
            );
        }
        Subject::Platform(check) => {
            text.key("check", self::check(check));
            text.key("layer", quoted("platform"));
        }
    }
    text.key("schedule", quoted(probe.schedule.as_str()));
    text.key("fast", probe.fast.map_or_else(|| quoted("none"), length));
    text.key("timeout", length(probe.timeout));
    text.key(
        "long_timeout",
        probe.timeout.0 > probe.schedule.spacing().0 * 2 / 5,
    );
    text.key("retries", probe.retries);
    text.key("retry_after", length(probe.retry_after));
    text.key("slow_after", length(probe.slow_after));
    text.key("stagger", probe.stagger);
    text.key("jitter", share(Share(probe.jitter_permille * 1_000)));
    text.key("regions", names(&probe.regions));
    text.key("fresh", probe.fresh);
}

fn check(check: &Check) -> String {
    let mut keys: Vec<(&str, String)> = Vec::new();
    match check {
        Check::Https {
            url,
            bearer,
            ca,
            status,
            text,
        } => {
            keys.push(("https", quoted(url.as_str())));
            keys.extend(
                bearer
                    .as_ref()
                    .and_then(secret)
                    .map(|source| ("bearer", source)),
            );
            keys.extend(ca.as_deref().map(|ca| ("ca", toml_text::path(ca))));
            keys.push(("status", list(status)));
            keys.extend(text.as_deref().map(|text| ("text", quoted(text))));
        }
        Check::SelfSubjectReview {
            url,
            bearer,
            ca,
            username,
        } => {
            keys.push(("self_subject_review", quoted(url.as_str())));
            keys.extend(
                bearer
                    .as_ref()
                    .and_then(secret)
                    .map(|source| ("bearer", source)),
            );
            keys.extend(ca.as_deref().map(|ca| ("ca", toml_text::path(ca))));
            keys.extend(username.as_deref().map(|name| ("username", quoted(name))));
        }
        Check::Tcp { host, port } => keys.push(("tcp", host_port(host, *port))),
        Check::Dns { host, addresses } => {
            keys.push(("dns", quoted(host)));
            let addresses = addresses.iter().map(|address| quoted(&address.to_string()));
            keys.push(("addresses", list(addresses)));
        }
        Check::Certificate {
            host,
            port,
            days,
            ca,
        } => {
            keys.push(("certificate", host_port(host, *port)));
            keys.push(("days", days.to_string()));
            keys.extend(ca.as_deref().map(|ca| ("ca", toml_text::path(ca))));
        }
    }
    inline(keys)
}

fn contract(text: &mut Text, contract: &Contract) {
    text.table("[[contract]]");
    text.key("id", quoted(contract.id.as_str()));
    text.key("customer", quoted(&contract.customer));
    text.key("service", quoted(&contract.service));
    text.key("zone", quoted(&contract.zone));
    text.key("locale", word(&contract.locale));
    text.key("target", share(contract.target));
    let hours = contract.service_hours.iter().map(|hours| {
        let days = list(hours.days.iter().map(word));
        let [from, to] = [hours.from, hours.to].map(|clock| quoted(&clock.to_string()));
        inline([("days", days), ("from", from), ("to", to)])
    });
    text.key("service_hours", list(hours));
    let tiers = contract.tiers.iter();
    let tiers =
        tiers.map(|tier| inline([("from", share(tier.from)), ("credit", share(tier.credit))]));
    text.key("tiers", list(tiers));
    text.key("personas", weights(&contract.personas));
    text.key("regions", weights(&contract.regions));
    rules(text, &contract.rules);
}

fn weights(weights: &[Weighted]) -> String {
    list(weights.iter().map(|weighted| {
        let name = quoted(weighted.name.as_str());
        inline([("name", name), ("weight", weighted.weight.to_string())])
    }))
}

fn rules(text: &mut Text, rules: &Rules) {
    text.table("[contract.rules]");
    for (key, count) in [
        ("n_down", rules.n_down),
        ("n_up", rules.n_up),
        ("window", rules.window),
        ("n_slow", rules.n_slow),
        ("slow_of", rules.slow_of),
    ] {
        text.key(key, count);
    }
    for (key, value) in [
        ("phi_down", rules.phi_down),
        ("phi_part", rules.phi_part),
        ("q_down", rules.q_down),
        ("k_min", rules.k_min),
        ("cov_min", rules.cov_min),
        ("slice_target", rules.slice_target),
        ("w_partial", rules.w_partial),
        ("w_deg", rules.w_deg),
    ] {
        text.key(key, share(value));
    }
    text.key(
        "gap",
        format!("{}.{}", rules.gap_tenths / 10, rules.gap_tenths % 10),
    );
    for (key, length) in [
        ("min_outage", rules.min_outage),
        ("merge_gap", rules.merge_gap),
        ("lateness", rules.lateness),
        ("notice", rules.notice),
        ("slice", rules.slice),
    ] {
        text.key(key, quoted(&show_duration(length)));
    }
    if let Some(cap) = rules.exclusion_cap {
        text.key("exclusion_cap", quoted(&show_duration(cap)));
    }
    // These are written as the record writes them, so that both have one list of words.
    text.key("rollup", word(&rules.rollup));
    text.key("unknown_as", word(&rules.unknown_as));
    text.key("count_mode", word(&rules.count_mode));
    text.key("edges", word(&rules.edges));
    text.key("bridge_unknown", rules.bridge_unknown);
    text.key("session_counts", rules.session_counts);
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a plain enum serialises as its word")
}

/// A share as a percentage without trailing zeros.
fn share(share: Share) -> String {
    let (whole, fraction) = (share.0 / 10_000, share.0 % 10_000);
    let text = format!("{whole}.{fraction:04}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    quoted(&format!("{text} %"))
}

fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        return quoted(&format!("[{host}]:{port}"));
    }
    quoted(&format!("{host}:{port}"))
}

fn names(names: &[Name]) -> String {
    list(names.iter().map(|name| quoted(name.as_str())))
}
