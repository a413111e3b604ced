//! Who may speak to a hub: client certificates, and keys that are changed.

use std::path::Path;

use groupdesk::authority::Authority;
use ledger::name::Name;
use ledger::store::{Place, Registry};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};

use crate::kill_hub::ODD;
use crate::support::hub::now;
use crate::support::program::{self, Program};
use crate::support::record;
use crate::support::town::Town;
use crate::support::wait;
use crate::uplink::{Hub, attempts, town};

/// An authority of the operator's own, and a certificate of it for one agent, as PEM files in `directory`.
fn certificates(directory: &Path) {
    let authority = Authority::generate(now()).unwrap();
    let (root, root_key) = (authority.certificate_pem(), authority.key_pem());
    std::fs::write(directory.join("clients.pem"), root).unwrap();
    let issuer = Issuer::from_ca_cert_pem(root, KeyPair::from_pem(&root_key).unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["east.example".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(directory.join("east.pem"), certificate.pem()).unwrap();
    let secret = directory.join("east.pem.key");
    std::fs::write(&secret, key.serialize_pem()).unwrap();
    for_its_owner(&secret);
    // One that looks the same, of an authority that the hub does not know.
    let stranger = Authority::generate(now()).unwrap();
    let (root, root_key) = (stranger.certificate_pem(), stranger.key_pem());
    let issuer = Issuer::from_ca_cert_pem(root, KeyPair::from_pem(&root_key).unwrap()).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    std::fs::write(directory.join("stranger.pem"), certificate.pem()).unwrap();
}

fn for_its_owner(file: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(file, mode).unwrap();
}

fn looks(town: &Town) -> Program {
    let line = "prober agent --acks --name east --bind 127.0.0.2";
    let mut agent = program::start(&mut town.command(line));
    for _ in 0..4 {
        agent.out.until(|line| line.starts_with("ack "));
    }
    agent
}

#[test]
fn a_hub_that_asks_for_client_certificates_speaks_to_nobody_without_one() {
    let town = town();
    certificates(town.dir());
    let (hub, serving) = Hub::begin_with(&town, &["--client-ca", "clients.pem"]);
    let token = hub.invite("east");
    let enroll = |more: &str| {
        let line = format!("{}{more}", hub.enroll_line(&token));
        program::run(&mut town.command(&line))
    };
    for without in ["", " --client-cert stranger.pem --client-key east.pem.key"] {
        let said = enroll(without);
        assert!(!said.status.success(), "{without}: {}", said.out);
        assert!(!town.dir().join("data/east.key").exists(), "{without}");
    }
    // Nobody who was turned away has used the token up.
    let said = enroll(" --client-cert east.pem --client-key east.pem.key");
    assert!(said.status.success(), "{}", said.err);
    let agent = looks(&town);
    assert!(agent.leave().status.success());
    let own = attempts(&town.record("east"), "east");
    assert!(!own.is_empty());
    assert_eq!(hub.held("east"), own);
    // The same agent with another certificate gets no byte across.
    std::fs::copy(town.dir().join("stranger.pem"), town.dir().join("east.pem")).unwrap();
    let line = "prober agent --name east --bind 127.0.0.2 --for 3s --flush 3s";
    let said = program::run(&mut town.command(line));
    assert!(
        said.err.contains("the hub cannot be reached"),
        "{}",
        said.err
    );
    assert_eq!(hub.held("east"), own);
    assert!(serving.leave().status.success());
}

#[test]
fn a_token_need_not_stand_on_the_command_line() {
    let town = town();
    let (hub, serving) = Hub::begin(&town);
    let token = hub.invite("east");
    let file = town.dir().join("token");
    std::fs::write(&file, token + "\n").unwrap();
    let enroll = |from: &str| {
        let line = hub.enroll_line("-");
        let line = line.replace("--token -", &format!("--token-file {from}"));
        let mut command = town.command(&line);
        if from == "-" {
            command.stdin(std::fs::File::open(&file).unwrap());
        }
        program::run(&mut command)
    };
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&file, open).unwrap();
    let said = enroll("token");
    assert!(said.err.contains("others could read it"), "{}", said.err);
    for_its_owner(&file);
    let said = enroll("token");
    assert!(said.status.success(), "{}", said.err);
    let rotated = program::run(&mut town.command("reporter agents rotate east --data hub"));
    std::fs::write(&file, Hub::token(&rotated.out)).unwrap();
    let said = enroll("-");
    assert!(said.status.success(), "{}", said.err);
    std::fs::write(&file, " \n").unwrap();
    let said = enroll("-");
    assert_eq!(said.err, "prober: the token is empty\n");
    assert_eq!(said.status.code(), Some(64));
    assert!(serving.leave().status.success());
}

#[test]
fn a_hub_prints_the_certificate_of_its_authority() {
    let town = town();
    let (_, serving) = Hub::begin(&town);
    let said = program::run(&mut town.command("reporter agents ca --data hub"));
    let kept = std::fs::read_to_string(town.dir().join("hub/ca.pem")).unwrap();
    assert_eq!(said.out, kept);
    assert!(serving.leave().status.success());
    for (file, made) in [("own.pem", "tls.pem"), ("own.key", "tls.key")] {
        let hub = town.dir().join("hub");
        std::fs::copy(hub.join(made), hub.join(file)).unwrap();
    }
    let own = ["--tls-cert", "hub/own.pem", "--tls-key", "hub/own.key"];
    let (_, serving) = Hub::begin_with(&town, &own);
    let said = program::run(&mut town.command("reporter agents ca --data hub"));
    assert!(said.err.contains("of its operator's"), "{}", said.err);
    assert!(serving.leave().status.success());
}

#[test]
fn a_key_is_changed_and_what_both_keys_signed_holds() {
    // Verdicts change all the time, so that there is much to ship.
    let town = Town::new(ODD);
    town.plan("probes.toml", include_str!("support/plan.toml"));
    let (hub, serving) = Hub::begin(&town);
    hub.enrol("east");
    let key = town.dir().join("data/east.key");
    let agent = looks(&town);
    let old = std::fs::read(&key).unwrap();
    let enrolment = std::fs::read(town.dir().join("data/east.hub.toml")).unwrap();
    change_key(&town, &hub);
    assert_ne!(std::fs::read(&key).unwrap(), old);
    let kept = town.dir().join("data/east.key.old");
    // It knows the old key until it is started again, and goes on with that.
    let before = hub.held("east").len();
    wait::find(
        || (hub.held("east").len() > before + 2).then_some(()),
        || "the agent ships no more".to_owned(),
    );
    assert_eq!(
        std::fs::read(&kept).unwrap(),
        old,
        "until the hub has heard of the new one"
    );
    assert!(agent.leave().status.success());
    assert!(looks(&town).leave().status.success());
    assert!(!kept.exists(), "the hub has heard of it");
    let own = attempts(&town.record("east"), "east");
    assert_eq!(hub.held("east"), own);
    old_key_is_refused(&town, &hub, (&old, &enrolment));
    assert_eq!(hub.held("east"), own, "and brings nothing");
    evidence_holds(&town, &hub, 2);
    revoked_is_not_heard(&town, &hub);
    evidence_holds(&town, &hub, 3);
    assert!(serving.leave().status.success());
    record::must_be_sound(&hub.record());
}

/// The hub invites the agent it knows; the agent makes a new key.
fn change_key(town: &Town, hub: &Hub<'_>) {
    let said = program::run(&mut town.command("reporter agents rotate east --data hub"));
    assert!(said.status.success(), "{}", said.err);
    let said = program::run(&mut town.command(&hub.enroll_line(Hub::token(&said.out))));
    assert!(said.status.success(), "{}", said.err);
    assert!(
        said.out.contains("restart the agent to use the new key"),
        "{}",
        said.out
    );
}

/// A revoked agent records on and brings nothing, what it had sent stays evidence, and a new key lets it in again.
fn revoked_is_not_heard(town: &Town, hub: &Hub<'_>) {
    let held = hub.held("east");
    let said =
        program::run(&mut town.command("reporter agents revoke east --reason sold --data hub"));
    assert!(said.status.success(), "{}", said.err);
    let line = "prober agent --name east --bind 127.0.0.2 --for 4s --flush 2s";
    let said = program::run(&mut town.command(line));
    assert!(said.err.contains("revoked: sold"), "{}", said.err);
    assert_eq!(hub.held("east"), held);
    let own = attempts(&town.record("east"), "east").len();
    assert!(own > held.len(), "it records on");
    evidence_holds(town, hub, 2);
    change_key(town, hub);
    assert!(looks(town).leave().status.success());
    assert_eq!(hub.held("east"), attempts(&town.record("east"), "east"));
}

/// Somebody who has a copy of the old key goes on with the old record.
fn old_key_is_refused(town: &Town, hub: &Hub<'_>, (key, enrolment): (&[u8], &[u8])) {
    let thief = town.dir().join("thief");
    std::fs::create_dir(&thief).unwrap();
    std::fs::copy(town.record("east"), thief.join("east.db")).unwrap();
    for (name, content) in [("east.key", key), ("east.hub.toml", enrolment)] {
        std::fs::write(thief.join(name), content).unwrap();
        for_its_owner(&thief.join(name));
    }
    let line = "prober agent --name east --data thief --bind 127.0.0.2 --for 3s --flush 2s";
    let said = program::run(&mut town.command(line));
    assert!(
        said.err.contains("the hub does not want this agent"),
        "{}",
        said.err
    );
    let registry = Registry::open(Place::from(hub.record())).unwrap();
    let keys = registry.keyring().unwrap();
    assert_eq!(keys.of(&Name::new("east").unwrap()).len(), 2);
    let roll = registry.roll(now()).unwrap();
    assert_eq!(
        roll.agents[0].state, "active",
        "a stranger puts nobody into quarantine"
    );
}

/// The evidence of the month names so many keys, and every batch of each.
fn evidence_holds(town: &Town, hub: &Hub<'_>, keys: i64) {
    // What the log has after the newest checkpoint vouches for nothing yet, and is no flaw.
    let said = verified(town);
    assert!(said["flaws"].as_array().unwrap().is_empty(), "{said}");
    let record = rusqlite::Connection::open(hub.record()).unwrap();
    let number = |sql: &str| -> i64 { record.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        number("SELECT count(DISTINCT signer) FROM batch"),
        keys,
        "batches of all keys"
    );
    let whole = || number("SELECT max(size) FROM checkpoint") == number("SELECT size FROM log");
    wait::find(
        || whole().then_some(()),
        || "no checkpoint is made".to_owned(),
    );
    let said = verified(town);
    assert_eq!(said["agrees"], true, "{said}");
    let batches = number("SELECT count(*) FROM batch");
    let agent = &said["agents"][0];
    assert_eq!(
        (&agent["signed"], &agent["logged"]),
        (&batches.into(), &batches.into()),
        "{said}"
    );
}

/// What `reporter verify` says of the month, as its report is issued now.
fn verified(town: &Town) -> serde_json::Value {
    let month = &town.today()[..7];
    let line = format!("reporter month {month} --out report hub/hub.db");
    let said = program::run(&mut town.command(&line));
    assert!(said.status.success(), "{}", said.err);
    let said = program::run(&mut town.command("reporter verify --json report"));
    serde_json::from_str(&said.out).unwrap()
}
