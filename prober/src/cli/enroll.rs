//! `prober enroll`: makes this agent known to a hub.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use http::StatusCode;
use ledger::identity::SecretKey;
use ledger::name::Name;
use ledger::wire::enrol::{Enrol, Enrolled as Agreed};
use url::Url;
use zeroize::Zeroizing;

use super::exit::Usage;
use crate::private;
use crate::uplink::Enrolled;
use crate::web::{Answer, Ask, Trust, Web, WebError};

/// Makes a key and registers its public half with a hub. From then on `prober agent` sends what it records there.
///
/// The token is that of `reporter agents invite`: it works once, for 15 minutes, and says the agent's name and region. Others
/// on this machine can read command lines; where that matters, give it by a file or the environment. Keys and what was
/// agreed are kept beside the record, as DIR/NAME.key and DIR/NAME.hub.toml.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober enroll --hub https://hub.example.org:8448 --token 4f1c... --ca hub-ca.pem
  prober enroll --hub https://hub.example.org:8448 --token-file - --ca hub-ca.pem
                                        asks for the token, or reads it from a pipe
  prober enroll --hub https://hub.example.org:8448 --token 9a02...
                                        again, with a token of `reporter agents rotate`: a new key;
                                        restart the agent to use it")]
pub(super) struct EnrollArgs {
    /// Where the hub is, such as <https://hub.example.org:8448>.
    #[arg(long, value_name = "URL")]
    hub: Url,
    /// What `reporter agents invite` printed.
    #[arg(
        long,
        env = "PROBER_TOKEN",
        hide_env_values = true,
        required_unless_present = "token_file",
        conflicts_with = "token_file"
    )]
    token: Option<String>,
    /// Read the token from this file (mode 0600), or from standard input if it is -.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Trust this authority for the hub (PEM) instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The name that the token must be for.
    #[arg(long, value_name = "RECORD")]
    name: Option<String>,
    /// Show this certificate to the hub (PEM) ...
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// ... with this key (PEM, mode 0600).
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// Where records are kept.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

/// No token is longer, in bytes.
const LONGEST: u64 = 4_096;

/// Whether the agent was known here.
#[derive(Clone, Copy, Debug)]
enum Before {
    New,
    Known,
}

impl EnrollArgs {
    pub(super) fn run(&self) -> anyhow::Result<String> {
        let name = self.name.as_deref().map(Name::new).transpose();
        let name = name.map_err(|error| Usage(error.to_string()))?;
        let token = self.token()?;
        let trust = self.trust()?;
        let web = Web::new(&self.hub, &trust)?;
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make {}", self.data.display()))?;
        // On disk before the token is used up: a key that is lost would cost another one.
        let fresh = self.data.join("enrolling.key");
        forget(&fresh)?;
        let key = private::make_key(&fresh)?;
        let agreed = self
            .ask(&web, &token, &key)
            .inspect_err(|_| drop(forget(&fresh)))?;
        let (hub, hub_key) = agreed.hub().context("the hub's answer makes no sense")?;
        if name.is_some_and(|name| name != agreed.agent) {
            forget(&fresh)?;
            return Err(Usage(format!(
                "the token was made for agent {}; leave --name out, or ask for an invitation for that name",
                agreed.agent
            ))
            .into());
        }
        let enrolled = Enrolled {
            url: self.hub.clone(),
            hub,
            key: hub_key,
            trust,
            agent: agreed.agent,
            region: agreed.region,
            rate: self.rate(),
        };
        let before = self.take_key(&fresh, enrolled.agent.as_str())?;
        enrolled.write(&self.data)?;
        Ok(self.told(&enrolled, &key, before))
    }

    fn trust(&self) -> anyhow::Result<Trust> {
        // The agent may be started elsewhere.
        let whole = |path: &PathBuf| {
            std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
        };
        let client = self.client_cert.as_ref().zip(self.client_key.as_ref());
        let client =
            client.map(|(certificate, key)| anyhow::Ok((whole(certificate)?, whole(key)?)));
        Ok(Trust {
            ca: self.ca.as_ref().map(whole).transpose()?,
            client: client.transpose()?,
        })
    }

