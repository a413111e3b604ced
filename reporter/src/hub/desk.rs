//! The one thread that owns the record: it takes all that waits in one transaction, and answers when that is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use ledger::identity::PublicKey;
use ledger::intake::Parcel;
use ledger::record::Agent;
use ledger::store::{Answer, EnrolError, Expected, Hub, Keyring, StoreError, Tone, Turns};
use ledger::wire::upload::Outcome;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::now;

/// So many uploads may wait.
const QUEUE: usize = 256;
/// So many are taken in one transaction.
const MOST: usize = 128;
/// So many attempts are taken in one transaction, about.
const ENOUGH: u64 = 65_536;
/// Nobody waits longer than this for company that is already in hand.
const LINGER: Duration = Duration::from_millis(3);
/// After a failure the record is not opened again before this.
const PAUSE: Duration = Duration::from_secs(1);

/// How the record is opened, and opened again.
pub(super) type Opener = Box<dyn Fn() -> Result<Hub, StoreError> + Send>;

/// Where uploads are handed in.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    jobs: SyncSender<Job>,
    state: State,
    turns: Turns,
}

/// What the rest of the process may know of the record without asking for it.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    keys: Arc<RwLock<Arc<Keyring>>>,
    failure: Arc<Mutex<Option<Failure>>>,
}

/// Why the record takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The disk is full.
    Full,
    /// It cannot be written.
    Broken,
    /// Too much waits.
    Busy,
}

/// What comes back.
#[derive(Debug)]
pub(super) enum Done {
    Reply(Vec<u8>, Tone),
    UnknownKey,
    Revoked(String),
    Failed(Failure),
}

/// What an enrolment comes to.
pub(super) type Enrolment = Result<Agent, EnrolError>;

#[derive(Debug)]
enum Job {
    Take(Box<Parcel>, oneshot::Sender<Done>),
    Enrol(String, PublicKey, oneshot::Sender<Enrolment>),
    Keys(oneshot::Sender<()>),
}

struct Clerk {
    hub: Option<Hub>,
    open: Opener,
    /// When it failed last.
    failed: Instant,
    /// So many entries the log had at least when a receipt was given last.
    receipted: u64,
    /// Why it fails, as it was told last.
    told: String,
    state: State,
    turns: Turns,
}

impl Desk {
    /// Opens the record and begins to take, first in its `turns`. The thread ends when all desks are gone, and leaves the record
    /// in order.
    pub(super) fn open(open: Opener, turns: &Turns) -> Result<(Self, JoinHandle<()>), StoreError> {
        let hub = open()?;
        let (jobs, queue) = sync_channel(QUEUE);
        let state = State::default();
        let mut clerk = Clerk {
            hub: Some(hub),
            open,
            failed: Instant::now(),
            receipted: 0,
            told: String::new(),
            state: state.clone(),
            turns: turns.clone(),
        };
        clerk.read_keys();
        let thread = std::thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || clerk.work(&queue));
        let thread = thread.expect("the system gives a thread at the start");
        let turns = turns.clone();
        Ok((Self { jobs, state, turns }, thread))
    }

    /// Says that an upload has come and will be handed in.
    pub(super) fn expect(&self) -> Expected {
        self.turns.expect()
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Hands in an upload and waits for what becomes of it.
    pub(super) async fn take(&self, parcel: Parcel) -> Done {
        let (answer, done) = oneshot::channel();
        match self.hand_in(Job::Take(Box::new(parcel), answer)) {
            Ok(()) => done.await.unwrap_or(Done::Failed(Failure::Broken)),
            Err(failure) => Done::Failed(failure),
        }
    }

    /// Registers a key; `None` if that cannot be done now.
    pub(super) async fn enrol(&self, token: String, key: PublicKey) -> Option<Enrolment> {
        let (answer, done) = oneshot::channel();
        self.hand_in(Job::Enrol(token, key, answer)).ok()?;
        done.await.ok()
    }

    /// Reads the keys again, which another process may have changed.
    pub(super) async fn refresh(&self) {
        let (answer, done) = oneshot::channel();
        if self.hand_in(Job::Keys(answer)).is_ok() {
            // Whatever came of it, the keys are those that are known.
            let _ = done.await;
        }
    }

    fn hand_in(&self, job: Job) -> Result<(), Failure> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Failure::Busy,
            TrySendError::Disconnected(_) => Failure::Broken,
        })
    }
}

