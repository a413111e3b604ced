//! Groupdesk itself: what each request is answered when nothing is wrong, and how a sick login answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ledger::time::Timestamp;

use accounts::Account;
use reply::Reply;
use request::{Asked, Route};
use sessions::{Session, Sessions};

pub mod accounts;
mod hostile;
mod pages;
mod platform;
pub(crate) mod reply;
pub(crate) mod request;
mod sessions;
mod travelers;
mod users;

pub use accounts::{Accounts, Persona};
pub use hostile::Attack;
pub(crate) use platform::answer as answer_platform;

/// How a login is turned away although its password is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// 401 and the login page (or a JSON error).
    Refused,
    /// 200 and the login page once more.
    PageAgain,
}

/// What is wrong with logins and sessions at the instant of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mood {
    /// The instant.
    pub(crate) at: Timestamp,
    /// Logins of this account are turned away, also those whose session was never used yet.
    pub(crate) rejection: Option<Rejection>,
    /// No session is honoured.
    pub(crate) sessions_void: bool,
    /// Sessions opened before this instant are gone.
    pub(crate) sessions_since: Timestamp,
}

/// The web product: accounts, sessions and pages.
#[derive(Debug)]
pub struct Product {
    accounts: Accounts,
    sessions: Mutex<Sessions>,
    pages: pages::Pages,
}

impl Product {
    /// The product with these accounts; session tokens come from `seed`.
    pub fn new(accounts: Accounts, seed: u64) -> Self {
        Self {
            accounts,
            sessions: Mutex::new(Sessions::new(seed)),
            pages: pages::Pages::new(),
        }
    }

    /// Its accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Sessions that are open and not yet known to be over.
    pub fn open_sessions(&self) -> usize {
        self.sessions().open_count()
    }

    /// The account that a request speaks for: the one it names in a login, or the one of its session.
    pub(crate) fn account_of(&self, asked: &Asked) -> Option<&Account> {
        match asked.route {
            Route::Login(_) | Route::ApiLogin => self.accounts.find(&asked.field("username")?),
            Route::Dashboard(_) | Route::Logout(_) | Route::ApiTrips | Route::ApiLogout => {
                let index = self.sessions().peek(asked.session_token()?)?;
                self.accounts.at(index)
            }
            Route::Front | Route::LoginForm(_) | Route::NotFound | Route::WrongMethod => None,
        }
    }

    /// Answers one request as of `mood.at`.
    pub(crate) fn answer(&self, asked: &Asked, mood: Mood) -> Reply {
        match asked.route {
            Route::Front => Reply::redirect("/login"),
            Route::LoginForm(persona) => self.login_form(persona),
            Route::Login(persona) => self.log_in(persona, asked, mood),
            Route::Dashboard(persona) => self.dashboard(persona, asked, mood),
            Route::Logout(persona) => self.log_out(persona, asked, mood),
            Route::ApiLogin => self.api_log_in(asked, mood),
            Route::ApiTrips => self.api_trips(asked, mood),
            Route::ApiLogout => self.api_log_out(asked, mood),
            Route::NotFound => {
                Reply::html(404, pages::plain("Not found", "There is no such page."))
            }
            Route::WrongMethod => {
                Reply::html(405, pages::plain("Method not allowed", "Not in this way."))
            }
        }
    }

    /// A page that answers 200 and is not the one asked for.
    pub(crate) fn wrong_page(&self) -> Reply {
        Reply::html(
            200,
            pages::plain(
                "Welcome to nginx!",
                "If you see this page, the web server is installed.",
            ),
        )
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The live session of a request, with its account.
    fn signed_in(
        &self,
        persona: Persona,
        asked: &Asked,
        mood: Mood,
    ) -> Option<(Session, &Account)> {
        let session = self.sessions().present(asked.session_token()?, mood)?;
        let account = self.accounts.at(session.account)?;
        (account.persona == persona).then_some((session, account))
    }

    /// The account whose name and password these are.
    fn check(&self, persona: Persona, username: &str, password: &str) -> Option<(usize, &Account)> {
        let (index, account) = self.accounts.position(username)?;
        (account.persona == persona && account.password_is(password)).then_some((index, account))
    }
}
