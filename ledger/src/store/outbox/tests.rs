use super::*;

fn letter(key: &str, number: u32) -> Letter {
    Letter {
        id: format!("{key}#{number}"),
        key: key.to_owned(),
        body: format!("{{\"number\":{number}}}"),
    }
}

fn opened() -> (tempfile::TempDir, Outbox) {
    let directory = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&directory.path().join("alarms.sqlite")).unwrap();
    (directory, outbox)
}

const START: Timestamp = Timestamp(1_544_825_700_000);

#[test]
fn a_failing_event_holds_up_its_own_key_only_and_waits_longer_each_time() {
    let (_directory, mut outbox) = opened();
    let letters = [
        letter("c/outage/service", 1),
        letter("c/outage/service", 2),
        letter("c/partial/region:a", 1),
    ];
    outbox.commit(("c", "{}"), &letters, START).unwrap();
    let mut tried = Vec::new();
    let mut now = START;
    let mut waits = Vec::new();
    for _ in 0..4 {
        let done = outbox
            .deliver(now, |letter| {
                tried.push(letter.id.clone());
                if letter.key.contains("outage") {
                    Err("no route".to_owned())
                } else {
                    Ok(())
                }
            })
            .unwrap();
        assert_eq!(done.dead, 0);
        let again = (1..7_200).find(|second| {
            outbox
                .due(now + Millis::from_secs(*second))
                .unwrap()
                .is_some()
        });
        waits.push(again.unwrap());
        now = now + Millis::from_secs(again.unwrap());
    }
    assert_eq!(waits, [30, 60, 120, 240]);
    assert_eq!(tried.iter().filter(|id| id.contains("partial")).count(), 1);
    assert!(
        tried.iter().all(|id| id != "c/outage/service#2"),
        "it would overtake the first"
    );
}

#[test]
fn after_so_many_tries_an_event_is_dead_and_may_be_revived() {
    let (directory, mut outbox) = opened();
    outbox
        .commit(("c", "{}"), &[letter("c/outage/service", 1)], START)
        .unwrap();
    let mut now = START;
    let mut tries = 0;
    let mut dead = 0;
    while dead == 0 {
        now = now + LONGEST_WAIT;
        dead = outbox
            .deliver(now, |_| {
                tries += 1;
                Err("HTTP 500".to_owned())
            })
            .unwrap()
            .dead;
    }
    assert_eq!(tries, TRIES);
    assert_eq!(outbox.due(now + LONGEST_WAIT).unwrap(), None);
    let posted = Outbox::peek(&directory.path().join("alarms.sqlite")).unwrap();
    let expected = DeadLetter {
        id: "c/outage/service#1".to_owned(),
        tries: TRIES,
        at: now,
        error: "HTTP 500".to_owned(),
    };
    assert_eq!((posted.waiting, posted.dead), (0, vec![expected]));
    assert_eq!(outbox.revive(now).unwrap(), 1);
    assert_eq!(outbox.deliver(now, |_| Ok(())).unwrap().delivered, 1);
}

#[test]
fn one_process_has_the_outbox_and_others_may_look() {
    let (directory, mut outbox) = opened();
    let path = directory.path().join("alarms.sqlite");
    outbox.commit(("c", "{\"at\":1}"), &[], START).unwrap();
    assert!(matches!(Outbox::open(&path), Err(StoreError::Locked(_))));
    let posted = Outbox::peek(&path).unwrap();
    assert_eq!(posted.states, [("c".to_owned(), "{\"at\":1}".to_owned())]);
}

#[test]
fn a_record_is_no_outbox_and_an_outbox_no_record() {
    let (directory, outbox) = opened();
    drop(outbox);
    let path = directory.path().join("alarms.sqlite");
    let error = crate::store::Reader::open(&[path]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is no record: it is the outbox of alarms"),
        "{error}"
    );
}

#[test]
fn an_event_is_kept_once() {
    let (_directory, mut outbox) = opened();
    let twice = [letter("c/outage/service", 1), letter("c/outage/service", 1)];
    assert!(outbox.commit(("c", "{}"), &twice, START).is_err());
    assert_eq!(
        outbox.state("c").unwrap(),
        None,
        "and nothing else of that transaction is there"
    );
    assert_eq!(outbox.due(START).unwrap(), None);
}
