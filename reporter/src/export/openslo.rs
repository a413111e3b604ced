//! The contract as an `OpenSLO` document (`openslo/v1`), for who keeps objectives in one place.

use std::fmt::Write as _;

use ledger::contract::{Contract, CountMode, Share};
use ledger::print;

use crate::escape::visible;

/// The document: a service and its objective, in the order of their names.
///
/// The indicator is read from what `reporter export prometheus` writes.
pub fn render(contract: &Contract) -> String {
    let id = contract.id.as_str();
    let service = quoted(&contract.service);
    let customer = quoted(&format!("Promised to {}", visible(&contract.customer)));
    let description = quoted(&description(contract));
    let (method, [good, total]) = indicator(contract);
    let mut text = format!(
        "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: {id}\n  displayName: {service}\nspec:\n  \
         description: {customer}\n---\napiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {id}-availability\n  displayName: {service}\n\
         spec:\n  description: {description}\n  service: {id}\n  indicator:\n    metadata:\n      name: {id}-sign-in\n    spec:\n      \
         ratioMetric:\n        counter: false\n"
    );
    for (name, query) in [("good", good), ("total", total)] {
        let _ = write!(
            text,
            "        {name}:\n          metricSource:\n            type: Prometheus\n            spec:\n              query: {}\n",
            quoted(&query)
        );
    }
    let _ = write!(
        text,
        "  timeWindow:\n    - duration: 1M\n      isRolling: false\n      calendar:\n        startTime: \"2018-01-01 00:00:00\"\n        \
         timeZone: {}\n  budgetingMethod: {method}\n  objectives:\n    - displayName: {}\n      target: {}\n",
        quoted(&contract.zone),
        quoted("Sign-in works"),
        fraction(contract.target),
    );
    let rules = &contract.rules;
    let _ = match rules.count_mode {
        CountMode::Request => Ok(()),
        CountMode::Timeslice => write!(
            text,
            "      timeSliceTarget: {}\n      timeSliceWindow: {}m\n",
            fraction(rules.slice_target),
            rules.slice.0 / 60_000
        ),
        CountMode::Continuous | CountMode::WholeMinutes => {
            writeln!(text, "      timeSliceWindow: 1m")
        }
    };
    text
}

/// How it counts, and the two sides of the fraction.
fn indicator(contract: &Contract) -> (&'static str, [String; 2]) {
    let id = contract.id.as_str();
    let known = format!("reporter_known_seconds{{contract=\"{id}\"}}");
    let time = [
        format!("{known} - reporter_down_seconds{{contract=\"{id}\",bound=\"estimate\"}}"),
        known,
    ];
    match contract.rules.count_mode {
        CountMode::Request => {
            let signins = |more: &str| format!("sum(reporter_sign_ins{{contract=\"{id}\"{more}}})");
            let sides = [
                signins(",outcome=\"good\""),
                signins(",outcome=~\"good|failing\""),
            ];
            ("Occurrences", sides)
        }
        CountMode::Timeslice => ("Timeslices", time),
        CountMode::Continuous | CountMode::WholeMinutes => ("RatioTimeslices", time),
    }
}

fn description(contract: &Contract) -> String {
    let tiers = contract.tiers.iter().map(|tier| {
        format!(
            "{} from {}",
            print::share(tier.credit),
            print::share(tier.from)
        )
    });
    let mut text = format!(
        "{} of the known time of each month, by the clock of {}.",
        print::share(contract.target),
        contract.zone
    );
    if !contract.tiers.is_empty() {
        let _ = write!(text, " Credits: {}.", crate::words::list(tiers));
    }
    text.replace('\u{a0}', " ")
}

/// `0.999`.
fn fraction(share: Share) -> String {
    let text = format!("{}.{:06}", share.0 / 1_000_000, share.0 % 1_000_000);
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// A string of YAML, which reads those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(visible(text)).to_string()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::fixture;

    #[test]
    fn a_contract_is_an_objective_of_a_calendar_month() {
        let mut contract = fixture::contract("America/New_York");
        contract.service = "Group\"desk\": {x}\n".into();
        assert_snapshot!(render(&contract), @r#"
        apiVersion: openslo/v1
        kind: Service
        metadata:
          name: groupdesk
          displayName: "Group\"desk\": {x}�"
        spec:
          description: "Promised to Example Travel Ltd"
        ---
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: groupdesk-availability
          displayName: "Group\"desk\": {x}�"
        spec:
          description: "99.9 % of the known time of each month, by the clock of America/New_York. Credits: 10 % from 99 %, 25 % from 95 % and 50 % from 0 %."
          service: groupdesk
          indicator:
            metadata:
              name: groupdesk-sign-in
            spec:
              ratioMetric:
                counter: false
                good:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: "reporter_known_seconds{contract=\"groupdesk\"} - reporter_down_seconds{contract=\"groupdesk\",bound=\"estimate\"}"
                total:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: "reporter_known_seconds{contract=\"groupdesk\"}"
          timeWindow:
            - duration: 1M
              isRolling: false
              calendar:
                startTime: "2018-01-01 00:00:00"
                timeZone: "America/New_York"
          budgetingMethod: RatioTimeslices
          objectives:
            - displayName: "Sign-in works"
              target: 0.999
              timeSliceWindow: 1m
        "#);
    }
}
