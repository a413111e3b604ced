//! A made-up agent that signs and sends what a hub takes, over TLS and without the prober: for tests and measurements.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use ledger::attempt::{Attempt, Detail, Family, Kind as Why};
use ledger::identity::{HubId, PublicKey, SecretKey, Signature};
use ledger::name::Name;
use ledger::phases::Micros;
use ledger::plan::Plan;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};
use ledger::wire::enrol::{Enrol, Enrolled};
use ledger::wire::record::{Kind, Signed};
use ledger::wire::upload::{Reply, Upload};
use ledger::wire::{Batch, Hash, Header, WireError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Everything here takes less, on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each probe of a [`plan`] looks.
pub const SPACING: Millis = Millis::from_secs(30);

/// A connection to a hub.
#[derive(Debug)]
pub struct Line {
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

/// An answer of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How many seconds to wait, if that is said.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// An agent, its key, and where its chain of batches ends.
#[derive(Debug)]
pub struct Courier {
    /// The hub.
    pub hub: HubId,
    /// The hub's key.
    pub hub_key: PublicKey,
    /// The agent's name.
    pub agent: Name,
    /// The agent's key.
    pub key: SecretKey,
    /// The life of its numbers.
    pub epoch: u32,
    /// The number of its last batch.
    pub number: u64,
    /// The number of its next attempt.
    pub next: u64,
    /// The hash of its last batch.
    pub previous: Hash,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// The plan's version.
    pub version: u32,
    /// The tick of its first attempts.
    pub start: Timestamp,
}

impl Line {
    /// Connects to `address` as `host`, trusting the authority in `ca` (PEM).
    ///
    /// # Errors
    /// Whatever stands in the way.
    pub fn connect(address: SocketAddr, host: &str, ca: &str) -> io::Result<Self> {
        let odd = |error: rustls::Error| io::Error::other(error);
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(ca.as_bytes()).map_err(io::Error::other)?;
        roots.add(root).map_err(odd)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(odd)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let client = ClientConnection::new(Arc::new(config), name).map_err(odd)?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let stream = BufReader::new(StreamOwned::new(client, stream));
        Ok(Self { stream })
    }

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// Whatever stands in the way, the hub's end included.
    pub fn post(&mut self, path: &str, body: &[u8]) -> io::Result<Answer> {
        self.begin(path, body)?;
        self.answer()
    }

    /// Sends a request.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub fn begin(&mut self, path: &str, body: &[u8]) -> io::Result<()> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: hub\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// Waits for an answer.
    ///
    /// # Errors
    /// As [`Self::post`].
    pub fn answer(&mut self) -> io::Result<Answer> {
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
        let (mut length, mut retry_after) = (0, None);
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(ended());
            }
            let Some((field, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match field {
                "content-length" => length = value.parse().map_err(io::Error::other)?,
                "retry-after" => retry_after = value.parse().ok(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer {
            status: status.ok_or_else(ended)?,
            retry_after,
            body,
        })
    }
}

impl Courier {
    /// Enrols with a token.
    ///
    /// # Errors
    /// The hub's answer, if it is no enrolment.
    pub fn enrol(
        line: &mut Line,
        token: &str,
        key: SecretKey,
        (plan, start): (Arc<Plan>, Timestamp),
    ) -> io::Result<Self> {
        let request = serde_json::to_vec(&Enrol::new(token, &key))?;
        let answer = line.post("/v1/enroll", &request)?;
        if answer.status != 200 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(io::Error::other(format!("{}: {text}", answer.status)));
        }
        let enrolled: Enrolled = serde_json::from_slice(&answer.body)?;
        let (hub, hub_key) = enrolled.hub().map_err(io::Error::other)?;
        Ok(Self::new(
            (hub, hub_key),
            (enrolled.agent, key),
            (plan, start),
        ))
    }

    /// An agent that is enrolled.
    pub fn new(
        (hub, hub_key): (HubId, PublicKey),
        (agent, key): (Name, SecretKey),
        (plan, start): (Arc<Plan>, Timestamp),
    ) -> Self {
        Self {
            hub,
            hub_key,
            agent,
            key,
            epoch: 1,
            number: 0,
            next: 1,
            previous: Hash::default(),
            version: plan.version(),
            plan,
            start,
        }
    }

    /// Its plan, signed.
    ///
    /// # Panics
    /// Never: plans serialise.
    pub fn sign_plan(&self) -> Signed {
        let what = serde_json::to_vec(&*self.plan).expect("plans serialise");
        self.sign(Kind::Plan, what, Vec::new())
    }

    /// Makes `count` attempts and packs and signs them.
    ///
    /// # Errors
    /// [`WireError`] if they are too many for a batch.
    pub fn seal(&mut self, count: u64) -> Result<Signed, WireError> {
        let attempts = self.attempts(count);
        self.number += 1;
        let header = Header {
            agent: self.agent.clone(),
            epoch: self.epoch,
            number: self.number,
            previous: self.previous,
        };
        let sealed = Batch { header, attempts }.seal()?;
        self.previous = sealed.hash();
        Ok(self.sign(Kind::Batch, sealed.head, sealed.body))
    }

    /// Makes `count` attempts.
    pub fn attempts(&mut self, count: u64) -> Vec<Attempt> {
        let numbers = self.next..self.next + count;
        self.next += count;
        numbers.map(|number| self.attempt(number)).collect()
    }

    /// Signs what it says.
    pub fn sign(&self, kind: Kind, what: Vec<u8>, body: Vec<u8>) -> Signed {
        let record = Signed {
            kind,
            what,
            body,
            signature: Signature([0; 64]),
        };
        let signature = record.claim(&self.hub, &self.agent).sign(&self.key);
        Signed {
            signature,
            ..record
        }
    }

    /// The bytes of an upload of these records.
    ///
    /// # Errors
    /// [`WireError`] if they are too many.
    pub fn upload(&self, records: &[Signed]) -> Result<Vec<u8>, WireError> {
        let upload = Upload {
            agent: self.agent.clone(),
            key: self.key.public().id(),
            asked: self.start,
            seen: 0,
            cosignature: None,
            records: records.to_vec(),
        };
        upload.encode(&self.hub, &self.key)
    }

    /// A reply that the hub has signed.
    ///
    /// # Errors
    /// [`WireError`] if it has not.
    pub fn reply(&self, bytes: &[u8]) -> Result<Reply, WireError> {
        Reply::decode(bytes, &self.hub, &self.hub_key)
    }

    /// The `number`th attempt: all probes in turn, a round every [`SPACING`]; every 997th finds the door shut.
    fn attempt(&self, number: u64) -> Attempt {
        let probes = self.plan.probes.len();
        let place = usize::try_from(number - 1).unwrap_or(0);
        let round = i64::try_from(place / probes).unwrap_or(0);
        let tick = self.start + Millis(round * SPACING.0);
        let noise = i64::try_from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52).unwrap_or(0);
        let start = tick + Millis(200 + noise % 40);
        let took = Micros::cut(15_000 + u32::try_from(noise).unwrap_or(0));
        let end = start + Millis(15 + noise % 4);
        let good = !number.is_multiple_of(997);
        Attempt {
            sequence: number,
            probe: self.plan.probes[place % probes].name.clone(),
            plan: self.version,
            tick,
            due: tick + Millis(200),
            kind: Why::Base,
            account: None,
            start,
            end,
            evidence: Interval::new(start, end),
            verdict: if good { Verdict::Good } else { Verdict::Bad },
            class: (!good).then_some(Class::Connect),
            step: None,
            status: None,
            family: Some(Family::V4),
            steps: Vec::new(),
            total: good.then_some(took),
            slow: false,
            clock_error: Millis(9),
            canary: CanaryState::Ok,
            second_resolver: None,
            detail: Detail::escape(if good { "" } else { "refused" }),
        }
    }
}

/// A plan of `probes` checks every 30 s.
///
/// # Panics
/// Never: the text is a plan.
pub fn plan(probes: usize) -> Plan {
    let mut text = "\
        regions = [\"eu\", \"us\"]\ncanary = \"none\"\n\
        [site]\nname = \"Groupdesk\"\nurl = \"https://groupdesk.example\"\n"
        .to_owned();
    for probe in 0..probes {
        let probe = format!(
            "[[probe]]\nname = \"door-{probe}\"\ncheck.tcp = \"groupdesk.example:443\"\n\
            schedule = \"0/30 * * * * *\"\ntimeout = \"10s\"\nstagger = false\n"
        );
        text.push_str(&probe);
    }
    text += "[[contract]]\nid = \"example\"\ncustomer = \"Example\"\nservice = \"Groupdesk\"\nzone = \"UTC\"\ntarget = 99.9\n";
    Plan::parse(&text, "made up").expect("this is a plan")
}
