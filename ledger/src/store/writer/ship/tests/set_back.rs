//! Records and hubs that are set back, in any order.

use super::*;

/// What happens to an agent, its file and its hub.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Look(u64),
    Fold,
    Send {
        newest_first: bool,
        most: usize,
        heard: bool,
    },
    /// The hub goes back to how it was at that deed, or the agent does.
    Snapshot,
    SetBackHub,
    SetBackAgent,
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let send = (any::<bool>(), 1_usize..4, any::<bool>());
    let deed = prop_oneof![
        6 => (1_u64..40).prop_map(Deed::Look),
        1 => Just(Deed::Fold),
        6 => send.prop_map(|(newest_first, most, heard)| Deed::Send { newest_first, most, heard }),
        1 => Just(Deed::Snapshot),
        1 => Just(Deed::SetBackHub),
        1 => Just(Deed::SetBackAgent),
        1 => Just(Deed::Restart),
    ];
    prop::collection::vec(deed, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn whoever_is_set_back_the_hub_has_each_attempt_once_and_the_record_holds_together(deeds in deeds()) {
        // What an agent holds that was set back to a time before its receipts: it cannot know that the hub has it, and may send it
        // again in its new epoch. A fold takes the first of the two.
        let mut again: BTreeSet<i64> = BTreeSet::new();
        let (directory, path) = sample::place();
        let copy = directory.path().join("copy.db");
        let (mut writer, mut hub, mut clock) = (open(&path), Hub::default(), 0);
        let mut backup: Option<Hub> = None;
        for deed in deeds {
            match deed {
                Deed::Look(count) => {
                    let first = writer.next_sequence();
                    let seen: Vec<Attempt> = (0..count).map(|at| Attempt {
                        sequence: first + at,
                        ..sample::attempt(clock + at + 1)
                    }).collect();
                    clock += count;
                    writer.append(&seen).unwrap();
                    writer.seal().unwrap();
                }
                Deed::Fold => writer.fold().unwrap(),
                Deed::Send { newest_first, most, heard } => {
                    // An agent always compares before it sends.
                    writer.compare(&hub.standing()).unwrap();
                    let parcels = writer.load(&Load { newest_first, most, ..ALL }).unwrap();
                    let fates: Vec<_> = parcels.iter().map(|one| (one.item, hub.take(one))).collect();
                    if heard {
                        writer.settle(&fates).unwrap();
                    }
                }
                Deed::Snapshot => {
                    let _ = std::fs::remove_file(&copy);
                    writer.backup(&copy).unwrap();
                    backup = Some(hub.clone());
                }
                Deed::SetBackHub => {
                    if let Some(old) = &backup {
                        hub = old.clone();
                    }
                }
                Deed::SetBackAgent => {
                    if backup.is_some() {
                        drop(writer);
                        for end in ["-wal", "-shm"] {
                            let mut beside = path.clone().into_os_string();
                            beside.push(end);
                            let _ = std::fs::remove_file(beside);
                        }
                        std::fs::copy(&copy, &path).unwrap();
                        writer = open(&path);
                        again.extend(ticks(&writer.attempts(ALWAYS).unwrap()));
                    }
                }
                Deed::Restart => {
                    drop(writer);
                    writer = open(&path);
                }
            }
        }
        writer.compare(&hub.standing()).unwrap();
        hub.drain(&mut writer);
        prop_assert_eq!(writer.compare(&hub.standing()).unwrap(), Course::Straight);
        // What the agent has, the hub has, and once. (The hub may have more: what the agent lost when it was set back.)
        let (own, held) = (ticks(&writer.attempts(ALWAYS).unwrap()), ticks(&hub.attempts()));
        let once = |two: &[i64]| two[0] < two[1] || two[0] == two[1] && again.contains(&two[0]);
        prop_assert!(held.windows(2).all(once), "twice: {:?}", held);
        prop_assert!(own.iter().all(|tick| held.contains(tick)), "lost");
        writer.fold().unwrap();
        drop(writer);
        audit(&path);
    }
}
