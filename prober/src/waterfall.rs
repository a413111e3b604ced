//! One attempt for people: its steps and phases as a waterfall, what it means, and never a secret.

use ledger::attempt::StepPhases;
use ledger::phases::Phase;
use ledger::time::Millis;
use ledger::verdict::{Class, Verdict};

use crate::observation::{Observation, Outcome};

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Drawn<'a> {
    /// What was looked at, such as `user-login as user-1 at https://example.com`.
    pub title: String,
    /// What was seen.
    pub seen: &'a Observation,
    /// What it says about the site.
    pub judged: (Verdict, Option<Class>),
    /// A good attempt that took longer is slow.
    pub slow_after: Millis,
}

/// Columns of the whole drawing.
const WIDTH: usize = 80;
/// Columns of the step's name, of the phase's and of the time.
const COLUMNS: [usize; 3] = [16, 10, 9];
/// Columns left for bars: two spaces stand before each column but the first, and at the left edge.
const BARS: usize = WIDTH - COLUMNS[0] - COLUMNS[1] - COLUMNS[2] - 8;

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";

impl Drawn<'_> {
    /// The drawing, with colours; print it through something that takes them out where they do not belong.
    pub fn render(&self) -> String {
        let mut lines = vec![format!("{BOLD}{}{RESET}", self.title), String::new()];
        lines.extend(self.bars());
        lines.push(String::new());
        lines.push(self.verdict());
        lines.extend(self.facts().map(|fact| format!("{DIM}{fact}{RESET}")));
        lines.join("\n") + "\n"
    }

    fn bars(&self) -> Vec<String> {
        let steps = &self.seen.steps;
        let whole: u64 = steps.iter().flat_map(stretches).map(|(_, took)| took).sum();
        let mut before = 0;
        let mut rows = Vec::new();
        for step in steps {
            let mut label = cut(step.step.as_str(), COLUMNS[0]);
            for (phase, took) in stretches(step) {
                let bar = bar(before, took, whole);
                rows.push(format!(
                    "  {label:step$}  {:phase$}  {}{bar:BARS$}{RESET}  {:>time$}",
                    spoken(phase),
                    colour(phase),
                    duration(took),
                    step = COLUMNS[0],
                    phase = COLUMNS[1],
                    time = COLUMNS[2],
                ));
                before += took;
                label = String::new();
            }
            if !label.is_empty() {
                rows.push(format!("  {label}  nothing was finished"));
            }
        }
        rows
    }

    fn verdict(&self) -> String {
        let (verdict, class) = self.judged;
        let colour = match verdict {
            Verdict::Good => "\x1b[32m",
            Verdict::Bad => "\x1b[31m",
            Verdict::Void | Verdict::Held => "\x1b[33m",
        };
        let class = class.map_or_else(String::new, |class| format!(" ({class})"));
        let told = match &self.seen.outcome {
            Outcome::Good => self.seen.total.map_or_else(String::new, |total| {
                let total = u64::from(total.get());
                let limit = u64::try_from(self.slow_after.0).unwrap_or(0) * 1_000;
                let slow = if total > limit { ", which is slow" } else { "" };
                format!(" in {}{slow}", duration(total))
            }),
            Outcome::Failed(failure) => format!(" at step {}: {}", failure.step, failure.detail),
            Outcome::Unobserved { detail, .. } => format!(": {detail}"),
        };
        let note = match verdict {
            Verdict::Held => {
                "\nheld: other accounts and regions decide whether this is the site's fault"
            }
            Verdict::Void => "\nvoid: says nothing about the site",
            Verdict::Good | Verdict::Bad => "",
        };
        format!("{BOLD}{colour}{verdict}{RESET}{class}{told}{note}")
    }

    fn facts(&self) -> impl Iterator<Item = String> {
        let seen = self.seen;
        let family = seen.family.map(|family| match family {
            ledger::attempt::Family::V4 => "IPv4".to_owned(),
            ledger::attempt::Family::V6 => "IPv6".to_owned(),
        });
        let status = seen.status.map(|status| format!("last status {status}"));
        let answer: Vec<String> = family.into_iter().chain(status).collect();
        let answered = seen.is_good() || seen.status.is_some();
        let how = if answered { "answered" } else { "tried" };
        let answer = (!answer.is_empty()).then(|| format!("{how} over {}", answer.join(", ")));
        let captured = (!seen.captured.is_empty())
            .then(|| format!("taken from pages: {}", seen.captured.join(", ")));
        let certificate = seen.certificate_days().map(|days| match days {
            0.. => format!("certificate valid for {days} more days"),
            _ => "certificate is no longer valid".to_owned(),
        });
        let clock = seen.server_date.map(|date| {
            let ahead = (date.date - date.received).0.div_euclid(1_000);
            match ahead {
                -1..=0 => "the server's clock agrees".to_owned(),
                1.. => format!("the server's clock is {ahead} s ahead of ours"),
                _ => format!("the server's clock is {} s behind ours", -ahead - 1),
            }
        });
        [answer, captured, certificate, clock].into_iter().flatten()
    }
}

fn stretches(step: &StepPhases) -> impl Iterator<Item = (Phase, u64)> + '_ {
    Phase::ALL
        .into_iter()
        .filter_map(|phase| Some((phase, u64::from(step.phases.of(phase)?.get()))))
}

/// A bar of `took` after `before`, where [`BARS`] columns stand for `whole`; at least a sliver wide.
fn bar(before: u64, took: u64, whole: u64) -> String {
    let columns = u64::try_from(BARS).unwrap_or(0);
    let eighths = |micros: u64| micros * columns * 8 / whole.max(1);
    let start = (eighths(before) / 8).min(columns.saturating_sub(1));
    let full = ((eighths(took) + 4) / 8).min(columns - start);
    let mut bar = " ".repeat(usize::try_from(start).unwrap_or(0));
    bar.push_str(&"█".repeat(usize::try_from(full).unwrap_or(0)));
    if full == 0 {
        bar.push('▏');
    }
    bar
}

fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..9_950 => {
            let tenths = (micros + 50) / 100;
            format!("{}.{} ms", tenths / 10, tenths % 10)
        }
        9_950..999_500 => format!("{} ms", (micros + 500) / 1_000),
        _ => {
            let hundredths = (micros + 5_000) / 10_000;
            format!("{}.{:02} s", hundredths / 100, hundredths % 100)
        }
    }
}

fn cut(text: &str, width: usize) -> String {
    match text.len() <= width {
        true => text.to_owned(),
        false => format!("{}…", &text[..width - 1]), // names are plain ASCII
    }
}

const fn spoken(phase: Phase) -> &'static str {
    match phase {
        Phase::FirstByte => "first byte",
        Phase::Dns | Phase::Connect | Phase::Tls | Phase::Body => phase.as_str(),
    }
}

const fn colour(phase: Phase) -> &'static str {
    match phase {
        Phase::Dns => "\x1b[36m",
        Phase::Connect => "\x1b[33m",
        Phase::Tls => "\x1b[35m",
        Phase::FirstByte => "\x1b[32m",
        Phase::Body => "\x1b[34m",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ledger::attempt::{Detail, Family};
    use ledger::name::Name;
    use ledger::phases::{Micros, Phases};
    use ledger::time::{Interval, Timestamp};

    use super::*;
    use crate::observation::{Failure, ServerDate};

    fn step(name: &str, phases: Phases) -> StepPhases {
        let step = Name::new(name).expect("valid");
        StepPhases { step, phases }
    }

    fn took(micros: u64) -> Option<Micros> {
        Some(Micros::measured(Duration::from_micros(micros)))
    }

    fn seen() -> Observation {
        let first = Phases {
            dns: took(3_100),
            connect: took(20_000),
            tls: took(41_000),
            first_byte: took(35_000),
            body: took(90),
        };
        let second = Phases {
            first_byte: took(240_000),
            body: took(1),
            ..Phases::default()
        };
        Observation {
            start: Timestamp(0),
            end: Timestamp(400),
            evidence: Interval::new(Timestamp(0), Timestamp(1)),
            outcome: Outcome::Good,
            account: None,
            logins: 1,
            status: Some(200),
            family: Some(Family::V6),
            steps: vec![step("form", first), step("a-very-long-step-name", second)],
            total: took(339_191),
            second_resolver: None,
            certificate_until: Some(Timestamp(86_400_000 * 17)),
            captured: vec!["csrf".to_owned(), "token".to_owned()],
            server_date: Some(ServerDate {
                date: Timestamp(2_000),
                received: Timestamp(339),
            }),
        }
    }

    fn plain(seen: &Observation, judged: (Verdict, Option<Class>)) -> String {
        let drawn = Drawn {
            title: "user-login as user-1 at https://example.com".to_owned(),
            seen,
            judged,
            slow_after: Millis(300),
        };
        anstream::adapter::strip_str(&drawn.render()).to_string()
    }

    #[test]
    fn a_good_attempt() {
        insta::assert_snapshot!(plain(&seen(), (Verdict::Good, None)), @r#"
        user-login as user-1 at https://example.com

          form              dns         ▏                                         3.1 ms
                            connect     ██                                         20 ms
                            tls           ████                                     41 ms
                            first byte        ████                                 35 ms
                            body                  ▏                                90 µs
          a-very-long-ste…  first byte            ██████████████████████████      240 ms
                            body                                            ▏       1 µs

        good in 338 ms, which is slow
        answered over IPv6, last status 200
        taken from pages: csrf, token
        certificate valid for 16 more days
        the server's clock is 1 s ahead of ours
        "#);
    }

    #[test]
    fn a_failed_one() {
        let mut seen = seen();
        seen.outcome = Outcome::Failed(Failure {
            class: Class::Rejected,
            step: Name::new("submit").expect("valid"),
            certificate: false,
            detail: Detail::escape("status 200, not 303"),
        });
        seen.steps = vec![step("submit", Phases::default())];
        seen.certificate_until = Some(Timestamp(0));
        insta::assert_snapshot!(plain(&seen, (Verdict::Held, Some(Class::Rejected))), @r#"
        user-login as user-1 at https://example.com

          submit  nothing was finished

        held (rejected) at step submit: status 200, not 303
        held: other accounts and regions decide whether this is the site's fault
        answered over IPv6, last status 200
        taken from pages: csrf, token
        certificate is no longer valid
        the server's clock is 1 s ahead of ours
        "#);
    }

    #[test]
    fn one_that_nobody_answered() {
        let mut seen = seen();
        seen.outcome = Outcome::Failed(Failure {
            class: Class::Connect,
            step: Name::new("form").expect("valid"),
            certificate: false,
            detail: Detail::escape("connection refused"),
        });
        (seen.steps, seen.captured) = (Vec::new(), Vec::new());
        (seen.status, seen.certificate_until, seen.server_date) = (None, None, None);
        insta::assert_snapshot!(plain(&seen, (Verdict::Bad, Some(Class::Connect))), @r"
        user-login as user-1 at https://example.com


        bad (connect) at step form: connection refused
        tried over IPv6
        ");
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in plain(&seen(), (Verdict::Good, None)).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn durations_have_two_or_three_digits() {
        for (micros, said) in [
            (1, "1 µs"),
            (999, "999 µs"),
            (1_050, "1.1 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (1_239_000, "1.24 s"),
            (60_000_000, "60.00 s"),
        ] {
            assert_eq!(duration(micros), said);
        }
    }
}
