//! A random set-up of real agents, and the script of what happens to them.

use std::fmt::Write as _;
use std::path::Path;

use fastrand::Rng;
use ledger::time::{Interval, Intervals, Millis};

use super::Extent;

/// How the stand-in is watched.
#[derive(Debug)]
pub(super) struct Setup {
    spacing: Millis,
    pub(super) regions: usize,
    pub(super) personas: usize,
    fast: bool,
    retries: u32,
    jitter: u32,
    stagger: bool,
    ticks: i64,
}

/// What happens, as a script and beside it.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) script: String,
    pub(super) period: Interval,
    /// Region, and when its controls do not answer.
    muted: Vec<(usize, Interval)>,
    /// Region, and when its agent does not run.
    stopped: Vec<(usize, Interval)>,
}

const SPACINGS: [i64; 6] = [10, 15, 20, 30, 30, 60];

/// Faults of the product that end every login, each with its keys.
const FAULTS: [&str; 9] = [
    "kind = \"status\"\nstatus = 503",
    "kind = \"status\"\nstatus = 500",
    "kind = \"refused\"",
    "kind = \"reset\"",
    "kind = \"hang\"",
    "kind = \"wrong_content\"",
    "kind = \"truncated\"",
    "kind = \"slow\"\ndelay = \"60s\"",
    "kind = \"tls_expired\"",
];

/// Faults that only other accounts and regions can decide.
const DOUBTFUL: [&str; 3] = [
    "kind = \"throttled\"",
    "kind = \"login_refused\"",
    "kind = \"login_page_again\"",
];

impl Setup {
    pub(super) fn draw(extent: Extent, rng: &mut Rng) -> Self {
        let fitting = SPACINGS
            .into_iter()
            .filter(|seconds| *seconds >= extent.least_spacing);
        let fitting: Vec<i64> = fitting.collect();
        let seconds = rng.choice(fitting).unwrap_or(60);
        Self {
            spacing: Millis::from_secs(seconds),
            regions: rng.usize(1..=5),
            personas: rng.usize(1..=2),
            fast: rng.bool(),
            retries: rng.u32(0..=1),
            jitter: rng.u32(0..=5),
            stagger: rng.usize(..6) > 0,
            ticks: extent.ticks,
        }
    }

    /// How long it is watched.
    pub(super) fn length(&self) -> Millis {
        Millis(self.spacing.0 * self.ticks)
    }

    /// From the start of one piece of evidence to the end of the next: a slot, its jitter, the deadline and a grace.
    fn gap(&self) -> Millis {
        Millis(self.spacing.0 * 11 / 10 + (self.spacing.0 * 2 / 5).min(30_000) + 1_000)
    }

    /// The plan, with the site's files in `site`.
    pub(super) fn plan(&self, site: &Path) -> String {
        let site = site.display();
        let regions: Vec<String> = (1..=self.regions)
            .map(|n| format!("\"region-{n}\""))
            .collect();
        let mut plan = format!(
            "regions = [{}]\n\
             [site]\nname = \"Groupdesk\"\nurl = \"https://groupdesk.test\"\nca = \"{site}/ca.pem\"\nlogin_cap = 0\n\
             allow_private = [\"198.51.100.0/24\", \"203.0.113.0/24\", \"192.0.2.0/24\"]\n\
             [canary]\nurls = [\"https://control-a.test/\", \"https://control-b.test/\"]\nca = \"{site}/ca.pem\"\nevery = \"5m\"\n",
            regions.join(", ")
        );
        let personas = ["user", "traveler"];
        for persona in &personas[..self.personas] {
            self.persona(&mut plan, persona, &site.to_string());
        }
        plan.push_str(
            "[[contract]]\nid = \"accuracy\"\ncustomer = \"All\"\nservice = \"Sign-in\"\nzone = \"UTC\"\ntarget = 99.9\n",
        );
        plan
    }

    fn persona(&self, plan: &mut String, persona: &str, site: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(plan, "[[persona]]\nname = \"{persona}\"");
        for number in 1..=2 {
            let label = format!("{persona}-{number}");
            let _ = writeln!(
                plan,
                "[[persona.account]]\nlabel = \"{label}\"\nusername = \"{label}\"\npassword = {{ file = \"{site}/passwords/{label}\" }}"
            );
        }
        let steps = match persona {
            "user" => USER,
            _ => TRAVELER,
        };
        let seconds = self.spacing.0 / 1_000;
        let schedule = match seconds {
            60 => "0 * * * * *".to_owned(),
            _ => format!("*/{seconds} * * * * *"),
        };
        let fast = if self.fast && seconds > 10 {
            "10s"
        } else {
            "none"
        };
        let _ = writeln!(
            plan,
            "[[journey]]\nname = \"{persona}-login\"\n{steps}\n[[probe]]\nname = \"{persona}-login\"\njourney = \"{persona}-login\"\n\
             persona = \"{persona}\"\nschedule = \"{schedule}\"\nfast = \"{fast}\"\nretries = {}\njitter = {}\nstagger = {}",
            self.retries, self.jitter, self.stagger
        );
    }
}

