use proptest::prelude::*;

use super::*;

/// The example of C2SP tlog-cosignature; its keys are not published.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn hub() -> HubId {
    HubId::new("hub.example.org/groupdesk").expect("a name")
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).expect("a key")
}

fn agent(name: &str) -> Name {
    Name::new(name).expect("a name")
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint {
        origin: hub(),
        size,
        root: Hash::of(&size.to_be_bytes()),
    }
}

/// The key and the note of `golang.org/x/mod/sumdb/note`, where the format comes from.
#[test]
fn notes_are_signed_as_others_sign_them() {
    let packed = BASE64.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
    let packed = packed.expect("base64");
    let (kind, seed) = packed.split_first().expect("a kind");
    assert_eq!(*kind, Algorithm::Ed25519 as u8);
    let key = SecretKey::from_seed(&seed.try_into().expect("32 bytes")).expect("a key");
    let name = "PeterNeumann";
    assert_eq!(
        Algorithm::Ed25519.verifier_key(name, &key.public()),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    );
    let text = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n";
    let mut note = Note::new(text.to_owned());
    note.add(Line {
        name: name.to_owned(),
        id: Algorithm::Ed25519.id(name, &key.public()),
        signature: key.sign(text.as_bytes()).0.to_vec(),
    });
    let expected = format!(
        "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    assert_eq!(note.to_string(), expected);
    assert_eq!(Note::parse(&expected), Ok(note));
}

#[test]
fn the_example_of_the_specification_is_read() {
    let signed = Signed::parse(EXAMPLE).expect("a checkpoint");
    let found = signed.checkpoint();
    assert_eq!(found.origin.as_str(), "example.com/behind-the-sofa");
    assert_eq!(found.size, 20_852_163);
    assert_eq!(&BASE64.encode(found.root.0)[..8], "CsUYapGG");
    assert_eq!(signed.to_string(), EXAMPLE);
    let cosigned = signed
        .note
        .lines_of("witness.example.com/w1", [0x8d, 0x66, 0xcf, 0x3f]);
    let line = cosigned.last().expect("the witness");
    let cosignature = Cosignature::from_bytes(&line.signature).expect("72 bytes");
    assert_eq!(cosignature.at, 1_679_315_147, "as in the specification");
    assert_eq!(
        String::from_utf8(signed.cosigned_text(cosignature.at)).expect("text"),
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
         CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    );
    // Lines for others may follow; the signatures cover them.
    let extended = EXAMPLE.replace("xq2I=\n", "xq2I=\nmore\n");
    assert!(Signed::parse(&extended).is_ok());
}

#[test]
fn a_checkpoint_as_people_see_it() {
    let mut signed = checkpoint(7).sign(&key(1));
    let cosignature = signed.cosign(&key(2), Timestamp(1_700_000_000_500));
    signed
        .add(&agent("east"), &key(2).public(), &cosignature)
        .expect("it holds");
    insta::assert_snapshot!(signed, @"
    hub.example.org/groupdesk
    7
    o+uNuJ/FEjzP1JWFBZ8pK8QKHA1VC4YPJPhO+0dg+/I=

    — hub.example.org/groupdesk 4Dl08rgDTO8pU40UlMCX7xISsO8xk0XMj0+89LJvaVEYQgGYw4J8OTylGD+5g3Go+KFkTnRaPi5LuCSu9jni16cqYgk=
    — hub.example.org/groupdesk/east 923OSgAAAABlU/EAiYYTxGHJ6b9zRXgfn9ZfVVvarsYdQbsI8y7fTW3qXagtub0ueA7wuvuCVLT7PGYXF0KqMivHxCqyBkof9s1bCQ==
    ");
    insta::assert_snapshot!(verifier_key(&hub(), &key(1).public()), @"hub.example.org/groupdesk+e03974f2+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c");
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let good = checkpoint(7).sign(&key(1)).to_string();
    let broken = [
        good.replace("\n7\n", "\n07\n"),
        good.replace("\n7\n", "\n+7\n"),
        good.replace("\n7\n", "\n18446744073709551615\n"),
        good.replace("=\n\n", "\n\n"),
        good.replace("\n\n", "\n"),
        good.replace("\n\n", "\n\r\n"),
        good.replace("— ", "- "),
        good.replacen("groupdesk", "group desk", 1),
        good.replacen("hub.example.org/groupdesk\n", "", 1),
        good.trim_end().to_owned(),
        format!("{good}— hub\n"),
        format!("{good}—  AAAAAAA=\n"),
        format!("{good}— hub AAAA\n"),
        String::new(),
        "\n\n".to_owned(),
        format!("{}{}", good, "— x AAAAAAA=\n".repeat(MAX_SIGNATURES)),
        format!("{}\n{good}", "x".repeat(MAX_NOTE)),
    ];
    for text in broken {
        assert!(Signed::parse(&text).is_err(), "{text:?}");
    }
    let unsigned = &good[..good.find("— ").expect("a signature")];
    insta::assert_snapshot!(Signed::parse(unsigned).unwrap_err(), @"this is no checkpoint: it does not end with a whole signature");
}

#[test]
fn only_the_right_hub_and_the_right_key_are_believed() {
    let text = checkpoint(7).sign(&key(1)).to_string();
    let open = |hub: &HubId, seed| Signed::open(&text, hub, &key(seed).public());
    assert!(open(&hub(), 1).is_ok());
    let other = HubId::new("other").expect("a name");
    insta::assert_snapshot!(open(&other, 1).unwrap_err(), @"the checkpoint is of hub.example.org/groupdesk, not of other");
    insta::assert_snapshot!(open(&hub(), 2).unwrap_err(), @"the checkpoint is not signed by the key of hub.example.org/groupdesk");
    // The name and the id of a known key are not enough.
    let forged = Line {
        name: hub().to_string(),
        id: Algorithm::Ed25519.id(hub().as_str(), &key(1).public()),
        signature: vec![0; 64],
    };
    let mut signed = checkpoint(7).sign(&key(1));
    signed.note.add(forged);
    insta::assert_snapshot!(signed.verify(&key(1).public()).unwrap_err(), @"a signature in the name of hub.example.org/groupdesk does not hold");
}

#[test]
fn a_cosignature_is_of_one_agent_and_one_checkpoint() {
    let (east, west) = (agent("east"), agent("west"));
    let mut signed = checkpoint(7).sign(&key(1));
    let cosignature = signed.cosign(&key(2), Timestamp(5_000));
    assert!(
        !checkpoint(8)
            .sign(&key(1))
            .is_cosigned(&key(2).public(), &cosignature)
    );
    let (own, strange) = (key(2).public(), key(3).public());
    assert!(signed.add(&east, &strange, &cosignature).is_err());
    signed.add(&east, &own, &cosignature).expect("it holds");
    let later = signed.cosign(&key(2), Timestamp(9_000));
    signed.add(&east, &own, &later).expect("it holds");
    let found = signed.cosigned([(&east, &own), (&west, &strange)]);
    let expected = Cosigned {
        agent: east.clone(),
        at: Timestamp(9_000),
    };
    assert_eq!(found, Ok(vec![expected]), "the newest of each key");
    // An agent's signature says nothing of another agent with the same key.
    assert_eq!(signed.cosigned([(&west, &own)]), Ok(Vec::new()));
    let text = signed.to_string();
    assert_eq!(Signed::open(&text, &hub(), &key(1).public()), Ok(signed));
}

proptest! {
    #[test]
    fn checkpoints_come_back_and_none_of_their_bits_can_change(size in 0..=MAX_LEAVES, root: [u8; 32], at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (east, hub_key, agent_key) = (agent("east"), key(1).public(), key(2).public());
        let checkpoint = Checkpoint { origin: hub(), size, root: Hash(root) };
        let mut signed = checkpoint.sign(&key(1));
        let cosignature = signed.cosign(&key(2), Timestamp(5_000));
        signed.add(&east, &agent_key, &cosignature).expect("it holds");
        let text = signed.to_string();
        prop_assert_eq!(Signed::open(&text, &hub(), &hub_key), Ok(signed.clone()));

        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let believed = String::from_utf8(bytes).ok().and_then(|text| Signed::open(&text, &hub(), &hub_key).ok());
        if let Some(believed) = believed {
            // Only the line of the agent can have changed; it then is another's, or forged.
            prop_assert_eq!(believed.checkpoint(), signed.checkpoint());
            let cosigned = believed.cosigned([(&east, &agent_key)]);
            prop_assert!(cosigned.is_err() || cosigned == Ok(Vec::new()));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "([ -~—\n]{0,6}\n){0,8}") {
        let _ = Signed::parse(&text);
    }
}
