//! Kept sessions: "logged out" is not "cannot log in", and neither is old age.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use ledger::plan::{Plan, Session, Subject};
use ledger::time::Millis;
use ledger::verdict::Class;
use prober::observation::Outcome;
use prober::session::KeptSession;

use super::hostile::failure;
use super::login::{FORM, good};
use super::plan::Eye;
use super::site::{Act, Got, Site, page};

const WELL: u8 = 0;
/// All sessions so far are gone.
const LOGGED_OUT: u8 = 1;
/// So are they, and nobody can log in.
const LOCKED: u8 = 2;
const SICK: u8 = 3;

fn site(mood: Arc<AtomicU8>) -> Site {
    Site::new(move |got: &Got| -> Vec<Act> {
        match (mood.load(Ordering::Relaxed), got.line.as_str()) {
            (LOGGED_OUT | LOCKED, "GET /home") => page("302 Found", "location: /login\r\n", ""),
            (LOGGED_OUT, "POST /login") => {
                mood.store(WELL, Ordering::Relaxed);
                good(got)
            }
            (LOCKED, "POST /login") => page("200 OK", "", FORM),
            (SICK, _) => page("503 Service Unavailable", "", ""),
            _ => good(got),
        }
    })
}

fn with_sessions(plan: &mut Plan) {
    if let Subject::Journey { session, .. } = &mut plan.probes[0].subject {
        *session = Some(Session {
            max_age: Millis::from_mins(60),
        });
    }
}

struct Kept {
    eye: Eye,
    mood: Arc<AtomicU8>,
    session: KeptSession,
}

impl Kept {
    /// An eye that has signed in once.
    async fn signed_in() -> Self {
        let mood = Arc::new(AtomicU8::new(WELL));
        let eye = Eye::new(site(Arc::clone(&mood)), with_sessions);
        let mut session = KeptSession::default();
        let seen = eye.look_in(Some(&mut session)).await;
        assert!(seen.is_good() && seen.logins == 1, "{seen:#?}");
        assert_eq!(session.account(), Some(0));
        Self { eye, mood, session }
    }

    /// The next tick, in that mood: what was seen, and the requests it took.
    async fn tick(&mut self, mood: u8) -> (prober::observation::Observation, Vec<String>) {
        tokio::time::sleep(Duration::from_secs(60)).await;
        self.mood.store(mood, Ordering::Relaxed);
        let before = self.eye.site.lines().len();
        let seen = self.eye.look_in(Some(&mut self.session)).await;
        let lines = self.eye.site.lines().split_off(before);
        (seen, lines)
    }
}

const HOME: &str = "app.test GET /home";

#[tokio::test(start_paused = true)]
async fn a_session_is_kept_from_tick_to_tick() {
    let mut kept = Kept::signed_in().await;
    assert_eq!(
        kept.eye.site.lines(),
        ["app.test GET /login", "app.test POST /login", HOME],
        "no logout"
    );
    for _ in 0..3 {
        let (seen, lines) = kept.tick(WELL).await;
        assert!(seen.is_good() && seen.logins == 0, "{seen:#?}");
        assert_eq!(lines, [HOME]);
        assert_eq!(seen.steps.len(), 1);
        assert!(
            seen.steps[0].phases.connect.is_some(),
            "on a fresh connection"
        );
    }
    kept.eye
        .looker
        .sign_out(&kept.eye.plan.probes[0], &mut kept.session)
        .await;
    assert_eq!(kept.session.account(), None);
    assert_eq!(
        kept.eye.site.lines().pop().as_deref(),
        Some("app.test GET /logout")
    );
}

#[tokio::test(start_paused = true)]
async fn being_logged_out_early_is_a_lost_session() {
    let mut kept = Kept::signed_in().await;
    let (seen, lines) = kept.tick(LOGGED_OUT).await;
    let lost = failure(&seen);
    assert_eq!(lost.class, Class::SessionLost);
    assert_eq!(lost.step.as_str(), "landing");
    assert_eq!(
        lost.detail.as_str(),
        "session ended after 60 s; a new login works"
    );
    assert_eq!(seen.logins, 1);
    assert_eq!(
        lines,
        [HOME, "app.test GET /login", "app.test POST /login", HOME]
    );
    let (seen, lines) = kept.tick(WELL).await;
    assert!(seen.is_good(), "the new session is kept: {seen:#?}");
    assert_eq!(lines, [HOME]);
}

#[tokio::test(start_paused = true)]
async fn being_unable_to_log_in_again_says_more() {
    let mut kept = Kept::signed_in().await;
    let (seen, _) = kept.tick(LOCKED).await;
    assert_eq!(failure(&seen).class, Class::Rejected);
    assert_eq!(failure(&seen).step.as_str(), "submit");
    assert_eq!(kept.session.account(), None);
    let (seen, lines) = kept.tick(LOCKED).await;
    assert_eq!(failure(&seen).class, Class::Rejected);
    assert_eq!(lines, ["app.test GET /login", "app.test POST /login"]);
    let (seen, _) = kept.tick(WELL).await;
    assert!(seen.is_good());
}

#[tokio::test(start_paused = true)]
async fn a_sick_site_does_not_cost_the_session() {
    let mut kept = Kept::signed_in().await;
    let (seen, lines) = kept.tick(SICK).await;
    assert_eq!(failure(&seen).class, Class::Status);
    assert_eq!(lines, [HOME], "no login on top");
    let (seen, lines) = kept.tick(WELL).await;
    assert!(seen.is_good());
    assert_eq!(lines, [HOME]);
}

#[tokio::test(start_paused = true)]
async fn a_session_of_old_age_may_end() {
    let mut kept = Kept::signed_in().await;
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let (seen, _) = kept.tick(WELL).await;
    assert!(seen.is_good(), "it need not");
    let (seen, _) = kept.tick(LOGGED_OUT).await;
    let Outcome::Unobserved { class, detail } = &seen.outcome else {
        panic!("{seen:#?}");
    };
    assert_eq!(*class, Class::ProberSession);
    assert_eq!(detail.as_str(), "session ended at its age of 3720 s");
    let (seen, lines) = kept.tick(WELL).await;
    assert!(seen.is_good());
    assert_eq!(lines, [HOME]);
}
