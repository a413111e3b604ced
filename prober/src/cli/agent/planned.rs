//! Where the plan comes from: a file, or a place that many agents share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::plan::Plan;
use ledger::time::Timestamp;
use url::Url;

use super::super::{parse_plan, read_plan};
use crate::central::{CentralError, SignedPlan, Source};
use crate::clock::{SystemClock, WallClock};

/// Where the plan comes from.
#[derive(Debug)]
pub(super) enum Planned {
    File(PathBuf),
    Central(Box<Central>),
}

/// A shared place.
#[derive(Debug)]
pub(super) struct Central {
    source: Source,
    every: Duration,
    /// When the newest plan was signed that was believed.
    known: Option<Timestamp>,
    /// What is looked by.
    text: Option<String>,
}

/// A plan that may be looked by.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) plan: Arc<Plan>,
    /// As it is to be kept once it has proven good; `None` if it is kept already, or is a file.
    signed: Option<SignedPlan>,
}

impl Planned {
    /// A shared place at `url`.
    pub(super) fn central(
        (url, key): (&Url, &Path),
        ca: Option<&Path>,
        kept: PathBuf,
        every: Duration,
    ) -> Result<Self, CentralError> {
        Ok(Self::Central(Box::new(Central {
            source: Source::new(url, key, ca, kept)?,
            every,
            known: None,
            text: None,
        })))
    }

    /// The plan to begin with: from the place, or the last good one if the place cannot be reached.
    pub(super) async fn first(&mut self) -> anyhow::Result<Found> {
        let central = match self {
            Self::File(path) => {
                let plan = Arc::new(read_plan(path)?);
                return Ok(Found { plan, signed: None });
            }
            Self::Central(central) => central,
        };
        let kept = central.source.kept()?;
        central.known = kept.as_ref().map(|kept| kept.signature.made);
        let trouble = match central.fetched().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        match (kept, trouble) {
            (Some(kept), trouble) => {
                if let Some(error) = trouble {
                    tracing::warn!(%error, signed = %kept.signature.made, "the last good plan is used");
                }
                let plan = Arc::new(parse_plan(&kept.text, central.source.url().as_str())?);
                central.text = Some(kept.text);
                Ok(Found { plan, signed: None })
            }
            (None, Some(error)) => Err(error),
            (None, None) => anyhow::bail!("{} has no plan", central.source.url()),
        }
    }

    /// Waits for another plan than the one that is looked by; for ever if it is a file.
    pub(super) async fn changed(&mut self) -> Found {
        let Self::Central(central) = self else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(central.every).await;
            match central.fetched().await {
                Ok(Some(found)) => return found,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the plan is not renewed"),
            }
        }
    }

    /// The plan has proven good.
    pub(super) fn keep(&self, found: &Found) {
        if let (Self::Central(central), Some(signed)) = (self, &found.signed)
            && let Err(error) = central.source.keep(signed)
        {
            tracing::warn!(%error, "the plan is not kept for when its place cannot be reached");
        }
    }
}

impl Central {
    /// A plan that was not there before, read and checked.
    async fn fetched(&mut self) -> anyhow::Result<Option<Found>> {
        let fetched = self.source.fetch(self.known, SystemClock.now()).await?;
        let Some(signed) = fetched else {
            return Ok(None);
        };
        self.known = Some(signed.signature.made);
        if self.text.as_ref() == Some(&signed.text) {
            return Ok(None);
        }
        let plan = Arc::new(parse_plan(&signed.text, self.source.url().as_str())?);
        self.text = Some(signed.text.clone());
        let signed = Some(signed);
        Ok(Some(Found { plan, signed }))
    }
}
