mod spoiled;

use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

/// The tree as RFC 6962 §2.1 defines it, recursively over the leaves.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            node(&naive(left), &naive(right))
        }
    }
}

fn naive_split(size: usize) -> usize {
    let mut split = 1;
    while split * 2 < size {
        split *= 2;
    }
    split
}

/// PATH of RFC 6962 §2.1.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let split = naive_split(leaves.len());
    let (left, right) = leaves.split_at(split);
    let (mut path, other) = if index < split {
        (naive_path(index, left), naive(right))
    } else {
        (naive_path(index - split, right), naive(left))
    };
    path.push(other);
    path
}

/// SUBPROOF of RFC 6962 §2.1.2, with what its third argument makes of an old tree that is all of `leaves`: nothing
/// (`true`), or its hash.
fn naive_subproof(old: usize, leaves: &[Hash], whole: fn(&[Hash]) -> Vec<Hash>) -> Vec<Hash> {
    if old == leaves.len() {
        return whole(leaves);
    }
    let split = naive_split(leaves.len());
    let (left, right) = leaves.split_at(split);
    let (mut proof, other) = if old <= split {
        (naive_subproof(old, left, whole), naive(right))
    } else {
        (
            naive_subproof(old - split, right, |leaves| vec![naive(leaves)]),
            naive(left),
        )
    };
    proof.push(other);
    proof
}

/// Leaves, of which only full subtrees are given out.
struct Leaves(Vec<Hash>);

impl Nodes for Leaves {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        let start = usize::try_from(index << level).unwrap();
        let end = start + (1 << level);
        assert!(
            end <= self.0.len(),
            "{level}/{index} is no full subtree of {}",
            self.0.len()
        );
        Ok(naive(&self.0[start..end]))
    }
}

fn leaves(count: u64) -> Leaves {
    Leaves((0..count).map(|one| leaf(&one.to_be_bytes())).collect())
}

fn sure<T>(result: Result<T, Infallible>) -> T {
    let Ok(value) = result;
    value
}

/// The eight leaves that the Certificate Transparency implementations share.
fn known() -> Leaves {
    let entries: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    Leaves(entries.into_iter().map(leaf).collect())
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    let parse = |text: &&str| Hash::parse(text).expect("a hash");
    texts.iter().map(parse).collect()
}

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    assert_eq!(
        empty().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (size, expected) in (1..).zip(ROOTS) {
        assert_eq!(sure(root(&known(), size)).to_string(), expected);
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let inclusions: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (index, size, expected) in inclusions {
        let proof = sure(inclusion(&known(), index, size)).expect("inside");
        assert_eq!(proof, hashes(expected), "{index} of {size}");
    }
}

#[test]
fn proofs_of_growth_are_those_of_certificate_transparency() {
    let consistencies: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, expected) in consistencies {
        let proof = sure(consistency(&known(), old, new)).expect("it grew");
        assert_eq!(proof, hashes(expected), "{old} to {new}");
    }
}

#[test]
fn every_leaf_of_every_small_tree_is_proven_and_no_other() {
    for size in 1..=70 {
        let tree = leaves(size);
        let root = sure(root(&tree, size));
        assert_eq!(root, naive(&tree.0));
        for index in 0..size {
            let at = usize::try_from(index).unwrap();
            let proof = sure(inclusion(&tree, index, size)).expect("inside");
            assert_eq!(proof, naive_path(at, &tree.0));
            let this = tree.0[at];
            assert_eq!(
                verify_inclusion(&this, (index, size), &proof, &root),
                Ok(())
            );
            for other in 0..size + 2 {
                let elsewhere = verify_inclusion(&this, (other, size), &proof, &root);
                assert_eq!(elsewhere.is_ok(), other == index, "{index} as {other}");
            }
        }
        assert_eq!(sure(inclusion(&tree, size, size)), None);
    }
}

#[test]
fn every_growth_of_every_small_tree_is_proven_and_no_other() {
    let tree = leaves(70);
    let roots: Vec<Hash> = (0..=70).map(|size| naive(&tree.0[..size])).collect();
    let at = |size: u64| (size, &roots[usize::try_from(size).unwrap()]);
    for new in 0..=70 {
        for old in 0..=new {
            let proof = sure(consistency(&tree, old, new)).expect("it grew");
            if old > 0 && old < new {
                let (old, new) = (usize::try_from(old).unwrap(), usize::try_from(new).unwrap());
                assert_eq!(proof, naive_subproof(old, &tree.0[..new], |_| Vec::new()));
            }
            assert_eq!(verify_consistency(at(old), at(new), &proof), Ok(()));
            if old > 0 {
                let forged = leaf(b"forged");
                assert!(verify_consistency((old, &forged), at(new), &proof).is_err());
                assert!(verify_consistency(at(old), (new, &forged), &proof).is_err());
            }
        }
        assert_eq!(sure(consistency(&tree, new + 1, new)), None);
        assert!(verify_consistency((new + 1, &roots[0]), at(new), &[]).is_err());
    }
}

#[test]
fn proofs_of_impossible_length_or_size_are_refused_at_once() {
    let one = leaf(b"one");
    let long = vec![one; MAX_PROOF + 1];
    let length = ProofError::Length { found: long.len() };
    assert_eq!(
        verify_inclusion(&one, (0, MAX_LEAVES), &long, &one),
        Err(length)
    );
    assert_eq!(
        verify_consistency((1, &one), (MAX_LEAVES, &one), &long),
        Err(length)
    );
    let outside = verify_inclusion(&one, (0, u64::MAX), &[], &one);
    insta::assert_snapshot!(outside.unwrap_err(), @"the proof is of leaf 0 in a tree of 18446744073709551615");
    let huge = Partial {
        size: u64::MAX,
        rest: vec![one],
    };
    assert!(huge.root(&BTreeMap::new()).is_err());
    // A node must not pass for a leaf: their first bytes differ.
    let inner = node(&one, &one);
    let content = [one.0, one.0].concat();
    assert_ne!(inner, leaf(&content));
}
