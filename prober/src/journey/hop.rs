//! One step on the wire: its request, the redirects it follows, and what may go where.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use ledger::verdict::Class;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Walk, unlisted};
use crate::fault::Fault;
use crate::form::overlay;
use crate::http::{Broken, Reply, Sent};
use crate::origin::Origin;
use crate::page::location;
use crate::script::{Action, Login, Payload, To};
use crate::template::{PASSWORD, Text};

impl Walk<'_> {
    /// Sends step `index`, follows its redirects, and gives the last reply.
    pub(super) async fn send_step(&mut self, index: usize) -> Result<Reply, Fault> {
        let script = self.judge.script;
        let step = &script.steps[index];
        let mut sent = self.request(step)?;
        let mut followed = 0;
        loop {
            let reply = self.exchange(&sent).await?;
            let Some(to) = location(&reply).filter(|_| step.follow > 0) else {
                return Ok(reply);
            };
            if followed == step.follow {
                let detail = format!("more than {followed} redirects; the last to {}", to.path());
                return Err(Fault::new(Class::Content, detail));
            }
            followed += 1;
            self.redirect(&mut sent, &reply, to)?;
        }
    }

    /// The request of a step, with everything that may go to its origin and nothing else.
    fn request(&mut self, step: &Action) -> Result<Sent, Fault> {
        let page_fields = match &step.to {
            To::Url(_) => None,
            To::Form(_) => Some(self.form.take().ok_or_else(no_form)?),
        };
        let mut url = match (&step.to, &page_fields) {
            (To::Form(_), Some(form)) => self.form_target(form.action.as_deref(), step)?,
            (To::Url(text), _) => {
                let text = text.fill_url(&self.values);
                let joined = self.manner.site.join(&text);
                joined.map_err(|error| Fault::new(Class::Script, format!("no URL: {error}")))?
            }
            (To::Form(_), None) => return Err(no_form()),
        };
        let origin = self.listed(&url)?;
        for text in step.sent_texts() {
            self.may_carry(text, &origin)?;
        }
        let mut headers = self.headers(&url);
        if let Some(page) = self.page.as_ref().filter(|_| page_fields.is_some()) {
            headers.extend(sent_from(page, &origin, &step.method)?);
        }
        for (name, text) in &step.headers {
            headers.insert(name, header_value(&text.fill(&self.values))?);
        }
        if let Some(bearer) = &step.bearer {
            let value = format!("Bearer {}", *bearer.fill(&self.values));
            headers.insert(header::AUTHORIZATION, header_value(&value)?);
        }
        let fields = page_fields.map(|form| form.fields);
        let body = self.body(step, fields, &mut headers);
        let in_url = matches!(step.method, Method::GET | Method::DELETE)
            && headers
                .get(header::CONTENT_TYPE)
                .is_some_and(|kind| kind == FORM);
        if in_url {
            if step.login == Login::Now {
                let detail = "the form would send the password in its URL";
                return Err(Fault::new(Class::Script, detail));
            }
            headers.remove(header::CONTENT_TYPE);
            url.set_query(std::str::from_utf8(&body).ok());
        }
        Ok(Sent {
            method: step.method.clone(),
            url,
            headers,
            body: if in_url { Bytes::new() } else { body },
        })
    }

    /// Where the form of the last page goes. It must stay with the origin of its page.
    fn form_target(&self, action: Option<&str>, step: &Action) -> Result<Url, Fault> {
        let page = self.page.as_ref().ok_or_else(no_form)?;
        let mut url = match action {
            None => page.clone(),
            Some(action) => page
                .join(action)
                .map_err(|error| Fault::new(Class::Script, format!("form action: {error}")))?,
        };
        url.set_fragment(None);
        let target = Origin::of(&url).map_err(|error| unlisted(&error))?;
        if Origin::of(page).as_ref() == Ok(&target) {
            return Ok(url);
        }
        let what = if step.login == Login::Now {
            "password"
        } else {
            "form"
        };
        Err(Fault::new(
            Class::Content,
            format!("the page would have the {what} sent to another origin, {target}"),
        ))
    }

    fn body(
        &self,
        step: &Action,
        page_fields: Option<Vec<(String, String)>>,
        headers: &mut HeaderMap,
    ) -> Bytes {
        let own: Vec<_> = match &step.payload {
            Payload::Json(json) => {
                headers.insert(header::CONTENT_TYPE, JSON);
                return Bytes::from(json.fill(&self.values).to_string());
            }
            Payload::None if page_fields.is_none() => return Bytes::new(),
            Payload::None => Vec::new(),
            Payload::Form(fields) => fields
                .iter()
                .map(|(name, text)| (name.as_str(), text.fill(&self.values)))
                .collect(),
        };
        headers.insert(header::CONTENT_TYPE, FORM);
        let own = own
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let fields = overlay(page_fields.unwrap_or_default(), own);
        Bytes::from(Serializer::new(String::new()).extend_pairs(fields).finish())
    }

    /// Turns `sent` into the request that a redirect asks for; drops what may not go there.
    fn redirect(&self, sent: &mut Sent, reply: &Reply, mut to: Url) -> Result<(), Fault> {
        let from = self.listed(&reply.url)?;
        let target = Origin::of(&to).map_err(|error| unlisted(&error))?;
        let refuse = |what: &str| Err(Fault::new(Class::Content, format!("redirect {what}")));
        if from.is_tls() && !target.is_tls() {
            return refuse("from https to http");
        }
        if !self.manner.origins.contains(&target) {
            return refuse(&format!("to another origin, {target}"));
        }
        to.set_fragment(None);
        let keeps = matches!(reply.status.as_u16(), 307 | 308);
        if keeps && !sent.body.is_empty() && target != from {
            return refuse(&format!("would send the form again to {target}"));
        }
        let mut headers = self.headers(&to);
        if target == from {
            for (name, value) in &sent.headers {
                let about_form = matches!(*name, header::CONTENT_TYPE | header::ORIGIN) && !keeps;
                if !headers.contains_key(name) && name != header::COOKIE && !about_form {
                    headers.append(name, value.clone());
                }
            }
        }
        let becomes_get = !keeps && sent.method != Method::GET;
        if becomes_get {
            sent.method = Method::GET;
        }
        if !keeps {
            sent.body = Bytes::new();
        }
        sent.url = to;
        sent.headers = headers;
        Ok(())
    }

    /// The headers that every request has, and the cookies of its origin.
    fn headers(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(header::USER_AGENT, self.manner.user_agent.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if let Some(cookie) = self.cookies.header(url) {
            headers.insert(header::COOKIE, cookie);
        }
        headers
    }

    /// The origin of `url`, if the plan lists it.
    fn listed(&self, url: &Url) -> Result<Origin, Fault> {
        let origin = Origin::of(url).map_err(|error| unlisted(&error))?;
        match self.manner.origins.contains(&origin) {
            true => Ok(origin),
            false => Err(Fault::new(
                Class::Content,
                format!("leads to another origin, {origin}"),
            )),
        }
    }

    /// Whether what `text` names may go to `origin`: values from pages to the site or where they were taken, the
    /// password to the site or where the plan says by name.
    fn may_carry(&self, text: &Text, origin: &Origin) -> Result<(), Fault> {
        for name in text.variables() {
            let fits = match self.values.origin_of(name) {
                Some(taken) => taken == origin || *origin == self.manner.home,
                None if name == PASSWORD => self.judge.script.password_origins.contains(origin),
                None => true,
            };
            if !fits {
                let detail = format!("{name:?} does not belong to {origin}");
                return Err(Fault::new(Class::Content, detail));
            }
        }
        Ok(())
    }

    /// One request and its whole reply, over the open connection if it fits.
    async fn exchange(&mut self, sent: &Sent) -> Result<Reply, Fault> {
        let origin = self.listed(&sent.url)?;
        let reply = loop {
            let mut connection = match self.connection.take().filter(|open| open.serves(&origin)) {
                Some(open) => open,
                None => self.client.open(&origin, &mut self.seen.times).await?,
            };
            match connection.exchange(sent, &mut self.seen.times).await {
                Ok(reply) => {
                    self.connection = Some(connection);
                    break reply;
                }
                Err(Broken::Stale) => {} // a new connection is never stale, so this ends
                Err(Broken::Fault(fault)) => return Err(fault),
            }
        };
        self.seen.status = Some(reply.status.as_u16());
        let now = Instant::now();
        if let Some(date) = reply.headers.get(header::DATE) {
            self.seen.date = Some((date.clone(), now));
        }
        let wall = self.watch.wall(now);
        self.cookies.keep(&reply.url, &reply.headers, wall);
        Ok(reply)
    }
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What a browser says of the page whose form it sends, which sites check against forged forms (OWASP, "verifying origin
/// with standard headers"). A form stays with the origin of its page, so nobody learns anything new.
fn sent_from(page: &Url, origin: &Origin, method: &Method) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::with_capacity(2);
    let mut page = page.clone();
    page.set_fragment(None);
    headers.insert(header::REFERER, header_value(page.as_str())?);
    if *method != Method::GET {
        headers.insert(header::ORIGIN, header_value(&origin.to_string())?);
    }
    Ok(headers)
}

fn header_value(text: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Fault::new(
            Class::Script,
            "a value taken from a page cannot be a header",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn no_form() -> Fault {
    Fault::new(
        Class::Script,
        "there is no page with a form before this step",
    )
}
