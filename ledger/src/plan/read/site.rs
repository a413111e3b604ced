//! `[site]`, `[canary]` and `[[persona]]`.

use url::Url;

use super::cursor::{Item, Section};
use super::unique;
use crate::name::Name;
use crate::plan::{Account, Canary, Controls, DnsMode, Persona, Site};
use crate::time::Millis;

const CANARY_HINT: &str = "add [canary] with urls = [..] of two servers on networks independent of the site, \
                           or say canary = \"none\" above the first table";

/// Reads `[site]`.
pub(super) fn site(top: &Section<'_>) -> Option<Site> {
    let hint = "add [site] with name and url";
    let section = top.need("site", hint)?.section("a table")?;
    let section = section.rooted("site".to_owned());
    let site = site_keys(&section);
    section.finish();
    site
}

fn site_keys(section: &Section<'_>) -> Option<Site> {
    let name = section.need("name", "say how people call the site");
    let url = section.need("url", "give its origin, such as \"https://example.org\"");
    let flag = |key, default| {
        let item = section.get(key);
        item.and_then(|item| item.bool()).unwrap_or(default)
    };
    let cap = section.get("login_cap");
    let dns = section.get("dns");
    let modes = [("own", DnsMode::Own), ("system", DnsMode::System)];
    // The keys that a site cannot do without come last, so that all others have been looked at.
    Some(Site {
        ca: section.get("ca").and_then(|item| item.path()),
        origins: list(section, "origins", Item::origin),
        allow_private: list(section, "allow_private", Item::network),
        login_cap: cap.and_then(|item| item.number(0..=600)).unwrap_or(6),
        dns: dns
            .and_then(|item| item.word(&modes))
            .unwrap_or(DnsMode::Own),
        second_resolvers: list(section, "second_resolvers", Item::resolver),
        user_agent: user_agent(section),
        http2: flag("http2", true),
        verify_chain_always: flag("verify_chain_always", false),
        post_quantum: flag("post_quantum", false),
        name: name.and_then(|item| item.owned()).unwrap_or_default(),
        url: url?.origin()?,
    })
}

fn user_agent(section: &Section<'_>) -> String {
    let default = || "prober (synthetic availability check)".to_owned();
    let Some(item) = section.get("user_agent") else {
        return default();
    };
    match item.text() {
        Some(text) if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => text.to_owned(),
        Some(_) => {
            item.wrong("cannot stand in a header", "use visible ASCII characters");
            default()
        }
        None => default(),
    }
}

/// Reads `[canary]` or `canary = "none"`.
pub(super) fn canary(top: &Section<'_>, site: Option<&Site>) -> Option<Canary> {
    let item = top.need("canary", CANARY_HINT)?;
    if let Some(word) = item.value().as_str() {
        if word == "none" {
            return Some(Canary::None);
        }
        item.wrong("is unknown", CANARY_HINT);
        return None;
    }
    let section = item
        .section("a table or \"none\"")?
        .rooted("canary".to_owned());
    let urls = section.need("urls", CANARY_HINT);
    let every = section
        .get("every")
        .and_then(|item| item.duration(Millis::from_secs(1)))
        .unwrap_or(Millis::from_secs(10));
    let limit = section.get("timeout");
    let timeout = limit
        .as_ref()
        .and_then(|item| item.duration(Millis(100)))
        .unwrap_or(Millis::from_secs(5).min(every));
    if let Some(item) = limit.filter(|_| timeout > every) {
        item.wrong(
            "is longer than the canary's every",
            "checks would overlap; use a shorter timeout",
        );
    }
    let controls = Controls {
        urls: urls.map(|item| controls(&item, site)).unwrap_or_default(),
        resolve: section.get("resolve").and_then(|item| item.host()),
        every,
        timeout,
        ca: section.get("ca").and_then(|item| item.path()),
    };
    section.finish();
    Some(Canary::Controls(controls))
}

fn controls(item: &Item<'_>, site: Option<&Site>) -> Vec<Url> {
    let elements = item.elements();
    let mut urls: Vec<Url> = Vec::new();
    for element in &elements {
        let Some(url) = element.url() else {
            continue;
        };
        if site.is_some_and(|site| site.url.origin() == url.origin()) {
            element.wrong(
                "is the site itself",
                "a control must answer when the site does not",
            );
        }
        if urls.iter().any(|other| other.origin() == url.origin()) {
            element.wrong(
                "is a server that is listed already",
                "controls must not fail together",
            );
        }
        urls.push(url);
    }
    if elements.len() < 2 {
        item.hidden(
            format_args!("has {}, not two or more", elements.len()),
            "name two servers on networks independent of the site and of each other",
        );
    }
    urls
}

/// Reads all `[[persona]]`, and the names that may be referred to.
pub(super) fn personas(top: &Section<'_>, regions: &[Name]) -> (Vec<Persona>, Vec<Name>) {
    let mut names = Vec::new();
    let mut labels = Vec::new();
    let sections = top.sections("persona");
    let personas = sections
        .into_iter()
        .filter_map(|section| {
            let name = section
                .need("name", "such as name = \"user\"")
                .and_then(|item| unique(&mut names, &item));
            let section = match &name {
                Some(name) => section.named(format!("persona {:?}", name.as_str())),
                None => section,
            };
            let accounts = section.sections("account");
            if accounts.is_empty() {
                section.wrong(
                    "has no account",
                    "add [[persona.account]] with label, username and password; better two or more",
                );
            }
            let accounts = accounts
                .into_iter()
                .filter_map(|account| self::account(account, &mut labels, regions))
                .collect();
            section.finish();
            Some(Persona {
                name: name?,
                accounts,
            })
        })
        .collect();
    (personas, names)
}

fn account(section: Section<'_>, labels: &mut Vec<Name>, regions: &[Name]) -> Option<Account> {
    let label = section
        .need("label", "records and reports name the account by it")
        .and_then(|item| unique(labels, &item));
    let section = match &label {
        Some(label) => {
            let persona = section.place().split(", ").next().unwrap_or_default();
            let place = format!("{persona}, account {:?}", label.as_str());
            section.named(place)
        }
        None => section,
    };
    let username = section.need("username", "say who signs in");
    let password = section.need("password", "such as password = { file = \"path\" }");
    let regions = list(&section, "regions", |item| {
        item.reference("region", regions)
    });
    section.finish();
    Some(Account {
        label: label?,
        username: username.and_then(|item| item.owned()).unwrap_or_default(),
        password: password.and_then(|item| item.secret()).unwrap_or_default(),
        regions,
    })
}

/// The elements of an optional list.
pub(super) fn list<'t, T>(
    section: &Section<'t>,
    key: &'static str,
    read: impl Fn(&Item<'t>) -> Option<T>,
) -> Vec<T> {
    section
        .get(key)
        .map(|item| item.each(read))
        .unwrap_or_default()
}
