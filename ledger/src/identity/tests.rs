//! Keys come back from their files, signatures hold for one text alone.

use proptest::prelude::*;

use super::*;

fn hub() -> HubId {
    HubId::new("hub.example.org/groupdesk").expect("a name")
}

/// RFC 8032, section 7.1, test 2.
#[test]
fn a_signature_is_the_one_of_the_standard() {
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SecretKey::from_seed(&seed.try_into().expect("32 bytes")).expect("a key");
    assert_eq!(
        key.public().0.to_vec(),
        hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    );
    assert_eq!(
        key.sign(&[0x72]).0.to_vec(),
        hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
    );
}

#[test]
fn a_key_comes_back_from_its_file() {
    let key = SecretKey::generate().expect("randomness");
    let text = key.to_pem().expect("a text");
    let again = SecretKey::from_pem(&text).expect("the same key");
    assert_eq!(again.public(), key.public());
    assert!(again.public().verifies(b"text", &key.sign(b"text")));
    assert_eq!(
        PublicKey::parse(&key.public().to_string()),
        Ok(key.public())
    );
    assert_eq!(
        KeyId::parse(&key.public().id().to_string()),
        Some(key.public().id())
    );
    assert!(!format!("{key:?}").contains(text.lines().nth(1).expect("a line")));
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "AAAA",
    ] {
        assert_eq!(SecretKey::from_pem(text).map(drop), Err(KeyError::NoSecret));
    }
}

#[test]
fn a_hub_has_a_name_that_cannot_break_a_note() {
    for text in ["", "two words", "a+b", "line\nbreak", "é", &"x".repeat(101)] {
        assert!(HubId::new(text).is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn parts_of_a_statement_do_not_run_into_each_other(a: Vec<u8>, b: Vec<u8>, cut in any::<prop::sample::Index>()) {
        let whole: Vec<u8> = [a.clone(), b.clone()].concat();
        let (c, d) = whole.split_at(cut.index(whole.len() + 1));
        let one = Statement::new("record", &hub()).with(&a).with(&b);
        let other = Statement::new("record", &hub()).with(c).with(d);
        prop_assert_eq!(one.bytes() == other.bytes(), a.len() == c.len());
    }

    #[test]
    fn a_changed_bit_breaks_a_signature(text: Vec<u8>, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let key = SecretKey::from_seed(&[7; 32]).expect("a key");
        let mut signature = key.sign(&text);
        prop_assert!(key.public().verifies(&text, &signature));
        signature.0[at.index(64)] ^= 1 << bit;
        prop_assert!(!key.public().verifies(&text, &signature));
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16);
    digits
        .chunks(2)
        .map(|pair| byte(pair).expect("a byte"))
        .collect()
}
