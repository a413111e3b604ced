//! `reporter publish`.

mod contract;
mod incidents;
mod issue;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use ledger::contract::Contract;
use ledger::tally::Terms;
use ledger::time::Timestamp;

use self::contract::Work;
use super::exit::Usage;
use super::input::Input;
use super::print;
use super::progress::Progress;
use super::sheets::Sheets;
use crate::civil::Zone;
use crate::gather::Judge;
use crate::period::Period;
use crate::publish::{self, Lock, Source, Swapped};
use crate::recheck::Seconds;
use crate::site::{self, Content, Site};
use crate::words::count;

/// What is written, and where.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// The directory that the site is put into, as a whole: an empty one, one that is not there yet, or the site before. What else
    /// was in it is gone.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where issued reports are kept, as CONTRACT/PERIOD/rev-1 …, and what incidents are called. The site can be made anew from
    /// it and the records; keep it like them.
    #[arg(long, value_name = "DIR", default_value = "data/issued")]
    keep: PathBuf,
    /// The address at which the site will be found; without it links in the feed are relative.
    #[arg(long, value_name = "https://status.example.com/", value_parser = address)]
    url: Option<String>,
    /// The first month to report, such as 2018-12; that in which the records begin unless said otherwise.
    #[arg(long, value_name = "MONTH")]
    from: Option<Period>,
    /// Whom customers may ask about incidents; the author of a note unless said otherwise.
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Issue reports without evidence.tar, by which others can check them. It is kept and never published.
    #[arg(long)]
    no_evidence: bool,
    #[command(flatten)]
    sheets: Sheets,
    #[command(flatten)]
    input: Input,
}

impl PublishArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.sheets.size()?;
        let _keep = Lock::take(&self.keep.join(".lock"), &self.keep)?;
        let _site = Lock::take(&beside(&self.out)?, &self.out)?;
        let site = self.site()?;
        let files = site::files(&site).into_iter();
        let sources: BTreeMap<String, Source> = files
            .map(|(path, content)| match content {
                Content::Made(bytes) => (path, Source::Bytes(bytes)),
                Content::Issued(file) => (path, Source::File(file)),
            })
            .collect();
        let swapped = publish::swap(&self.out, &sources)?;
        print(&format!("{}\n", self.out.display()))?;
        note(&said(&swapped))
    }

    /// Issues what is due, and gathers what the site tells.
    fn site(&self) -> anyhow::Result<Site> {
        let progress = Progress::new("judging what is to be published");
        let reader = self.input.reader()?;
        let plan = self.input.plan(&reader)?;
        let contracts = self.input.contracts(&plan)?;
        let declared = self.input.declared(&plan)?;
        let now = self.input.now();
        // A month is read for its own report, as the one before of the next, and within its quarter's.
        let judge = Judge::new(&reader).of_many(contracts.len(), 4);
        let seconds = Seconds::new(&reader, &contracts, now);
        let service = |contract: &&Contract| {
            let work = Work {
                args: self,
                reader: &reader,
                judge: &judge,
                seconds: &seconds,
                plan: &plan,
                declared: &declared,
                terms: Terms {
                    contract,
                    exclusions: &declared.exclusions,
                    corrections: &declared.corrections,
                },
                zone: Zone::find(&contract.zone)?,
                now,
                progress: &progress,
            };
            let failed = || format!("contract {}", contract.id);
            work.service().with_context(failed)
        };
        let services = contracts.iter().map(service);
        Ok(Site {
            as_of: now,
            url: self.url.clone(),
            services: services.collect::<anyhow::Result<_>>()?,
        })
    }
}

/// The lock of the site: beside it, because the site itself changes places.
fn beside(out: &Path) -> anyhow::Result<PathBuf> {
    let name = out.file_name().ok_or_else(|| {
        let problem = format!("--out {} names no directory of its own", out.display());
        Usage(problem)
    })?;
    Ok(out.with_file_name(format!(".{}.lock", name.to_string_lossy())))
}

fn said(swapped: &Swapped) -> String {
    let files = count(swapped.files, "file");
    match (swapped.changed, swapped.gone) {
        (0, 0) => format!("{files}, all as before; nothing was touched."),
        (changed, 0) => format!("{files}, {changed} of them new or changed."),
        (changed, gone) => {
            format!("{files}, {changed} of them new or changed; {gone} went that belong no more.")
        }
    }
}

/// Says something on standard error, so that standard output holds nothing but the path.
fn note(said: &str) -> anyhow::Result<()> {
    writeln!(anstream::stderr(), "{said}").context("cannot write to standard error")
}

/// An address without what would not belong into links, ending in `/`.
fn address(text: &str) -> Result<String, String> {
    let wrong = |why: &str| Err(format!("{why}; write it like https://status.example.com/"));
    let Ok(url) = text.parse::<http::Uri>() else {
        return wrong("that is no address");
    };
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
        return wrong("it must begin with https:// or http:// and name a host");
    }
    if url.query().is_some() || text.contains(['#', '@']) {
        return wrong("it must hold no query, fragment or user");
    }
    let slash = if text.ends_with('/') { "" } else { "/" };
    Ok(format!("{text}{slash}"))
}

/// The month in which an instant lies.
fn month(zone: &Zone, at: Timestamp) -> anyhow::Result<Period> {
    let name = zone.format(at, "%Y-%m");
    Ok(name.parse().map_err(Usage)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_in_a_slash_and_hold_no_more_than_one() {
        for (text, found) in [
            (
                "https://status.example.com",
                Some("https://status.example.com/"),
            ),
            ("http://a.example/b/", Some("http://a.example/b/")),
            ("status.example.com", None),
            ("ftp://a.example/", None),
            ("https://a.example/?x=1", None),
            ("https://me@a.example/", None),
            ("https://a.example/#b", None),
            ("https://a.example/\"><script>", None),
        ] {
            assert_eq!(address(text).ok().as_deref(), found, "{text}");
        }
    }
}
