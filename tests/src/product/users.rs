//! HTML logins, for users and travelers alike.

use super::pages::Notice;
use super::reply::Reply;
use super::request::{Asked, session_cookie};
use super::{Mood, Persona, Product, Rejection, pages};

const CSRF_COOKIE: &str = "csrftoken";

impl Product {
    /// The login page, with a token in a cookie and in the form.
    pub(super) fn login_form(&self, persona: Persona) -> Reply {
        self.login_page(persona, 200, Notice::Nothing)
    }

    /// The login page with a form that leads to `action`.
    pub(super) fn login_form_to(&self, persona: Persona, action: &str) -> Reply {
        let csrf = self.sessions().token();
        let page = self.pages.login(persona, &csrf, Notice::Nothing);
        let own = format!("action=\"{}\"", door(persona));
        Reply::html(200, page.replace(&own, &format!("action=\"{action}\"")))
            .cookie(CSRF_COOKIE, &csrf)
    }

    /// A submitted login form.
    pub(super) fn log_in(&self, persona: Persona, asked: &Asked, mood: Mood) -> Reply {
        let sent = asked.field("csrf").filter(|token| !token.is_empty());
        if sent.is_none() || sent.as_deref() != asked.cookie(CSRF_COOKIE) {
            return Reply::html(
                403,
                pages::plain("Forbidden", "The form is too old or came from elsewhere."),
            );
        }
        let (username, password) = (asked.field("username"), asked.field("password"));
        let known = self.check(
            persona,
            &username.unwrap_or_default(),
            &password.unwrap_or_default(),
        );
        match (known, mood.rejection) {
            (_, Some(Rejection::PageAgain)) => self.login_page(persona, 200, Notice::Mismatch),
            (None, _) | (_, Some(Rejection::Refused)) => {
                self.login_page(persona, 401, Notice::Mismatch)
            }
            (Some((index, _)), None) => {
                let token = self.sessions().open(index, mood.at);
                Reply::redirect(landing(persona)).cookie(session_cookie(persona), &token)
            }
        }
    }

    /// The page behind the login.
    pub(super) fn dashboard(&self, persona: Persona, asked: &Asked, mood: Mood) -> Reply {
        match self.signed_in(persona, asked, mood) {
            Some((session, account)) => {
                Reply::html(200, self.pages.dashboard(account, &session.csrf))
            }
            None => Reply::redirect(door(persona)),
        }
    }

    /// The sign-out form. Without its token a live session stays open.
    pub(super) fn log_out(&self, persona: Persona, asked: &Asked, mood: Mood) -> Reply {
        if let Some((session, _)) = self.signed_in(persona, asked, mood) {
            if asked.field("csrf").as_deref() != Some(session.csrf.as_str()) {
                return Reply::html(
                    403,
                    pages::plain("Forbidden", "The form is too old or came from elsewhere."),
                );
            }
            if let Some(token) = asked.session_token() {
                self.sessions().close(token);
            }
        }
        Reply::redirect(door(persona)).cookie(session_cookie(persona), "")
    }

    fn login_page(&self, persona: Persona, status: u16, notice: Notice) -> Reply {
        let csrf = self.sessions().token();
        Reply::html(status, self.pages.login(persona, &csrf, notice)).cookie(CSRF_COOKIE, &csrf)
    }
}

fn landing(persona: Persona) -> &'static str {
    match persona {
        Persona::User => "/home",
        Persona::Traveler => "/trips",
    }
}

fn door(persona: Persona) -> &'static str {
    match persona {
        Persona::User => "/login",
        Persona::Traveler => "/traveler/login",
    }
}
