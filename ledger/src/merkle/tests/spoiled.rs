//! Proofs that were spoiled, and logs that were rewritten.

use super::*;

/// One way to spoil a proof.
#[derive(Clone, Debug)]
enum Edit {
    Flip(prop::sample::Index, usize, u8),
    Drop(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index),
    Add([u8; 32]),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 0..32_usize, 0..8_u8).prop_map(|(at, byte, bit)| Edit::Flip(at, byte, bit)),
        at().prop_map(Edit::Drop),
        at().prop_map(Edit::Double),
        at().prop_map(Edit::Swap),
        any::<[u8; 32]>().prop_map(Edit::Add),
    ]
}

fn spoil(proof: &mut Vec<Hash>, edit: &Edit) {
    let length = proof.len();
    match edit {
        Edit::Add(bytes) => proof.push(Hash(*bytes)),
        _ if length == 0 => {}
        Edit::Flip(at, byte, bit) => proof[at.index(length)].0[*byte] ^= 1 << bit,
        Edit::Drop(at) => drop(proof.remove(at.index(length))),
        Edit::Double(at) => proof.insert(at.index(length), proof[at.index(length)]),
        Edit::Swap(at) => {
            let at = at.index(length);
            proof.swap(at, (at + 1) % length);
        }
    }
}

proptest! {
    #[test]
    fn spoiled_proofs_prove_nothing(size in 1..300_u64, index in any::<prop::sample::Index>(), edit in edit()) {
        let tree = leaves(size);
        let count = usize::try_from(size).unwrap();
        let (place, top) = (index.index(count), sure(root(&tree, size)));
        let number = u64::try_from(place).unwrap();
        let proof = sure(inclusion(&tree, number, size)).expect("inside");
        let mut spoiled = proof.clone();
        spoil(&mut spoiled, &edit);
        let verified = verify_inclusion(&tree.0[place], (number, size), &spoiled, &top);
        prop_assert_eq!(verified.is_ok(), spoiled == proof);

        let old = number + 1;
        let before = naive(&tree.0[..=place]);
        let proof = sure(consistency(&tree, old, size)).expect("it grew");
        let mut spoiled = proof.clone();
        spoil(&mut spoiled, &edit);
        let verified = verify_consistency((old, &before), (size, &top), &spoiled);
        prop_assert_eq!(verified.is_ok(), spoiled == proof);
    }

    #[test]
    fn a_log_that_was_rewritten_is_noticed(size in 2..200_u64, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let honest = leaves(size);
        let count = usize::try_from(size).unwrap();
        let kept = old.index(count - 1) + 1;
        let mut forged = leaves(size);
        forged.0[at.index(kept)] = leaf(b"forged");
        let old = u64::try_from(kept).unwrap();
        let proof = sure(consistency(&forged, old, size)).expect("it grew");
        let (before, after) = (naive(&honest.0[..kept]), naive(&forged.0));
        prop_assert!(verify_consistency((old, &before), (size, &after), &proof).is_err());
    }

    #[test]
    fn an_edge_grows_as_its_tree(size in 0..300_u64, cut in 0..300_u64) {
        let tree = leaves(size);
        let mut full = BTreeMap::new();
        let mut edge = Frontier::default();
        for (count, leaf) in (0..).zip(&tree.0) {
            if count == cut {
                edge = Frontier::new(edge.size(), edge.edge().to_vec()).expect("as many as it has bits");
            }
            edge.push(*leaf, |level, index, hash| {
                full.insert((level, index), hash);
            });
        }
        prop_assert_eq!(edge.size(), size);
        prop_assert_eq!(edge.root(), naive(&tree.0));
        for ((level, index), hash) in full {
            prop_assert_eq!(hash, sure(tree.node(level, index)));
        }
        prop_assert_eq!(Frontier::new(size + 1, edge.edge().to_vec()).is_some(), (size + 1).count_ones() == size.count_ones());
    }

    #[test]
    fn one_proof_for_many_leaves_says_what_many_proofs_say(size in 0..300_u64, chosen in prop::collection::btree_set(0..300_u64, 0..40), edit in edit()) {
        let tree = leaves(size);
        let chosen: BTreeMap<u64, Hash> = chosen
            .into_iter()
            .filter(|index| *index < size)
            .map(|index| (index, tree.0[usize::try_from(index).unwrap()]))
            .collect();
        let whole = sure(partial(&tree, size, chosen.keys().copied()));
        prop_assert_eq!(whole.root(&chosen), Ok(naive(&tree.0)));
        let single: usize = chosen.keys().map(|index| sure(inclusion(&tree, *index, size)).map_or(0, |proof| proof.len())).sum();
        prop_assert!(whole.rest.len() <= single.max(1));

        let mut spoiled = whole.clone();
        spoil(&mut spoiled.rest, &edit);
        if spoiled != whole {
            prop_assert_ne!(spoiled.root(&chosen), Ok(naive(&tree.0)));
        }
        if let Some(first) = chosen.keys().next() {
            let mut forged = chosen.clone();
            forged.insert(*first, leaf(b"forged"));
            prop_assert_ne!(whole.root(&forged), Ok(naive(&tree.0)));
            let mut fewer = chosen.clone();
            fewer.remove(first);
            prop_assert_ne!(whole.root(&fewer), Ok(naive(&tree.0)));
        }
    }
}
