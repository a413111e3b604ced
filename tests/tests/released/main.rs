//! What agents of released versions send, kept as bytes. Every later hub must take it, and every later `verify` must believe it.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use groupdesk::courier::{self, Courier};
    use ledger::identity::{HubId, SecretKey};
    use ledger::intake::{Incoming, Limits, Parcel};
    use ledger::name::Name;
    use ledger::time::{Millis, Timestamp};

    /// The formats that were released.
    const RELEASED: [u32; 1] = [1];
    /// When the agent looked first.
    const START: Timestamp = Timestamp(1_544_745_600_000);

    fn file(version: u32) -> PathBuf {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released");
        directory.join(format!("upload-{version}.bin"))
    }

    fn agent() -> Courier {
        let hub = SecretKey::from_seed(&[2; 32]).unwrap().public();
        let key = SecretKey::from_seed(&[1; 32]).unwrap();
        Courier::new(
            (HubId::new("hub").unwrap(), hub),
            (Name::new("eu-1").unwrap(), key),
            (Arc::new(courier::plan(4)), START),
        )
    }

    /// A change of format is a new file beside the old ones, and a decision.
    #[test]
    fn what_agents_send_today_is_what_they_sent_when_it_was_released() {
        let mut agent = agent();
        let records = [
            agent.sign_plan(),
            agent.seal(40).unwrap(),
            agent.seal(1_000).unwrap(),
        ];
        let sent = agent.upload(&records).unwrap();
        let kept = fs::read(file(1)).unwrap_or_default();
        if sent != kept {
            fs::write(file(1), &sent).unwrap();
        }
        assert!(
            sent == kept,
            "other bytes were written to {}",
            file(1).display()
        );
    }

    #[test]
    fn what_released_agents_send_is_taken() {
        for version in RELEASED {
            let sent = fs::read(file(version)).unwrap();
            let (agent, heard) = (agent(), START + Millis::from_mins(60 * 24));
            let keys = [agent.key.public()];
            let limits = (&Limits::default(), heard);
            let parcel = Parcel::open(&sent, &agent.hub, &keys, limits).unwrap();
            assert_eq!(parcel.attempts(), 1_040, "version {version}");
            let [
                Incoming::Plan(plan),
                Incoming::Batch(one),
                Incoming::Batch(two),
            ] = &parcel.records[..]
            else {
                panic!("version {version}: {:?}", parcel.records);
            };
            assert_eq!(plan.plan.probes.len(), 4);
            assert_eq!((&one.fault, &two.fault), (&None, &None));
            assert_eq!(two.header.previous, one.hash);
            assert_eq!((one.sequences, two.sequences), ((1, 40), (41, 1_040)));
        }
    }
}
