//! Whose turn it is to write to a file, which has one writer at a time: whoever is waited for goes first.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upkeep lets others go first for so long and then goes all the same, or it would never come to it.
const PATIENCE: Duration = Duration::from_millis(25);

/// Turns that the two [`super::Hub`]s of a process take. Clones are the same turns.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: bool,
    /// How many wait that go first.
    waiting: usize,
    /// How many uploads are in hand.
    expected: usize,
}

impl State {
    /// Whether somebody is here, or about to come, who goes first.
    const fn is_wanted(&self) -> bool {
        self.waiting > 0 || self.expected > 0
    }
}

/// A turn, over when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'t>(&'t Shared);

/// An upload in hand, done with when it is dropped.
#[derive(Debug)]
pub struct Expected(Arc<Shared>);

impl Turns {
    /// Says that an upload has come, so that upkeep begins nothing that it would have to wait for.
    pub fn expect(&self) -> Expected {
        self.0.state().expected += 1;
        Expected(Arc::clone(&self.0))
    }

    /// How many uploads are in hand.
    pub fn expected(&self) -> usize {
        self.0.state().expected
    }

    /// The next turn.
    pub(super) fn first(&self) -> Turn<'_> {
        let shared = &*self.0;
        let mut state = shared.state();
        state.waiting += 1;
        let mut state = shared.wait(state, |state| state.taken);
        state.waiting -= 1;
        state.taken = true;
        Turn(shared)
    }

    /// A turn when nobody else wants one, or has wanted one for long.
    pub(super) fn later(&self) -> Turn<'_> {
        let shared = &*self.0;
        let wanted = |state: &mut State| state.taken || state.is_wanted();
        let waited = shared
            .changed
            .wait_timeout_while(shared.state(), PATIENCE, wanted);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let mut state = shared.wait(state, |state| state.taken || state.waiting > 0);
        state.taken = true;
        Turn(shared)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'t>(
        &self,
        state: MutexGuard<'t, State>,
        stays: impl Fn(&State) -> bool,
    ) -> MutexGuard<'t, State> {
        let waited = self.changed.wait_while(state, |state| stays(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().taken = false;
        self.0.changed.notify_all();
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.state().expected -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn who_is_waited_for_goes_before_upkeep() {
        let turns = &Turns::default();
        let now = turns.first();
        let (told, heard) = channel();
        std::thread::scope(|scope| {
            let upkeep = told.clone();
            scope.spawn(move || {
                let _turn = turns.later();
                upkeep.send("upkeep").expect("is heard");
            });
            scope.spawn(move || {
                let _turn = turns.first();
                told.send("upload").expect("is heard");
            });
            while turns.0.state().waiting == 0 {
                std::thread::yield_now();
            }
            drop(now);
            assert_eq!(heard.recv(), Ok("upload"));
            assert_eq!(heard.recv(), Ok("upkeep"));
        });
    }

    #[test]
    fn upkeep_does_not_wait_for_ever() {
        let turns = Turns::default();
        let _upload = turns.expect();
        assert_eq!(turns.expected(), 1);
        drop(turns.later());
        drop(turns.first());
    }
}
