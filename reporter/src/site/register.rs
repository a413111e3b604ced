//! What every incident is called, for good. Numbers change with the month and with late data; pages and feeds must not.
//!
//! The register is kept beside the issued reports. Without it names are given anew, after the start of each incident.

use ledger::time::{Interval, Timestamp};
use serde::{Deserialize, Serialize};

/// The file.
pub const FILE: &str = "incidents.json";

/// All incidents of a contract that a site has told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// What the identifiers of the feed are made from.
    pub seed: String,
    /// In the order in which they were met.
    pub incidents: Vec<Kept>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name in addresses: `2018-12-14-1715`, after its start as it was first known.
    pub id: String,
    /// Where it lay when it was last told of, edges at their farthest.
    pub span: Interval,
    /// Its headline then.
    pub title: String,
    /// The evidence by which it was first told.
    pub first: Timestamp,
    /// The evidence by which it was last told anew.
    pub updated: Timestamp,
    /// A hash of what matters in it.
    pub told: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an incident that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It stands.
    Stands,
    /// By what is known now it was none.
    Withdrawn,
    /// It is told as a part of this other one.
    PartOf(String),
}

/// An incident in the records as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it would be called.
    pub name: String,
    /// Where it lies, edges at their farthest.
    pub span: Interval,
    /// Its headline.
    pub title: String,
    /// A hash of what matters in it.
    pub told: String,
    /// The instant that it would be told of first.
    pub settled: Timestamp,
}

impl Register {
    /// Enters `found`, by time, as seen with evidence up to `evidence`; gives the place of each in [`Self::incidents`].
    ///
    /// What was told before is recognised by its time. If nothing is left of it although `covered` shows that time, it is
    /// withdrawn, and its name is given to no other.
    pub fn enter(&mut self, found: &[Found], covered: Interval, evidence: Timestamp) -> Vec<usize> {
        let mut taken = vec![false; self.incidents.len()];
        let places = found.iter().map(|one| self.place(one, &mut taken));
        let places: Vec<usize> = places.collect();
        for (one, place) in found.iter().zip(&places) {
            self.incidents[*place].tell(one, evidence);
        }
        for (index, kept) in self.incidents.iter_mut().enumerate() {
            if places.contains(&index) || !covered.contains(kept.span.start) {
                continue;
            }
            let into = found.iter().zip(&places);
            let mut into = into.filter(|(one, _)| one.span.intersect(kept.span).is_some());
            let fate = match into.next() {
                Some((one, _)) => Fate::PartOf(one.name.clone()),
                None => Fate::Withdrawn,
            };
            kept.end(fate, evidence);
        }
        self.name_wholes(found, &places);
        places
    }

    /// The earliest one that shares time with it and is not taken, or a new one.
    fn place(&mut self, found: &Found, taken: &mut Vec<bool>) -> usize {
        let all = self.incidents.iter().zip(taken.iter()).enumerate();
        let own =
            all.filter(|(_, (kept, taken))| !**taken && kept.span.intersect(found.span).is_some());
        let own = own.min_by_key(|(_, (kept, _))| kept.span.start);
        if let Some((index, _)) = own {
            taken[index] = true;
            return index;
        }
        let is_free = |id: &String| self.incidents.iter().all(|kept| kept.id != *id);
        let again = (2..).map(|number| format!("{}-{number}", found.name));
        let mut ids = [found.name.clone()].into_iter().chain(again);
        self.incidents.push(Kept {
            id: ids.find(is_free).unwrap_or_default(),
            span: found.span,
            title: found.title.clone(),
            first: found.settled,
            updated: found.settled,
            told: found.told.clone(),
            fate: Fate::Stands,
        });
        taken.push(true);
        self.incidents.len() - 1
    }

    /// A part names its whole as that is called, not as it would be called today.
    fn name_wholes(&mut self, found: &[Found], places: &[usize]) {
        let called: Vec<(String, String)> = found
            .iter()
            .zip(places)
            .map(|(one, place)| (one.name.clone(), self.incidents[*place].id.clone()))
            .collect();
        for kept in &mut self.incidents {
            if let Fate::PartOf(name) = &mut kept.fate
                && let Some((_, id)) = called.iter().find(|(found, _)| found == name)
            {
                name.clone_from(id);
            }
        }
    }
}

impl Kept {
    fn tell(&mut self, found: &Found, evidence: Timestamp) {
        if self.told != found.told || self.fate != Fate::Stands {
            self.updated = self.later(evidence);
        }
        self.span = found.span;
        self.title.clone_from(&found.title);
        self.told.clone_from(&found.told);
        self.fate = Fate::Stands;
    }

    fn end(&mut self, fate: Fate, evidence: Timestamp) {
        if std::mem::discriminant(&self.fate) != std::mem::discriminant(&fate) {
            self.updated = self.later(evidence);
        }
        self.fate = fate;
    }

    /// The evidence; a second after the last time where there is no newer one, so that readers of feeds notice.
    fn later(&self, evidence: Timestamp) -> Timestamp {
        evidence.max(Timestamp(self.updated.0 + 1_000))
    }
}
