//! The HTML: static parts are made once, so that a page costs one allocation.

use serde_json::json;

use super::accounts::{Account, Persona};

/// The pages with holes in them.
#[derive(Debug)]
pub(super) struct Pages {
    login: [String; 2],
    dashboard: [String; 2],
}

/// What a login page says above its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Nothing,
    /// Name and password do not match, or so it says.
    Mismatch,
}

const MISMATCH: &str =
    "<p class=\"error\" role=\"alert\">That username and password do not match.</p>";

const STYLE: &str = "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;\
margin:2rem auto;padding:0 1rem}header{display:flex;justify-content:space-between;align-items:baseline}\
form{display:grid;gap:.75rem;max-width:22rem}label{display:grid;gap:.25rem}input{font:inherit;padding:.5rem;\
border:1px solid #8a94a6;border-radius:.25rem}button{font:inherit;padding:.5rem 1rem;border:0;border-radius:.25rem;\
background:#1d5fd1;color:#fff;cursor:pointer}table{border-collapse:collapse;width:100%}th,td{text-align:left;\
padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8a94a655}.error{color:#c02020}footer{margin-top:3rem;\
font-size:.85rem;opacity:.7}</style>";

const ROUTES: [(&str, &str); 8] = [
    ("Lisbon to Porto by rail", "12 Jan 2019"),
    ("Kyoto in the snow", "19 Jan 2019"),
    ("Andes crossing", "2 Feb 2019"),
    ("Fjords of Norway", "9 Feb 2019"),
    ("Atlas and desert", "23 Feb 2019"),
    ("Baltic capitals", "2 Mar 2019"),
    ("Sicily on foot", "16 Mar 2019"),
    ("Hebrides by ferry", "30 Mar 2019"),
];

/// Rows of a dashboard. Parsing HTML costs by the element, and it is most of what the demo does beside TLS: 7 KiB of
/// words do as well as 7 KiB of tags.
const GROUPS: usize = 36;

const NEXT: [&str; 3] = [
    "Room list goes to the hotel on Monday; two travelers have not chosen a meal yet and one asked for a cot",
    "Papers are complete; the leader meets the group at the north entrance half an hour before departure",
    "Final payment is due in a week; seats are held until then and the waiting list has three names on it",
];

impl Pages {
    pub(super) fn new() -> Self {
        Self {
            login: [Persona::User, Persona::Traveler].map(login_head),
            dashboard: [Persona::User, Persona::Traveler].map(dashboard_tail),
        }
    }

    /// The login page of a persona with a hidden token; about 2 KiB.
    pub(super) fn login(&self, persona: Persona, csrf: &str, notice: Notice) -> String {
        let head = &self.login[index(persona)];
        let mut page = String::with_capacity(head.len() + 512);
        page.push_str(head);
        page.push_str(if notice == Notice::Mismatch {
            MISMATCH
        } else {
            ""
        });
        let action = if persona == Persona::User {
            "/login"
        } else {
            "/traveler/login"
        };
        page.push_str("<form id=\"login\" method=\"post\" action=\"");
        page.push_str(action);
        page.push_str("\"><input type=\"hidden\" name=\"csrf\" value=\"");
        page.push_str(csrf);
        page.push_str(LOGIN_FIELDS);
        page
    }

    /// The page that somebody lands on; about 7 KiB.
    pub(super) fn dashboard(&self, account: &Account, csrf: &str) -> String {
        let tail = &self.dashboard[index(account.persona)];
        let mut page = String::with_capacity(tail.len() + STYLE.len() + 768);
        let (title, action) = match account.persona {
            Persona::User => ("Home", "/logout"),
            Persona::Traveler => ("My trips", "/traveler/logout"),
        };
        for part in [
            &head(title),
            "<header><h1>",
            title,
            "</h1><p id=\"who\">Signed in as ",
            account.name,
        ] {
            page.push_str(part);
        }
        page.push_str("</p><form id=\"sign-out\" method=\"post\" action=\"");
        for part in [
            action,
            "\"><input type=\"hidden\" name=\"csrf\" value=\"",
            csrf,
            "\">",
        ] {
            page.push_str(part);
        }
        page.push_str("<button>Sign out</button></form></header>");
        page.push_str(tail);
        page
    }
}

/// A short page without a form.
pub(super) fn plain(title: &str, text: &str) -> String {
    format!(
        "{}<h1>{title}</h1><p>{text}</p></body></html>\n",
        head(title)
    )
}

const LOGIN_FIELDS: &str = "\"><label>Username <input name=\"username\" autocomplete=\"username\" required autofocus>\
</label><label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label>\
<button>Sign in</button></form><p><a href=\"/password\">Forgotten your password?</a> It is sent to the address that your \
group's leader has on file.</p><section><h2>News</h2><ul><li>Room lists can now be printed on one page, two columns, \
with the leader's telephone number at the top.<li>Papers that run out during a trip are marked two months before.\
<li>The winter catalogue is here: forty-one routes, nine of them new, among them Lisbon to Porto by rail and the \
Hebrides by ferry.</ul></section><footer>Groupdesk keeps travel groups together. Questions: the help desk answers from \
Monday to Friday, eight to six.</footer></body></html>\n";

fn head(title: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Groupdesk</title>\
         <meta name=\"viewport\" content=\"width=device-width\">{STYLE}</head><body>"
    )
}

fn login_head(persona: Persona) -> String {
    let (title, text) = match persona {
        Persona::User => (
            "Sign in",
            "For staff: plan groups, assign rooms, keep the travelers informed.",
        ),
        Persona::Traveler => (
            "Traveler sign in",
            "For travelers: your trips, your papers, your group.",
        ),
    };
    format!("{}<h1>{title}</h1><p>{text}</p>", head(title))
}

fn dashboard_tail(persona: Persona) -> String {
    let what = if persona == Persona::User {
        "Groups"
    } else {
        "Trips"
    };
    let mut page = format!(
        "<h2>{what}</h2><table><thead><tr><th>Name<th>Departs<th>Places<th>Leader<th>Next</tr></thead>"
    );
    for (number, (route, date)) in (1..).zip(ROUTES.iter().cycle().take(GROUPS)) {
        let (places, leader, next) = (
            8 + number * 7 % 31,
            ["Reyes", "Khan", "Martin", "Weiss"][number % 4],
            NEXT[number % NEXT.len()],
        );
        let row = format!(
            "<tr><td><a href=\"/groups/{number}\">{route}</a><td>{date}<td>{places}<td>{leader}<td>{next}</tr>\n"
        );
        page.push_str(&row);
    }
    page.push_str(
        "</table><footer>Groupdesk keeps travel groups together.</footer></body></html>\n",
    );
    page
}

fn index(persona: Persona) -> usize {
    usize::from(persona == Persona::Traveler)
}

/// A traveler's trips as JSON.
pub(super) fn trips(name: &str) -> serde_json::Value {
    let trips: Vec<_> = ROUTES[..3]
        .iter()
        .map(|(route, date)| json!({ "name": route, "departs": date }))
        .collect();
    json!({ "traveler": { "name": name }, "trips": trips })
}
