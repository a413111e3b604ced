//! What faults.md F lists of agents that mean no good, and of strangers.

use ledger::identity::SecretKey;
use ledger::name::Name;
use ledger::wire::enrol::Enrol;
use ledger::wire::upload::{Outcome, Reason};

use crate::support::hub::{Hub, now, post, send};

#[test]
fn bad_requests_are_refused_before_they_cost_anything() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Hub::start(&directory.path().join("hub"), &[]);
    let said = |request: &str| {
        let mut line = hub.line();
        line.send(request.as_bytes()).unwrap();
        let answer = line.answer().unwrap();
        (
            answer.status,
            String::from_utf8_lossy(&answer.body).trim().to_owned(),
        )
    };
    let (status, text) =
        said("POST /v1/upload HTTP/1.1\r\nhost: hub\r\ncontent-length: 99999999\r\n\r\n");
    assert_eq!((status, text.as_str()), (413, "the body is too large"));
    let (status, _) = said("POST /v1/enroll HTTP/1.1\r\nhost: hub\r\ncontent-length: 5000\r\n\r\n");
    assert_eq!(status, 413);
    let (status, _) =
        said("POST /v1/upload HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(status, 411);
    let (status, _) =
        said("POST /v1/upload HTTP/1.1\r\nhost: hub\r\ncontent-length: 5\r\n\r\nhello");
    assert_eq!(status, 400);
    let (status, _) = said("GET /v1/upload HTTP/1.1\r\nhost: hub\r\n\r\n");
    assert_eq!(status, 405);
    let (status, _) = said("GET /hub.key HTTP/1.1\r\nhost: hub\r\n\r\n");
    assert_eq!(status, 404);
    let fields = "x: y\r\n".repeat(40);
    let (status, _) = said(&format!("GET / HTTP/1.1\r\nhost: hub\r\n{fields}\r\n"));
    assert_eq!(status, 431);
    assert_eq!(hub.health("/readyz"), "200 ready");
}

#[test]
fn nobody_speaks_for_another_agent() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Hub::start(&directory.path().join("hub"), &[]);
    let (mut agent, mut thief) = (hub.enrol("eu-1"), hub.enrol("us-1"));
    let mut line = hub.line();
    send(&mut line, &agent, &[agent.sign_plan()]);
    // By a key that nobody knows.
    let key = std::mem::replace(&mut agent.key, SecretKey::generate().unwrap());
    let batch = agent.seal(3).unwrap();
    let answer = post(&mut line, &agent, &[batch]);
    assert_eq!(answer.status, 401);
    agent.key = key;
    // By the key of another agent.
    let name = std::mem::replace(&mut thief.agent, agent.agent.clone());
    let batch = thief.seal(3).unwrap();
    assert_eq!(
        post(&mut line, &thief, std::slice::from_ref(&batch)).status,
        401
    );
    thief.agent = name;
    let (_, reply) = send(&mut line, &thief, &[batch]);
    assert!(
        matches!(reply.outcomes[0], Outcome::Refused(Reason::Signature, _)),
        "{reply:?}"
    );
    // Nothing of it is there.
    let (_, reply) = send(&mut line, &agent, &[]);
    assert_eq!(reply.standing.last_sequence, 0);
}

#[test]
fn a_flood_is_cut_off_and_others_are_heard() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Hub::start(&directory.path().join("hub"), &["--quota-attempts", "100"]);
    let (mut flood, mut other) = (hub.enrol("eu-1"), hub.enrol("us-1"));
    let mut line = hub.line();
    let records = [flood.sign_plan(), flood.seal(90).unwrap()];
    assert_eq!(post(&mut line, &flood, &records).status, 200);
    let answer = post(&mut line, &flood, &[flood.sign_plan()]);
    assert_eq!(answer.status, 200, "plans are no attempts");
    let batch = flood.seal(90).unwrap();
    let answer = post(&mut line, &flood, &[batch]);
    assert_eq!(answer.status, 429);
    assert!(answer.retry_after.unwrap() >= 1);
    let records = [other.sign_plan(), other.seal(90).unwrap()];
    assert_eq!(post(&mut line, &other, &records).status, 200);
}

#[test]
fn tokens_cannot_be_guessed_and_work_once() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Hub::start(&directory.path().join("hub"), &[]);
    let agent = hub.enrol("eu-1");
    let mut line = hub.line();
    let mut tried = |token: &str| {
        let request = Enrol::new(token, &SecretKey::generate().unwrap());
        let answer = line.post("/v1/enroll", &serde_json::to_vec(&request).unwrap());
        let answer = answer.unwrap();
        (
            answer.status,
            String::from_utf8_lossy(&answer.body).into_owned(),
        )
    };
    let (status, text) = tried("eu-1");
    assert_eq!(status, 403);
    assert!(text.contains("used already"), "{text}");
    for guess in 0..9 {
        assert_eq!(tried(&format!("{guess:032x}")).0, 403);
    }
    assert_eq!(tried("one more").0, 429);
    // A token in a body whose sender does not hold the key that it names.
    let stolen = Enrol {
        key: agent.key.public().to_string(),
        ..Enrol::new("x", &SecretKey::generate().unwrap())
    };
    assert!(stolen.verified().is_err());
}

#[test]
fn two_copies_of_an_agent_end_in_quarantine_and_a_revoked_one_is_not_heard() {
    let directory = tempfile::tempdir().unwrap();
    let hub = Hub::start(&directory.path().join("hub"), &[]);
    let mut agent = hub.enrol("eu-1");
    let mut line = hub.line();
    let records = [agent.sign_plan(), agent.seal(3).unwrap()];
    assert_eq!(post(&mut line, &agent, &records).status, 200);
    (agent.number, agent.next, agent.previous) = (0, 1, ledger::wire::Hash::default());
    let copy = agent.seal(4).unwrap();
    let (status, reply) = send(&mut line, &agent, &[copy]);
    assert_eq!(status, 409);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Fork, _)
    ));
    let (status, _) = send(&mut line, &agent, &[]);
    assert_eq!(status, 403);
    let name = Name::new("eu-1").unwrap();
    hub.registry().release(&name, now()).unwrap();
    assert_eq!(send(&mut line, &agent, &[]).0, 200);
    hub.registry().revoke(&name, "sold", now()).unwrap();
    let answer = post(&mut line, &agent, &[]);
    assert_eq!(answer.status, 403);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(text.contains("revoked: sold"), "{text}");
}
