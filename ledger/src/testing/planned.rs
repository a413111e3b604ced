//! The plan under which a history was made.

use super::{History, name};
use crate::plan::{Canary, Check, DnsMode, Journey, Plan, Probe, Session, Site, Subject};
use crate::schedule::Schedule;
use crate::time::Millis;

impl History {
    pub(crate) fn plan(&self) -> Plan {
        let seconds = self.spacing.0 / 1_000;
        let cron = match seconds {
            60.. => format!("0 */{} * * * *", seconds / 60),
            _ => format!("*/{seconds} * * * * *"),
        };
        let schedule = Schedule::parse(&cron).expect("spacing is even");
        let mut probes: Vec<Probe> = self
            .personas
            .iter()
            .map(|(persona, _)| {
                let subject = Subject::Journey {
                    journey: name("login"),
                    persona: persona.clone(),
                    session: self.session.then_some(Session {
                        max_age: Millis::from_mins(60),
                    }),
                };
                probe(&format!("login-{persona}"), subject, schedule.clone())
            })
            .collect();
        let check = Check::Tcp {
            host: "api".to_owned(),
            port: 6443,
        };
        let minutely = Schedule::parse("0 * * * * *").expect("valid");
        probes.push(probe("platform", Subject::Platform(check), minutely));
        Plan {
            site: site(),
            regions: self
                .regions
                .iter()
                .map(|(region, _)| region.clone())
                .collect(),
            canary: Canary::None,
            personas: Vec::new(),
            journeys: vec![Journey {
                name: name("login"),
                steps: Vec::new(),
            }],
            probes,
            contracts: Vec::new(),
            keep_raw: crate::plan::keep_raw(),
        }
    }
}

fn probe(text: &str, subject: Subject, schedule: Schedule) -> Probe {
    Probe {
        name: name(text),
        subject,
        schedule,
        fast: None,
        timeout: Millis::from_secs(20),
        retries: 0,
        retry_after: Millis::from_secs(5),
        slow_after: Millis::from_secs(5),
        stagger: true,
        jitter_permille: 50,
        regions: Vec::new(),
        fresh: true,
    }
}

fn site() -> Site {
    Site {
        name: "Groupdesk".to_owned(),
        url: "https://groupdesk.test".parse().expect("valid"),
        ca: None,
        origins: Vec::new(),
        allow_private: Vec::new(),
        login_cap: 6,
        dns: DnsMode::Own,
        second_resolvers: Vec::new(),
        user_agent: "test".to_owned(),
        http2: true,
        verify_chain_always: false,
        post_quantum: true,
    }
}
