//! Does what the core says: asks the journal, sends, believes only the hub, writes down.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use ledger::clock::{Exchange, STEP};
use ledger::store::{Fate, Item, Load, Parcel};
use ledger::wire::upload::{Reply, Upload};
use tokio::time::Instant;

use super::books;
use super::core::{Action, BYTES, Core, Event, Failure, Settled, Wanted};
use super::parts::Parts;
use super::reading::{self, Meaning};
use super::state::State;
use super::watched::Watched;
use crate::clock::Stopwatch;

/// One that has crashed is begun again after this.
const AGAIN: Duration = Duration::from_secs(10);

/// The uplink of an agent.
#[derive(Debug)]
pub struct Uplink {
    parts: Parts,
    core: Core,
    begun: Instant,
    state: State,
    watched: Watched,
    parcels: Vec<Parcel>,
    reply: Option<(Reply, u64)>,
    leaving: bool,
}

impl Uplink {
    /// An uplink that has not begun.
    fn new(parts: Parts) -> Self {
        Self {
            core: Core::new(parts.rate, parts.seed),
            parts,
            begun: Instant::now(),
            state: State::default(),
            watched: Watched::default(),
            parcels: Vec::new(),
            reply: None,
            leaving: false,
        }
    }

    /// Runs one after the other, for ever: one that crashes is followed by another one, which knows what the record says. Looking
    /// goes on in any case, and nobody would notice that nothing is sent any more.
    pub async fn keep_running(parts: Parts) {
        loop {
            let run = AssertUnwindSafe(Self::new(parts.clone()).run());
            if run.catch_unwind().await.is_err() {
                tracing::error!(
                    "the uplink crashed, which is a flaw in this program; another one begins"
                );
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Sends what there is, for ever. To be dropped when the agent leaves: what is not sent then is sent next time.
    async fn run(mut self) {
        self.resume().await;
        let mut event = Event::Rested;
        loop {
            if self.parts.hub_clock.take_doubt() {
                self.core.doubt();
            }
            event = match self.core.on(self.begun.elapsed(), event) {
                Action::Load(wanted) => self.load(wanted).await,
                Action::Send => self.send().await,
                Action::Settle => self.settle().await,
                Action::Refuse => self.refuse().await,
                Action::Rest(until) => self.rest(self.begun + until).await,
                Action::GoOn => self.rest(Instant::now() + Duration::from_secs(1)).await,
            };
        }
    }

    /// Goes on from the checkpoint that was seen before.
    async fn resume(&mut self) {
        let kept = self.parts.desk.ask(|writer| writer.checkpoint()).await;
        let Some(Ok(Some((_, note)))) = kept else {
            return;
        };
        match Watched::resume(&note, &self.parts.bond) {
            Ok(watched) => self.watched = watched,
            Err(error) => tracing::warn!(%error, "the checkpoint in the record is not the hub's"),
        }
    }

    async fn rest(&mut self, until: Instant) -> Event {
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(until) => Event::Rested,
            () = self.parts.hub_clock.jumped() => Event::Doubted,
            () = self.parts.desk.sealed() => Event::Sealed,
            () = self.parts.parting.begun() => {
                self.leaving = true;
                Event::Leaving
            }
        }
    }

    async fn load(&mut self, wanted: Wanted) -> Event {
        let load = Load {
            newest_first: wanted.live,
            most: wanted.most,
            bytes: BYTES,
        };
        self.parcels.clear();
        if wanted.most > 0 {
            match self.parts.desk.ask(move |writer| writer.load(&load)).await {
                Some(Ok(parcels)) => self.parcels = parcels,
                Some(Err(error)) => {
                    tracing::error!(%error, "what is to be sent cannot be read");
                    return Event::Busy;
                }
                None => return Event::Busy,
            }
        }
        match self.parcels.first().map(|parcel| parcel.item) {
            Some(Item::Plan(_)) => Event::Planned(self.parcels.len()),
            Some(Item::Batch(..)) | None => Event::Loaded(self.parcels.len()),
        }
    }

    async fn send(&mut self) -> Event {
        let watch = Stopwatch::start(&*self.parts.clock);
        let upload = Upload {
            agent: self.parts.agent.clone(),
            key: self.parts.bond.key.public().id(),
            asked: watch.started_at(),
            seen: self.watched.size(),
            cosignature: self.watched.cosignature(),
            records: self
                .parcels
                .iter()
                .map(|parcel| parcel.signed.clone())
                .collect(),
        };
        let asked = match upload.encode(&self.parts.bond.hub, &self.parts.bond.key) {
            Ok(bytes) => Bytes::from(bytes),
            Err(error) => return self.failed(Failure::Unreadable, error.to_string()),
        };
        let answer = match self.parts.carrier.carry(asked.clone()).await {
            Ok(answer) => answer,
            Err(error) => {
                if self.leaving {
                    self.parts.parting.failed(&error);
                }
                return self.failed(Failure::Passing(None), error.to_string());
            }
        };
        let back = watch.wall(Instant::now());
        let about = (&*self.parts.bond, &self.parts.agent);
        match reading::reply(&answer, &asked, &self.parcels, about) {
            Ok(reply) => {
                self.hear(&Exchange {
                    asked: upload.asked,
                    heard: reply.heard,
                    answered: reply.answered,
                    back,
                });
                self.reply = Some((reply, upload.seen));
                Event::Answered
            }
            Err((failure, told)) => self.failed(failure, told),
        }
    }

    /// Takes the time of the hub in, unless our own clock was set meanwhile.
    fn hear(&mut self, exchange: &Exchange) {
        let now = self.parts.clock.now();
        if (now - exchange.back).0.abs() > STEP.0 {
            return;
        }
        self.parts.hub_clock.hear(exchange);
        let offset = self.parts.hub_clock.offset(now);
        self.state.offset = offset.map(|offset| offset.estimate().0);
        self.state.doubt = offset.map(|offset| offset.error().0);
    }

    fn failed(&mut self, failure: Failure, told: String) -> Event {
        let first = self.state.trouble.is_none() && self.state.unwanted.is_none();
        match failure {
            Failure::Unwanted => {
                self.unwanted(told);
            }
            Failure::Passing(_) | Failure::Unreadable => {
                if first {
                    tracing::warn!(error = %told, "the hub cannot be reached; the record waits");
                }
                self.state.trouble = Some(told);
            }
        }
        self.state.failures = self.core.failures() + 1;
        self.keep_state();
        Event::Failed(failure)
    }

    /// The hub does not want what this agent sends; looking and recording go on.
    fn unwanted(&mut self, told: String) {
        if self.state.unwanted.as_ref() != Some(&told) {
            tracing::error!(reason = %told, "the hub does not want this agent; it records on and sends nothing");
        }
        self.state.unwanted = Some(told);
    }

    async fn settle(&mut self) -> Event {
        let Some((reply, asked)) = self.reply.take() else {
            return Event::Busy;
        };
        let meaning = reading::meaning(&self.parcels, &reply.outcomes);
        let settled = Settled {
            more: false,
            later: meaning.later.is_some(),
            unwanted: meaning.unwanted.is_some(),
        };
        self.tell(&meaning);
        let checkpoint = self.look_at_log(&reply, asked);
        let written = self
            .parts
            .desk
            .ask(move |writer| books::write_down(writer, meaning, &reply, checkpoint));
        match written.await {
            Some(Ok((course, more))) => {
                books::tell(course);
                self.keep_state();
                Event::Settled(Settled { more, ..settled })
            }
            Some(Err(error)) => {
                tracing::error!(%error, "what the hub has cannot be written down");
                Event::Busy
            }
            None => Event::Busy,
        }
    }

    /// Says what is new in the reply.
    fn tell(&mut self, meaning: &Meaning) {
        if self.state.answered.is_none() || self.state.trouble.is_some() {
            tracing::info!(hub = %self.parts.bond.hub, "the hub answers");
        }
        if self.state.answered.is_none() {
            self.forget_old_key();
        }
        self.state.answered = Some(self.parts.clock.now().0);
        (self.state.trouble, self.state.failures) = (None, 0);
        match &meaning.unwanted {
            Some(told) => self.unwanted(told.clone()),
            None => {
                if self.state.unwanted.take().is_some() {
                    tracing::info!("the hub takes what this agent sends again");
                }
            }
        }
        if let Some(told) = &meaning.later {
            tracing::info!(reason = %told, "the hub wants some of it later");
        }
        for (item, fate) in meaning.fates.iter().chain(&meaning.planless) {
            if let Fate::Refused(reason) = fate {
                tracing::error!(
                    ?item,
                    reason,
                    "the hub refuses a record; it is kept as a dead letter"
                );
            }
        }
    }

    /// The hub has heard of the new key: nobody needs the one before.
    fn forget_old_key(&self) {
        if let Some(directory) = &self.parts.directory {
            let old = super::Enrolled::old_key_path(directory, self.parts.agent.as_str());
            if std::fs::remove_file(old).is_ok() {
                tracing::info!("the hub knows the new key; the old one is removed");
            }
        }
    }

    /// Checks that the hub's log continues what was seen; gives the note that is to be kept.
    fn look_at_log(&mut self, reply: &Reply, asked: u64) -> Option<(u64, String)> {
        self.watched.sent();
        let about = (reply.proof.as_slice(), asked);
        let now = self.parts.clock.now();
        match self
            .watched
            .look(&reply.checkpoint, about, (&self.parts.bond, now))
        {
            Ok(new) => {
                self.state.distrust = None;
                new.map(|size| (size, reply.checkpoint.clone()))
            }
            Err(error) => {
                let told = error.to_string();
                if self.state.distrust.as_ref() != Some(&told) {
                    tracing::error!(reason = %told, "the hub's log is not to be believed; it is not cosigned");
                }
                self.state.distrust = Some(told);
                None
            }
        }
    }

    /// The hub cannot read the one record that was sent: it becomes a dead letter, so that the others can go on.
    async fn refuse(&mut self) -> Event {
        let told = self.state.trouble.clone().unwrap_or_default();
        let Some(item) = self.parcels.first().map(|parcel| parcel.item) else {
            return Event::Busy;
        };
        tracing::error!(?item, reason = %told, "the hub cannot read a record; it is kept as a dead letter");
        let written = self.parts.desk.ask(move |writer| {
            writer.settle(&[(item, Fate::Refused(told))])?;
            writer.has_waiting()
        });
        match written.await {
            Some(Ok(more)) => Event::Settled(Settled {
                more,
                ..Settled::default()
            }),
            _ => Event::Busy,
        }
    }

    fn keep_state(&mut self) {
        if let Some(directory) = &self.parts.directory {
            let path = State::path(directory, self.parts.agent.as_str());
            self.state.write(&path, self.parts.clock.now());
        }
    }
}
