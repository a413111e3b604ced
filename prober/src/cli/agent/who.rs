//! Who this agent is: what the command line says, or what was agreed with a hub.

use std::path::Path;

use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent as Identity;

use super::super::exit::Usage;
use crate::agent::region;
use crate::uplink::Enrolled;

/// Who this agent is.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) name: Name,
    region: String,
    /// What was agreed with a hub, if it reports to one.
    pub(super) enrolled: Option<Enrolled>,
}

impl Who {
    /// The name that is given, or else the region's, or that of the one agent that is enrolled in `data`.
    pub(super) fn of(
        data: &Path,
        name: Option<&str>,
        region: Option<&str>,
    ) -> anyhow::Result<Self> {
        let name = match name.or(region) {
            Some(name) => name.to_owned(),
            None => only(data)?,
        };
        let name = Name::new(&name).map_err(|error| Usage(error.to_string()))?;
        let enrolled = Enrolled::find(data, name.as_str())?;
        if enrolled.is_none() {
            warn_of_others(data, &name);
        }
        let agreed = enrolled.as_ref().map(|enrolled| enrolled.region.as_str());
        let region = match (region, agreed) {
            (Some(said), Some(agreed)) if said != agreed => {
                return Err(Usage(format!(
                    "agent {name} is enrolled for region {agreed}, not {said}; leave --region out"
                ))
                .into());
            }
            (Some(region), _) | (None, Some(region)) => region.to_owned(),
            (None, None) => {
                return Err(Usage(format!(
                    "agent {name} is not enrolled in {}: say with --region where it runs",
                    data.display()
                ))
                .into());
            }
        };
        Ok(Self {
            name,
            region,
            enrolled,
        })
    }

    /// The agent's place in `plan`.
    pub(super) fn identity(&self, plan: &Plan) -> anyhow::Result<Identity> {
        Ok(Identity {
            name: self.name.clone(),
            region: region(plan, &self.region)?,
        })
    }
}

/// An agent that is started under another name than it was enrolled under would send nothing, and nobody would know why.
fn warn_of_others(data: &Path, name: &Name) {
    let others = Enrolled::all(data);
    if !others.is_empty() {
        tracing::warn!(
            agent.name = %name, enrolled = others.join(", "),
            "this agent is not enrolled and sends nothing; --name says which one it is"
        );
    }
}

fn only(data: &Path) -> Result<String, Usage> {
    let mut enrolled = Enrolled::all(data);
    match enrolled.len() {
        1 => Ok(enrolled.remove(0)),
        0 => Err(Usage(format!(
            "say with --region where this agent runs; none is enrolled in {}",
            data.display()
        ))),
        _ => Err(Usage(format!(
            "several agents are enrolled in {}: say with --name which one this is: {}",
            data.display(),
            enrolled.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Trust;
    use ledger::identity::{HubId, SecretKey};

    fn enrol(data: &Path, agent: &str) {
        let enrolled = Enrolled {
            url: "https://hub.example.org".parse().unwrap(),
            hub: HubId::new("hub").unwrap(),
            key: SecretKey::from_seed(&[2; 32]).unwrap().public(),
            trust: Trust::default(),
            agent: Name::new(agent).unwrap(),
            region: Name::new("east").unwrap(),
            rate: 50,
        };
        enrolled.write(data).unwrap();
    }

    fn told(data: &Path, name: Option<&str>, region: Option<&str>) -> String {
        match Who::of(data, name, region) {
            Ok(who) => {
                let hub = if who.enrolled.is_some() {
                    "hub"
                } else {
                    "no hub"
                };
                format!("{} in {}, {hub}", who.name, who.region)
            }
            Err(error) => error
                .to_string()
                .replace(&data.display().to_string(), "DIR"),
        }
    }

    #[test]
    fn an_agent_is_who_it_says_or_who_is_enrolled() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path();
        let none = told(data, None, None);
        assert_eq!(
            none,
            "say with --region where this agent runs; none is enrolled in DIR"
        );
        assert_eq!(told(data, None, Some("west")), "west in west, no hub");
        assert_eq!(told(data, Some("w-1"), Some("west")), "w-1 in west, no hub");
        let nowhere = told(data, Some("w-1"), None);
        assert_eq!(
            nowhere,
            "agent w-1 is not enrolled in DIR: say with --region where it runs"
        );
        enrol(data, "e-1");
        assert_eq!(told(data, None, None), "e-1 in east, hub");
        assert_eq!(told(data, Some("e-1"), Some("east")), "e-1 in east, hub");
        assert_eq!(told(data, Some("w-1"), Some("west")), "w-1 in west, no hub");
        let elsewhere = told(data, Some("e-1"), Some("west"));
        assert_eq!(
            elsewhere,
            "agent e-1 is enrolled for region east, not west; leave --region out"
        );
        enrol(data, "e-2");
        let which = told(data, None, None);
        assert_eq!(
            which,
            "several agents are enrolled in DIR: say with --name which one this is: e-1, e-2"
        );
    }
}