impl Drawn {
    /// Troubles of the site and of agents, one after the other, each long enough and far enough from the next.
    pub(super) fn draw(setup: &Setup, span: Interval, rng: &mut Rng) -> Self {
        let gap = setup.gap().0;
        let mut script = format!("seed = {}\npatience = \"30s\"\n", rng.u32(..));
        let mut drawn = Self {
            script: String::new(),
            period: Interval::new(span.start + Millis(gap * 2), span.end - Millis(gap * 2)),
            muted: Vec::new(),
            stopped: Vec::new(),
        };
        let mut at = span.start + Millis(gap * 5 + rng.i64(0..gap * 4));
        loop {
            let end = at + Millis(gap * 4 + rng.i64(0..gap * 8));
            if end + Millis(gap * 6) >= span.end {
                break;
            }
            let one = Interval::new(at, end);
            match rng.usize(..5) {
                0 => drawn.ail_agent(&mut script, setup, one, rng),
                _ => drawn.ail_site(&mut script, setup, one, rng),
            }
            at = end + Millis(gap * 5 + rng.i64(0..gap * 10));
        }
        drawn.script = script;
        drawn
    }

    /// Everybody, one region or one persona cannot log in; at times one agent's controls are silent meanwhile.
    fn ail_site(&mut self, script: &mut String, setup: &Setup, span: Interval, rng: &mut Rng) {
        let whom = rng.usize(..4);
        let doubtful = setup.regions > 1 && whom > 0 && rng.usize(..3) == 0;
        let kind = match doubtful {
            true => DOUBTFUL[rng.usize(..DOUBTFUL.len())],
            false => FAULTS[rng.usize(..FAULTS.len())],
        };
        let scope = match whom {
            0 => format!("region = \"region-{}\"\n", rng.usize(1..=setup.regions)),
            1 if is_of_requests(kind) => {
                let personas = ["user", "traveler"];
                format!("persona = \"{}\"\n", personas[rng.usize(..setup.personas)])
            }
            _ => String::new(),
        };
        fault(script, kind, span, &scope);
        if rng.usize(..6) == 0 {
            let around = Millis(setup.gap().0 * 2);
            let muted = Interval::new(span.start - around, span.end + around);
            self.muted.push((rng.usize(..setup.regions), muted));
        }
    }

    /// One agent's network is dead, or it does not run.
    fn ail_agent(&mut self, script: &mut String, setup: &Setup, span: Interval, rng: &mut Rng) {
        let region = rng.usize(..setup.regions);
        let once = self.stopped.iter().any(|(other, _)| *other == region);
        if rng.bool() && !once {
            self.stopped.push((region, span));
        } else {
            let scope = format!("region = \"region-{}\"\n", region + 1);
            fault(script, "kind = \"agent_network\"", span, &scope);
        }
    }

    pub(super) fn muted_in(&self, region: usize) -> Intervals {
        let mine = self.muted.iter().filter(|(of, _)| *of == region);
        mine.map(|(_, span)| *span).collect()
    }

    pub(super) fn stopped_in(&self, region: usize) -> Option<Interval> {
        let mine = self.stopped.iter().find(|(of, _)| *of == region);
        mine.map(|(_, span)| *span)
    }
}

/// Whether a fault can be told by persona: it meets requests, not connections.
fn is_of_requests(kind: &str) -> bool {
    !kind.contains("refused\"") && !kind.contains("tls_") || kind.contains("login_refused")
}

fn fault(script: &mut String, kind: &str, span: Interval, scope: &str) {
    let Interval { start, end } = span;
    // Writing to a string cannot fail.
    let _ = writeln!(
        script,
        "[[fault]]\n{kind}\nfrom = \"{start}\"\nuntil = \"{end}\"\n{scope}"
    );
}

const USER: &str = r##"
[[journey.step]]
name = "form"
get = "/login"
expect.status = 200
expect.element = "form#login"
[[journey.step]]
name = "submit"
submit = "form#login"
form = { username = "{{username}}", password = "{{password}}" }
expect.status = 303
expect.redirect = "/home"
[[journey.step]]
name = "home"
get = "/home"
expect.status = 200
expect.element = "#who"
session = true
[[journey.step]]
name = "sign-out"
submit = "form#sign-out"
logout = true
"##;

const TRAVELER: &str = r##"
[[journey.step]]
name = "sign-in"
post = "/api/traveler/login"
json = { username = "{{username}}", password = "{{password}}" }
expect.status = 200
take.token = { json = "$.token" }
[[journey.step]]
name = "trips"
get = "/api/trips"
bearer = "{{token}}"
expect.status = 200
[[journey.step]]
name = "sign-out"
post = "/api/logout"
bearer = "{{token}}"
logout = true
"##;
