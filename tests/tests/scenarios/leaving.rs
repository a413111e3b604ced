//! What an agent still does when it is told to leave, and what it does when it is told so twice.

use rustix::process::Signal;

use crate::support::program;
use crate::uplink::{Hub, attempts, town};

#[test]
fn what_an_agent_seals_when_it_leaves_is_at_the_hub_when_it_has_left() {
    let town = town();
    let (hub, serving) = Hub::begin(&town);
    hub.enrol("east");
    let mut agent =
        program::start(&mut town.command("prober agent --acks --name east --bind 127.0.0.2"));
    for _ in 0..6 {
        agent.out.until(|line| line.starts_with("ack "));
    }
    // A batch is sealed every 30 s: nothing but leaving sends all of it now.
    let ended = agent.leave();
    assert!(ended.status.success(), "{}", ended.err);
    let own = attempts(&town.record("east"), "east");
    assert_eq!(hub.held("east"), own);
    let acknowledged = program::acknowledged(&ended.out);
    assert_eq!(
        acknowledged.last().copied(),
        own.last().map(|one| one.sequence)
    );
    assert!(serving.leave().status.success());
}

#[test]
fn an_agent_whose_hub_does_not_answer_leaves_when_its_time_is_over() {
    let town = town();
    let (hub, serving) = Hub::begin(&town);
    hub.enrol("east");
    serving.signal(Signal::STOP);
    let line = "prober agent --acks --name east --bind 127.0.0.2 --for 3s --flush 1s";
    let ended = program::run(&mut town.command(line));
    assert!(ended.status.success(), "{}", ended.err);
    assert!(
        ended.err.contains("the rest is sent at the next start"),
        "{}",
        ended.err
    );
    serving.signal(Signal::CONT);
    // And so it is, without one more attempt.
    let own = attempts(&town.record("east"), "east");
    let ended = program::run(&mut town.command("prober agent --name east --for 1ms --flush 60s"));
    assert!(ended.status.success(), "{}", ended.err);
    let held = hub.held("east");
    assert!(
        !own.is_empty() && held.starts_with(&own),
        "{} of {}",
        held.len(),
        own.len()
    );
    assert!(serving.leave().status.success());
}

#[test]
fn an_agent_that_is_told_twice_leaves_at_once() {
    let town = town();
    let (hub, serving) = Hub::begin(&town);
    hub.enrol("east");
    serving.signal(Signal::STOP);
    // Whoever waits for that hub waits longer than this test may take.
    let line = "prober agent --acks --name east --bind 127.0.0.2 --flush 1h";
    let mut agent = program::start(&mut town.command(line));
    agent.out.until(|line| line.starts_with("ack "));
    agent.signal(Signal::INT);
    agent
        .err
        .until(|line| line.contains("finishing what is in the air"));
    agent.signal(Signal::INT);
    let ended = agent.wait();
    assert!(ended.status.success(), "{}", ended.err);
    assert!(ended.err.contains("left at once"), "{}", ended.err);
    let acknowledged = program::acknowledged(&ended.out);
    let own = attempts(&town.record("east"), "east");
    assert!(
        own.len() >= acknowledged.len(),
        "what was acknowledged is on disk"
    );
    serving.signal(Signal::CONT);
    assert!(serving.leave().status.success());
}
