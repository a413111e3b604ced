//! The travelers' JSON interface: a token for a password, trips for a token.

use serde_json::json;

use super::reply::Reply;
use super::request::Asked;
use super::{Mood, Persona, Product, Rejection, pages};

impl Product {
    /// `POST /api/traveler/login`.
    pub(super) fn api_log_in(&self, asked: &Asked, mood: Mood) -> Reply {
        let (username, password) = (asked.field("username"), asked.field("password"));
        let (Some(username), Some(password)) = (username, password) else {
            return Reply::json(400, &json!({ "error": "username and password are wanted" }));
        };
        match (
            self.check(Persona::Traveler, &username, &password),
            mood.rejection,
        ) {
            (_, Some(Rejection::PageAgain)) => {
                let csrf = self.sessions().token();
                Reply::html(
                    200,
                    self.pages
                        .login(Persona::Traveler, &csrf, pages::Notice::Mismatch),
                )
            }
            (None, _) | (_, Some(Rejection::Refused)) => {
                Reply::json(401, &json!({ "error": "username or password is wrong" }))
            }
            (Some((index, account)), None) => {
                let token = self.sessions().open(index, mood.at);
                Reply::json(
                    200,
                    &json!({ "token": token, "traveler": { "name": account.name } }),
                )
            }
        }
    }

    /// `GET /api/trips`.
    pub(super) fn api_trips(&self, asked: &Asked, mood: Mood) -> Reply {
        match self.signed_in(Persona::Traveler, asked, mood) {
            Some((_, account)) => Reply::json(200, &pages::trips(account.name)),
            None => not_signed_in(),
        }
    }

    /// `POST /api/logout`.
    pub(super) fn api_log_out(&self, asked: &Asked, mood: Mood) -> Reply {
        if self.signed_in(Persona::Traveler, asked, mood).is_none() {
            return not_signed_in();
        }
        if let Some(token) = asked.session_token() {
            self.sessions().close(token);
        }
        Reply::json(200, &json!({ "signed_out": true }))
    }
}

fn not_signed_in() -> Reply {
    Reply::json(401, &json!({ "error": "not signed in" }))
}