impl State {
    /// The keys as of when they were read last.
    pub(super) fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why nothing is taken, if nothing is.
    pub(super) fn failure(&self) -> Option<Failure> {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_keys(&self, keys: Keyring) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    fn set_failure(&self, failure: Option<Failure>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

impl Clerk {
    fn work(mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut parcels = Vec::new();
            let mut answers = Vec::new();
            for job in gather(first, queue, &self.turns) {
                match job {
                    Job::Take(parcel, answer) => {
                        parcels.push(*parcel);
                        answers.push(answer);
                    }
                    Job::Enrol(token, key, answer) => {
                        self.enrol(&token, &key, answer);
                    }
                    Job::Keys(answer) => {
                        self.read_keys();
                        let _ = answer.send(());
                    }
                }
            }
            if parcels.is_empty() {
                continue;
            }
            let done = self.take(&parcels);
            for (answer, done) in answers.into_iter().zip(done) {
                // Whoever asked may be gone; it will ask again.
                let _ = answer.send(done);
            }
        }
        if let Some(Err(error)) = self.hub.take().map(Hub::close) {
            tracing::error!(%error, "the record was not closed in order; what was receipted is safe");
        }
    }

    fn take(&mut self, parcels: &[Parcel]) -> Vec<Done> {
        let answers = self.with(|hub| {
            let answers = hub.accept(parcels, now())?;
            let receipted = answers.iter().map(receipted).max();
            let answers = answers.into_iter().map(|answer| finished(hub, answer));
            Ok((answers.collect::<Vec<Done>>(), receipted.unwrap_or(0)))
        });
        match answers {
            Ok((answers, receipted)) => {
                self.receipted = self.receipted.max(receipted);
                if answers.iter().any(|done| matches!(done, Done::UnknownKey)) {
                    self.read_keys();
                }
                answers
            }
            Err(failure) => parcels.iter().map(|_| Done::Failed(failure)).collect(),
        }
    }

    fn enrol(&mut self, token: &str, key: &PublicKey, answer: oneshot::Sender<Enrolment>) {
        let done = self.with(|hub| match hub.registry().enrol(token, key, now()) {
            Err(EnrolError::Store(error)) => Err(error),
            other => Ok(other),
        });
        if let Ok(done) = done {
            self.read_keys();
            let _ = answer.send(done);
        }
    }

    fn read_keys(&mut self) {
        let keys = self.with(|hub| hub.registry().keyring());
        if let Ok(keys) = keys {
            self.state.set_keys(keys);
        }
    }

    /// Works with the record, and opens it again, once a second, if it has failed or crashed: what it then holds is read, not
    /// guessed.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Hub) -> Result<T, StoreError>,
    ) -> Result<T, Failure> {
        // However many ask meanwhile: none of them puts it off.
        if self.hub.is_none() && self.failed.elapsed() < PAUSE {
            return Err(Failure::Broken);
        }
        let worked = self.opened().and_then(|hub| watched(|| work(hub)));
        let failure = match worked {
            Ok(done) => {
                if self.state.failure().is_some() {
                    tracing::info!("the record takes again");
                    self.state.set_failure(None);
                }
                self.told.clear();
                return Ok(done);
            }
            Err(StoreError::Full(_)) => Failure::Full,
            Err(StoreError::Locked(_)) => Failure::Busy,
            Err(error) => {
                (self.hub, self.failed) = (None, Instant::now());
                self.tell(error.to_string());
                Failure::Broken
            }
        };
        if failure != Failure::Busy && self.state.failure() != Some(failure) {
            tracing::error!(?failure, "nothing is taken");
            self.state.set_failure(Some(failure));
        }
        Err(failure)
    }

    /// The record, opened again if it has failed.
    fn opened(&mut self) -> Result<&mut Hub, StoreError> {
        match &mut self.hub {
            Some(hub) => Ok(hub),
            closed => {
                let hub = watched(|| (self.open)())?;
                let (size, receipted) = (hub.log_size()?, self.receipted);
                if size < receipted {
                    return Err(failed(&format!(
                        "its log had {receipted} entries before it failed and has {size} now: it was set back, to a backup or to a \
                        database that had fallen behind. If that is meant, start the hub again: agents send again what is lost"
                    )));
                }
                Ok(closed.insert(hub))
            }
        }
    }

    fn tell(&mut self, error: String) {
        if self.told != error {
            tracing::error!(error, "the record fails; it is opened again");
            self.told = error;
        }
    }
}

/// What `work` comes to. A crash fails it and undoes its transaction; it must not end the thread, for then nobody would take
/// anything any more and nobody would know.
pub(super) fn watched<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let crashed = |_| Err(failed("this program crashed, which is a flaw in it"));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(crashed)
}

