//! From what was seen to what it says about the site (semantics §3).

use ledger::time::Millis;
use ledger::verdict::{CanaryState, Class, SecondResolver, Verdict};

use crate::observation::{Observation, Outcome};

/// A refused certificate is the site's fault only while our clock is known this well.
pub const CLOCK_FOR_CERTIFICATES: Millis = Millis::from_secs(60);

/// The verdict of one attempt, and its class unless good.
///
/// `clock_error` is an upper bound. Good stays good whatever the canary says; nothing else survives a dead canary, nor a
/// first resolver that failed while the second one answered. What other accounts or regions must confirm is held.
pub fn classify(
    seen: &Observation,
    canary: CanaryState,
    clock_error: Millis,
) -> (Verdict, Option<Class>) {
    let failure = match &seen.outcome {
        Outcome::Good => return (Verdict::Good, None),
        Outcome::Unobserved { class, .. } => return (Verdict::Void, Some(*class)),
        Outcome::Failed(failure) => failure,
    };
    if canary == CanaryState::Failed {
        return (Verdict::Void, Some(Class::ProberNet));
    }
    if seen.second_resolver == Some(SecondResolver::Answered) {
        return (Verdict::Void, Some(Class::ProberDns));
    }
    let verdict = match failure.class {
        Class::Tls if failure.certificate && clock_error >= CLOCK_FOR_CERTIFICATES => {
            return (Verdict::Void, Some(Class::ProberClock));
        }
        Class::Connect
        | Class::Tls
        | Class::Timeout
        | Class::Protocol
        | Class::Status
        | Class::Content => Verdict::Bad,
        Class::Dns | Class::Throttled | Class::Rejected | Class::Script | Class::SessionLost => {
            Verdict::Held
        }
        Class::ProberNet
        | Class::ProberDns
        | Class::ProberClock
        | Class::ProberBlocked
        | Class::ProberAccount
        | Class::ProberOverrun
        | Class::ProberSuspended
        | Class::ProberRestart
        | Class::ProberDisk
        | Class::ProberLoginCap
        | Class::ProberSession => Verdict::Void,
    };
    (verdict, Some(failure.class))
}

#[cfg(test)]
mod tests {
    use ledger::attempt::Detail;
    use ledger::name::Name;
    use ledger::time::{Interval, Timestamp};

    use super::*;
    use crate::observation::Failure;

    fn seen(outcome: Outcome, second_resolver: Option<SecondResolver>) -> Observation {
        Observation {
            start: Timestamp(0),
            end: Timestamp(1),
            evidence: Interval::new(Timestamp(0), Timestamp(1)),
            outcome,
            account: None,
            logins: 0,
            status: None,
            family: None,
            steps: Vec::new(),
            total: None,
            second_resolver,
            certificate_until: None,
            captured: Vec::new(),
            server_date: None,
        }
    }

    fn failed(class: Class) -> Outcome {
        Outcome::Failed(Failure {
            class,
            step: Name::new("login").expect("valid"),
            certificate: false,
            detail: Detail::default(),
        })
    }

    #[test]
    fn the_table_of_semantics_3() {
        use CanaryState::{Assumed, Failed, Ok};
        use Verdict::{Bad, Held, Void};
        for (class, canary, verdict, said) in [
            (Class::Connect, Ok, Bad, Class::Connect),
            (Class::Connect, Assumed, Bad, Class::Connect),
            (Class::Connect, Failed, Void, Class::ProberNet),
            (Class::Tls, Ok, Bad, Class::Tls),
            (Class::Timeout, Ok, Bad, Class::Timeout),
            (Class::Timeout, Failed, Void, Class::ProberNet),
            (Class::Protocol, Ok, Bad, Class::Protocol),
            (Class::Status, Ok, Bad, Class::Status),
            (Class::Content, Ok, Bad, Class::Content),
            (Class::Dns, Ok, Held, Class::Dns),
            (Class::Throttled, Ok, Held, Class::Throttled),
            (Class::Rejected, Ok, Held, Class::Rejected),
            (Class::Script, Ok, Held, Class::Script),
            (Class::SessionLost, Ok, Held, Class::SessionLost),
            (Class::Rejected, Failed, Void, Class::ProberNet),
        ] {
            let got = classify(&seen(failed(class), None), canary, Millis(10));
            assert_eq!(got, (verdict, Some(said)), "{class} with canary {canary:?}");
        }
    }

    #[test]
    fn good_is_good_whatever_else_is_wrong() {
        let good = seen(Outcome::Good, Some(SecondResolver::Answered));
        let got = classify(&good, CanaryState::Failed, Millis::from_mins(60));
        assert_eq!(got, (Verdict::Good, None));
    }

    #[test]
    fn own_trouble_is_void() {
        let clock = |certificate, error| {
            let mut tls = seen(failed(Class::Tls), None);
            if let Outcome::Failed(failure) = &mut tls.outcome {
                failure.certificate = certificate;
            }
            classify(&tls, CanaryState::Ok, error)
        };
        assert_eq!(
            clock(true, Millis(59_999)),
            (Verdict::Bad, Some(Class::Tls))
        );
        assert_eq!(
            clock(true, Millis(60_000)),
            (Verdict::Void, Some(Class::ProberClock))
        );
        assert_eq!(
            clock(false, Millis(60_000)),
            (Verdict::Bad, Some(Class::Tls))
        );
        let second = |said| {
            let dns = seen(failed(Class::Dns), Some(said));
            classify(&dns, CanaryState::Ok, Millis(0))
        };
        assert_eq!(
            second(SecondResolver::Answered),
            (Verdict::Void, Some(Class::ProberDns))
        );
        assert_eq!(
            second(SecondResolver::Failed),
            (Verdict::Held, Some(Class::Dns))
        );
        let own = Outcome::Unobserved {
            class: Class::ProberSession,
            detail: Detail::default(),
        };
        assert_eq!(
            classify(&seen(own, None), CanaryState::Ok, Millis(0)),
            (Verdict::Void, Some(Class::ProberSession))
        );
    }
}
