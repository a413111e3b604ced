//! The strict reader of `probes.toml`: a valid plan, or every mistake at once.

mod contract;
mod correction;
mod cursor;
mod exclusion;
mod hours;
mod journey;
mod note;
mod probe;
mod response;
mod site;
mod template;
mod timing;
mod value;

use std::collections::BTreeMap;

use toml::de::DeTable;

use self::cursor::{Item, Notes, Section};
pub(super) use self::value::show_duration;
use super::problems::Problems;
use super::{Persona, Plan};
use crate::name::Name;
use crate::time::Millis;

/// Says what is wrong with a text in some language, or that nothing is.
pub type SyntaxCheck = fn(&str) -> Result<(), String>;

/// Checks of languages that plans contain but the ledger does not speak.
#[derive(Clone, Copy, Debug)]
pub struct Languages {
    /// CSS selectors.
    pub css: SyntaxCheck,
    /// RFC 9535 JSONPath.
    pub json_path: SyntaxCheck,
    /// Regular expressions.
    pub regex: SyntaxCheck,
}

impl Languages {
    /// Checks nothing beyond what the reader itself sees.
    pub const UNCHECKED: Self = Self {
        css: |_| Ok(()),
        json_path: |_| Ok(()),
        regex: |_| Ok(()),
    };
}

/// No batch that may still be needed to fold or to start again is younger than this.
const LEAST_KEPT: Millis = Millis::from_mins(7 * 24 * 60);

impl Plan {
    /// Reads a plan from the text of `probes.toml`. `file` is how mistakes name it; nothing is opened.
    ///
    /// Selectors, JSONPath and regular expressions are not looked into; see [`Self::parse_with`].
    ///
    /// # Errors
    /// [`Problems`]: all mistakes at once, or the first one if the text is no TOML.
    pub fn parse(text: &str, file: &str) -> Result<Self, Problems> {
        Self::parse_with(text, file, Languages::UNCHECKED)
    }

    /// Like [`Self::parse`], with syntax checks for what stands in other languages.
    ///
    /// # Errors
    /// [`Problems`]: all mistakes at once, or the first one if the text is no TOML.
    pub fn parse_with(text: &str, file: &str, languages: Languages) -> Result<Self, Problems> {
        let notes = Notes::new(text, languages);
        let plan = match DeTable::parse(text) {
            Ok(table) => read(&Section::top(&notes, table.get_ref())),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let found = format!("not TOML: {}", error.message());
                notes.add(at, ("", ""), found, "");
                None
            }
        };
        let problems = notes.into_problems();
        match plan {
            Some(mut plan) if problems.is_empty() => {
                plan.share_schedules(&mut BTreeMap::new());
                Ok(plan)
            }
            _ => Err(Problems::new(file, problems)),
        }
    }
}

/// Reads a file of `[[key]]` tables: all of them, or every mistake at once.
fn tables<T>(
    (text, file): (&str, &str),
    key: &'static str,
    mut read: impl FnMut(Section<'_>) -> Option<T>,
) -> Result<Vec<T>, Problems> {
    let notes = Notes::new(text, Languages::UNCHECKED);
    let mut found = Vec::new();
    match DeTable::parse(text) {
        Ok(table) => {
            let top = Section::top(&notes, table.get_ref());
            for section in top.sections(key) {
                found.extend(read(section));
            }
            top.finish();
        }
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            notes.add(at, ("", ""), format!("not TOML: {}", error.message()), "");
        }
    }
    let problems = notes.into_problems();
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(Problems::new(file, problems))
    }
}

/// What later parts of the file refer to.
struct Known<'a> {
    regions: &'a [Name],
    personas: &'a [Persona],
    persona_names: Vec<Name>,
    journeys: &'a [journey::Read],
    journey_names: Vec<Name>,
    login_cap: u32,
}

fn read(top: &Section<'_>) -> Option<Plan> {
    let regions = regions(top);
    let keep_raw = keep_raw(top);
    let site = site::site(top);
    let canary = site::canary(top, site.as_ref());
    let (personas, persona_names) = site::personas(top, &regions);
    let (journeys, journey_names) = journey::journeys(top, site.as_ref());
    let known = Known {
        regions: &regions,
        personas: &personas,
        persona_names,
        journeys: &journeys,
        journey_names,
        login_cap: site.as_ref().map_or(0, |site| site.login_cap),
    };
    let probes = probe::probes(top, &known);
    let contracts = contract::contracts(top, &known, probes.as_deref());
    top.finish();
    Some(Plan {
        site: site?,
        canary: canary?,
        probes: probes?,
        contracts,
        journeys: journeys.into_iter().map(|read| read.journey).collect(),
        regions,
        personas,
        keep_raw,
    })
}

/// How long attempts are kept one by one.
fn keep_raw(top: &Section<'_>) -> Option<Millis> {
    let item = top.get("keep_raw");
    match item.as_ref().map(|item| item.value().as_str()) {
        None => super::keep_raw(),
        Some(Some("always")) => None,
        Some(_) => item?.duration(LEAST_KEPT),
    }
}

fn regions(top: &Section<'_>) -> Vec<Name> {
    let hint = "list where agents run, in stagger order: regions = [\"east\", \"west\"]";
    let mut regions = Vec::new();
    let Some(item) = top.need("regions", hint) else {
        return regions;
    };
    let elements = item.elements();
    for element in &elements {
        unique(&mut regions, element);
    }
    if elements.is_empty() {
        item.hidden("is empty", hint);
    }
    regions
}

/// Reads a name that must not be in `seen` yet, and keeps it there.
fn unique(seen: &mut Vec<Name>, item: &Item<'_>) -> Option<Name> {
    let name = item.name()?;
    if seen.contains(&name) {
        item.wrong("is already taken", "each needs a name of its own");
        return None;
    }
    seen.push(name.clone());
    Some(name)
}