fn failed(reason: &str) -> StoreError {
    StoreError::Failed {
        place: ledger::store::Place::parse("the record"),
        reason: reason.to_owned(),
    }
}

/// The first job and what waits already, or is in hand and comes right after it.
fn gather(first: Job, queue: &Receiver<Job>, turns: &Turns) -> Vec<Job> {
    let start = Instant::now();
    let (mut jobs, mut parcels, mut attempts) = (vec![first], 0, 0);
    while jobs.len() < MOST {
        if let Some(Job::Take(parcel, _)) = jobs.last() {
            attempts += parcel.attempts();
            parcels += 1;
        }
        if attempts >= ENOUGH {
            break;
        }
        let left = match turns.expected() > parcels {
            true => LINGER.saturating_sub(start.elapsed()),
            false => Duration::ZERO,
        };
        match queue.recv_timeout(left) {
            Ok(job) => jobs.push(job),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    jobs
}

/// How many entries the log has at least if this answer is given.
fn receipted(answer: &Answer) -> u64 {
    let Answer::Reply(reply, _) = answer else {
        return 0;
    };
    let leaves = reply.outcomes.iter().map(|outcome| match outcome {
        Outcome::Taken(receipt) | Outcome::Known(receipt) => receipt.leaf + 1,
        Outcome::Refused(..) | Outcome::Later(..) => 0,
    });
    leaves.max().unwrap_or(0)
}

fn finished(hub: &Hub, answer: Answer) -> Done {
    match answer {
        Answer::UnknownKey => Done::UnknownKey,
        Answer::Revoked(reason) => Done::Revoked(reason),
        Answer::Reply(reply, tone) => match hub.sign(&reply) {
            Ok(bytes) => Done::Reply(bytes, tone),
            Err(error) => {
                tracing::error!(%error, "a reply does not fit its format");
                Done::Failed(Failure::Broken)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use ledger::identity::{HubId, SecretKey};
    use ledger::store::HubKey;

    use super::*;

    fn key() -> HubKey {
        HubKey {
            id: HubId::new("hub").unwrap(),
            key: SecretKey::from_seed(&[2; 32]).unwrap(),
        }
    }

    fn clerk(path: std::path::PathBuf) -> Clerk {
        let open = move || Hub::open(path.as_path(), key(), None);
        Clerk {
            hub: Some(open().unwrap()),
            open: Box::new(open),
            failed: Instant::now(),
            receipted: 0,
            told: String::new(),
            state: State::default(),
            turns: Turns::default(),
        }
    }

    fn crash(clerk: &mut Clerk) {
        let crashed = clerk.with(|_| -> Result<(), StoreError> { panic!("planted") });
        assert_eq!(crashed, Err(Failure::Broken));
        assert_eq!(clerk.state.failure(), Some(Failure::Broken));
    }

    fn works(clerk: &mut Clerk) -> Result<(), Failure> {
        clerk.with(|hub| hub.registry().keyring().map(drop))
    }

    #[tokio::test(start_paused = true)]
    async fn a_crash_fails_what_was_asked_and_the_record_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let mut clerk = clerk(directory.path().join("hub.db"));
        crash(&mut clerk);
        assert_eq!(works(&mut clerk), Err(Failure::Broken), "not at once");
        tokio::time::advance(PAUSE).await;
        assert_eq!(works(&mut clerk), Ok(()));
        assert_eq!(clerk.state.failure(), None);
    }

    /// A hub of many agents is asked all the time.
    #[tokio::test(start_paused = true)]
    async fn a_record_is_opened_again_however_often_it_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let mut clerk = clerk(directory.path().join("hub.db"));
        crash(&mut clerk);
        let (began, step) = (Instant::now(), Duration::from_millis(10));
        while works(&mut clerk).is_err() {
            assert!(began.elapsed() <= PAUSE);
            tokio::time::advance(step).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_has_lost_receipts_is_not_gone_on_with() {
        let directory = tempfile::tempdir().unwrap();
        let mut clerk = clerk(directory.path().join("hub.db"));
        clerk.receipted = 1;
        crash(&mut clerk);
        for _ in 0..2 {
            tokio::time::advance(PAUSE).await;
            assert_eq!(works(&mut clerk), Err(Failure::Broken));
            assert!(clerk.told.contains("had 1 entries"), "{}", clerk.told);
        }
        tokio::time::advance(PAUSE).await;
        clerk.receipted = 0;
        assert_eq!(works(&mut clerk), Ok(()));
    }
}
