//! What batches take beside their bodies where they are signed and receipted: in the file of a hub, and in that of an agent.

use std::path::Path;
use std::sync::Arc;

use ledger::identity::{HubId, SecretKey, Signature};
use ledger::intake::{Limits, Parcel};
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::{Answer, Bond, Fate, Hub, HubKey, Load, Writer};
use ledger::time::Millis;
use ledger::wire::record::{Claim, Kind, Signed};
use ledger::wire::upload::Upload;
use ledger::wire::{Batch, Hash, Header};

use crate::made::{Fleet, START, agent, name};
use crate::stored::Parts;

const AGENTS: usize = 10;
const BATCHES: u64 = 2_000;
const PROBES: usize = 20;

/// An agent that signs.
pub(crate) struct Sender {
    name: Name,
    key: SecretKey,
    fleet: Fleet,
    previous: Hash,
}

/// What batches at an agent have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    /// The agent's signature.
    Signature,
    /// A receipt of the hub, too.
    Receipt,
}

/// Seals batches as an enrolled agent does, and prints what they take.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn of_an_agent(with: With) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("eu-1.db");
    let mut fleet = Fleet::new(PROBES);
    let hub = SecretKey::generate().expect("a key");
    let bond = Arc::new(Bond {
        hub: HubId::new("hub").expect("a name"),
        hub_key: hub.public(),
        key: SecretKey::generate().expect("a key"),
    });
    let mut writer = Writer::open(&path, &agent(), &fleet.plan).expect("the record opens");
    writer.enrol(Arc::clone(&bond), START).expect("enrolled");
    let mut leaf = 0;
    for round in 0..BATCHES {
        writer.append(&fleet.round(round)).expect("there is space");
        writer.seal().expect("there is space");
        while with == With::Receipt && writer.has_waiting().expect("readable") {
            leaf += 1;
            receive(&mut writer, (&bond, &hub), leaf);
        }
    }
    writer.close().expect("there is space");
    let parts = Parts::of(&path);
    println!(
        "\n{} batches at their agent, {}: {} bytes a batch for its row and its indexes",
        parts.batches,
        match with {
            With::Signature => "signed",
            With::Receipt => "signed and receipted",
        },
        parts.heads() / parts.batches
    );
}

/// Gives a receipt for what is to be sent next.
fn receive(writer: &mut Writer, (bond, hub): (&Bond, &SecretKey), leaf: u64) {
    let load = Load {
        newest_first: true,
        most: 1,
        bytes: 1 << 20,
    };
    for parcel in writer.load(&load).expect("readable") {
        let claim = Claim {
            hub: &bond.hub,
            agent: &agent().name,
            kind: parcel.signed.kind,
            hash: parcel.signed.hash(),
        };
        let receipt = claim.receipt(leaf, START, hub);
        let fate = (parcel.item, Fate::Received(receipt));
        writer.settle(&[fate]).expect("there is space");
    }
}

/// Lets a hub take a batch from each of its agents in turn, and prints what they take.
pub(crate) fn of_a_hub() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("hub.db");
    let own = HubKey {
        id: HubId::new("hub").expect("a name"),
        key: SecretKey::generate().expect("a key"),
    };
    let id = own.id.clone();
    let mut hub = Hub::open(path.as_path(), own, None).expect("the record opens");
    let mut senders: Vec<Sender> = (0..AGENTS)
        .map(|number| Sender::enrol(&mut hub, (number, PROBES)))
        .collect();
    for round in 0..BATCHES {
        let all = senders.iter_mut().map(|sender| sender.upload(&id, round));
        let parcels: Vec<Parcel> = all.collect();
        let now = START + Millis(30_000 * i64::try_from(round).expect("small"));
        let answers = hub.accept(&parcels, now).expect("there is space");
        assert!(answers.iter().all(is_taken), "{answers:?}");
    }
    hub.close().expect("there is space");
    print(&path);
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn print(path: &Path) {
    let parts = Parts::of(path);
    println!(
        "\n{AGENTS} agents of {PROBES} probes, {} batches at their hub: {} bytes a batch for its row with head, signature, leaf and \
        instants, and its indexes; {} for the log's tiles; {} of room left in pages of bodies",
        parts.batches,
        parts.heads() / parts.batches,
        parts.table("log_tile") / parts.batches,
        parts.room() / parts.batches
    );
}

/// Whether all of an upload was taken.
pub(crate) fn is_taken(answer: &Answer) -> bool {
    use ledger::wire::upload::Outcome;
    let Answer::Reply(reply, _) = answer else {
        return false;
    };
    let mut outcomes = reply.outcomes.iter();
    outcomes.all(|outcome| matches!(outcome, Outcome::Taken(_)))
}

impl Sender {
    /// The agent of that number, with so many probes.
    pub(crate) fn enrol(hub: &mut Hub, (number, probes): (usize, usize)) -> Self {
        let agent = Agent {
            name: name(&format!("eu-{number}")),
            region: name("eu"),
        };
        let key = SecretKey::generate().expect("a key");
        let token = agent.name.to_string();
        let registry = hub.registry();
        registry.invite(&agent, &token, START).expect("invited");
        registry
            .enrol(&token, &key.public(), START)
            .expect("enrolled");
        Self {
            name: agent.name,
            key,
            fleet: Fleet::new(probes),
            previous: Hash::default(),
        }
    }

    /// A round of all probes in one batch, as it comes to the hub.
    pub(crate) fn upload(&mut self, hub: &HubId, round: u64) -> Parcel {
        let header = Header {
            agent: self.name.clone(),
            epoch: 1,
            number: round + 1,
            previous: self.previous,
        };
        let attempts = self.fleet.round(round);
        let sealed = Batch { header, attempts }.seal().expect("fits");
        self.previous = sealed.hash();
        let mut records = vec![self.sign(hub, (Kind::Batch, sealed.head, sealed.body))];
        if round == 0 {
            let plan = serde_json::to_vec(&self.fleet.plan).expect("plans serialise");
            records.insert(0, self.sign(hub, (Kind::Plan, plan, Vec::new())));
        }
        let upload = Upload {
            agent: self.name.clone(),
            key: self.key.public().id(),
            asked: START,
            seen: 0,
            cosignature: None,
            records,
        };
        let bytes = upload.encode(hub, &self.key).expect("fits");
        let limits = (&Limits::default(), START);
        Parcel::open(&bytes, hub, &[self.key.public()], limits).expect("ours")
    }

    fn sign(&self, hub: &HubId, (kind, what, body): (Kind, Vec<u8>, Vec<u8>)) -> Signed {
        let record = Signed {
            kind,
            what,
            body,
            signature: Signature([0; 64]),
        };
        let signature = record.claim(hub, &self.name).sign(&self.key);
        Signed {
            signature,
            ..record
        }
    }
}
