//! Everything that can be wrong with a plan's way to look is found here, before the first tick.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use http::HeaderValue;
use ledger::name::Name;
use ledger::plan::{Check, Plan, Site, Subject};

use super::Looker;
use crate::clock::WallClock;
use crate::dial::{Guard, InvalidNetwork, Network};
use crate::form::FormReader;
use crate::journey::Manner;
use crate::origin::{Origin, OriginError};
use crate::script::{Script, ScriptError};
use crate::secret::Secrets;
use crate::tls::{RootsError, Tls, TlsOptions};

/// Why a plan cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Authorities cannot be loaded.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// `allow_private` is wrong.
    #[error("site.allow_private: {0}")]
    Network(#[from] InvalidNetwork),
    /// The site's URL or one of its origins is wrong.
    #[error("site: {0}")]
    Origin(#[from] OriginError),
    /// The `User-Agent` cannot be sent.
    #[error("site.user_agent: {0:?} is not a header value")]
    UserAgent(String),
    /// A journey cannot be run.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

impl Looker {
    /// Reads all selectors, patterns and templates, loads the authorities, and keeps what all attempts share.
    ///
    /// # Errors
    /// [`SetupError`] with the first thing that is wrong.
    pub fn new(
        plan: Arc<Plan>,
        secrets: Secrets,
        network: Arc<dyn Network>,
        clock: Arc<dyn WallClock>,
    ) -> Result<Self, SetupError> {
        let scripts = plan
            .journeys
            .iter()
            .map(|journey| Ok((journey.name.clone(), Script::read(&plan, journey)?)))
            .collect::<Result<_, SetupError>>()?;
        let tls = |ca| Tls::new(&options(&plan.site, ca), &clock).map(Arc::new);
        let mut check_tls: BTreeMap<Name, Arc<Tls>> = BTreeMap::new();
        for probe in &plan.probes {
            if let Subject::Platform(check) = &probe.subject
                && let Some(ca) = ca_of(check)
            {
                check_tls.insert(probe.name.clone(), tls(Some(ca.clone()))?);
            }
        }
        Ok(Self {
            guard: Arc::new(Guard::new(&plan.site.allow_private)?),
            manner: manner(&plan.site)?,
            forms: FormReader::new(),
            scripts,
            tls: tls(plan.site.ca.clone())?,
            check_tls,
            secrets,
            network,
            clock,
            plan,
        })
    }
}

fn manner(site: &Site) -> Result<Manner, SetupError> {
    let home = Origin::of(&site.url)?;
    let mut origins = vec![home.clone()];
    for url in &site.origins {
        origins.push(Origin::of(url)?);
    }
    let user_agent = HeaderValue::from_str(&site.user_agent)
        .map_err(|_| SetupError::UserAgent(site.user_agent.clone()))?;
    Ok(Manner {
        site: site.url.clone(),
        home,
        origins,
        user_agent,
    })
}

fn options(site: &Site, ca: Option<PathBuf>) -> TlsOptions {
    TlsOptions {
        ca,
        http2: site.http2,
        verify_chain_always: site.verify_chain_always,
        post_quantum: site.post_quantum,
    }
}

fn ca_of(check: &Check) -> Option<&PathBuf> {
    match check {
        Check::Https { ca, .. }
        | Check::SelfSubjectReview { ca, .. }
        | Check::Certificate { ca, .. } => ca.as_ref(),
        Check::Tcp { .. } | Check::Dns { .. } => None,
    }
}
