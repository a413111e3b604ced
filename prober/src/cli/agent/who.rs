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
