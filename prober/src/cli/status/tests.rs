//! What `prober status` shows.

use ledger::identity::{HubId, SecretKey};
use ledger::time::Interval;

use super::*;
use crate::web::Trust;

const NOW: Timestamp = Timestamp(1_544_745_600_000);

fn agent(shipping: Option<Shipping>, state: Option<State>) -> Agent {
    let key = SecretKey::from_seed(&[1; 32]).unwrap().public();
    Agent {
        enrolled: Enrolled {
            url: "https://hub.example.org:8448".parse().unwrap(),
            hub: HubId::new("groupdesk-hub").unwrap(),
            key,
            trust: Trust::default(),
            agent: Name::new("east").unwrap(),
            region: Name::new("east").unwrap(),
            rate: 50,
        },
        key: Ok(key.id()),
        shipping,
        state,
    }
}

fn shipping() -> Shipping {
    Shipping {
        hub: HubId::new("groupdesk-hub").unwrap(),
        key: SecretKey::from_seed(&[1; 32]).unwrap().public(),
        batches: 1,
        attempts: 62,
        ticks: Some(Interval::new(NOW - Millis::from_secs(31), NOW)),
        received: Some(NOW - Millis::from_mins(190)),
        refused: 0,
        reasons: Vec::new(),
        checkpoint: Some((1_201, NOW - Millis::from_mins(190))),
    }
}

#[test]
fn an_agent_that_is_well() {
    let state = State {
        offset: Some(-3),
        doubt: Some(9),
        ..State::default()
    };
    insta::assert_snapshot!(agent(Some(shipping()), Some(state)).text(NOW), @r"
    agent       east in region east
    hub         groupdesk-hub at https://hub.example.org:8448/
    key         34750f98bd59fcfc
    waits       62 attempts, for 31 s (1 batch sealed)
    receipt     2018-12-13T20:50:00.000Z, 3 h ago
    hub's log   1201 entries seen and cosigned, of 2018-12-13T20:50:00.000Z
    clock       the hub's is -3 ms from ours, give or take 9 ms
    ");
}

#[test]
fn an_agent_in_trouble() {
    let shipping = Shipping {
        refused: 2,
        reasons: vec![
            (Item::Plan(0xa9), "probe login changes its layer".to_owned()),
            (
                Item::Batch(1, 7),
                "its tick of 2018-11-01T00:00:00.000Z is too old".to_owned(),
            ),
        ],
        ..shipping()
    };
    let state = State {
        failures: 12,
        trouble: Some("https://hub.example.org:8448 did not answer within 20 s".to_owned()),
        unwanted: Some("the agent is revoked: lost".to_owned()),
        distrust: Some(
            "its log had 12 entries and has 7 now; was it set back to a backup?".to_owned(),
        ),
        ..State::default()
    };
    let text = agent(Some(shipping), Some(state)).text(NOW);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    insta::assert_snapshot!(text, @r"
    agent       east in region east
    hub         groupdesk-hub at https://hub.example.org:8448/
    key         34750f98bd59fcfc
    waits       62 attempts, for 31 s (1 batch sealed)
    receipt     2018-12-13T20:50:00.000Z, 3 h ago
    hub's log   1201 entries seen and cosigned, of 2018-12-13T20:50:00.000Z
    clock       not compared with the hub's yet
    REFUSED     2 records; they are kept (dead letters)
                plan 000000a9: probe login changes its layer
                batch 7 of epoch 1: its tick of 2018-11-01T00:00:00.000Z is too old
    UNWANTED    the agent is revoked: lost
    TROUBLE     https://hub.example.org:8448 did not answer within 20 s (12 tries)
    DISTRUST    its log had 12 entries and has 7 now; was it set back to a backup?
                nothing is cosigned; if that was a restored backup, enrol anew
    ");
}

#[test]
fn an_agent_that_never_ran_and_none_at_all() {
    insta::assert_snapshot!(agent(None, None).text(NOW), @r"
    agent       east in region east
    hub         groupdesk-hub at https://hub.example.org:8448/
    key         34750f98bd59fcfc
    waits       the agent was not started since it was enrolled
    ");
    let directory = tempfile::tempdir().unwrap();
    let args = |name: Option<&str>| StatusArgs {
        name: name.map(str::to_owned),
        data: directory.path().to_owned(),
        json: false,
    };
    let told = args(None).run().unwrap();
    assert!(told.contains("records stay on this machine"), "{told}");
    let told = args(Some("west")).run().unwrap_err().to_string();
    assert!(told.contains("no agent west is enrolled"), "{told}");
}