    fn token(&self) -> anyhow::Result<Zeroizing<String>> {
        let text = match (&self.token, &self.token_file) {
            (Some(token), _) => Zeroizing::new(token.clone()),
            (None, Some(file)) if file.as_os_str() == "-" => typed()?,
            (None, Some(file)) => private::read(file)?,
            (None, None) => Zeroizing::default(),
        };
        let token = text.trim();
        if token.is_empty() {
            return Err(Usage("the token is empty".to_owned()).into());
        }
        Ok(Zeroizing::new(token.to_owned()))
    }

    fn ask(&self, web: &Web, token: &str, key: &SecretKey) -> anyhow::Result<Agreed> {
        let asked = serde_json::to_vec(&Enrol::new(token, key))?;
        let ask = Ask {
            path: "/v1/enroll",
            body: Some(("application/json", Bytes::from(asked))),
            known: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the runtime")?;
        let answer = runtime
            .block_on(web.ask(&ask))
            .map_err(|error| match error {
                WebError::Tls { .. } if self.ca.is_none() => anyhow::Error::from(error)
                    .context("a hub with an authority of its own needs --ca FILE"),
                other => other.into(),
            })?;
        if answer.status != StatusCode::OK {
            anyhow::bail!("{}", refused(&answer));
        }
        serde_json::from_slice(&answer.body)
            .with_context(|| format!("{} answers something else than a hub does", web.origin()))
    }

    /// The rate that an earlier enrolment was given by hand.
    fn rate(&self) -> u32 {
        let earlier = Enrolled::all(&self.data);
        let earlier = earlier
            .iter()
            .filter_map(|name| Enrolled::find(&self.data, name).ok()?);
        let mut same = earlier.filter(|earlier| earlier.url == self.hub);
        same.next()
            .map_or(crate::uplink::RATE, |earlier| earlier.rate)
    }

    /// Puts the new key in its place; one that was there stays beside it until the hub has heard of the new one.
    fn take_key(&self, fresh: &Path, agent: &str) -> anyhow::Result<Before> {
        let path = Enrolled::key_path(&self.data, agent);
        let known = path.symlink_metadata().is_ok();
        if known {
            private::rename(&path, &Enrolled::old_key_path(&self.data, agent))?;
        }
        private::rename(fresh, &path)?;
        Ok(if known { Before::Known } else { Before::New })
    }

    fn told(&self, enrolled: &Enrolled, key: &SecretKey, before: Before) -> String {
        let (agent, region, hub) = (&enrolled.agent, &enrolled.region, &enrolled.hub);
        let data = self.data.display();
        let next = match (before, self.data.as_os_str() == "data") {
            (Before::Known, _) => "restart the agent to use the new key".to_owned(),
            (Before::New, true) => format!("prober agent --name {agent}"),
            (Before::New, false) => format!("prober agent --name {agent} --data {data}"),
        };
        format!(
            "agent {agent} in region {region} reports to {hub} at {}\n\
             key {} is in {data}/{agent}.key, the hub's key is {}\n\
             next: {next}\n",
            enrolled.url,
            key.public().id(),
            enrolled.key.id(),
        )
    }
}

/// What the hub says, and what to do.
fn refused(answer: &Answer) -> String {
    let (status, words) = (answer.status, answer.words());
    let way_out = match status {
        StatusCode::NOT_FOUND => "; is that the address of a hub?",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "; try again later",
        _ => "",
    };
    format!("the hub refuses ({status}): {words}{way_out}")
}

/// The token from standard input: a line that somebody types, or all that comes through a pipe.
fn typed() -> anyhow::Result<Zeroizing<String>> {
    let mut input = std::io::stdin().lock();
    let mut text = Zeroizing::new(String::new());
    let read = if input.is_terminal() {
        // That nobody sees the question is no reason not to read the answer.
        let _ = write!(anstream::stderr(), "Token: ");
        input.read_line(&mut text)
    } else {
        input.take(LONGEST).read_to_string(&mut text)
    };
    read.context("cannot read the token from standard input")?;
    Ok(text)
}

fn forget(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
