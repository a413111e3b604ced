//! Files in one file, as every `tar` unpacks them: the plain POSIX format, nothing in it left to chance.
//!
//! The same files give the same bytes, and only those bytes are read back: there is no room in which something could hide.

use std::collections::BTreeMap;

use super::BundleError;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The longest name of a file.
const MAX_NAME: usize = 99;
/// The most files.
const MAX_FILES: usize = 10_000;
const BLOCK: usize = 512;

/// One file that holds all of `files`.
///
/// # Errors
/// [`BundleError::Unfit`] if a name is too long for the format, or a file too large.
pub fn pack(files: &Files) -> Result<Vec<u8>, BundleError> {
    let mut packed = Vec::new();
    for (name, content) in files {
        packed.extend_from_slice(&header(name, content.len())?);
        packed.extend_from_slice(content);
        pad(&mut packed);
    }
    packed.extend_from_slice(&[0; 2 * BLOCK]);
    Ok(packed)
}

/// The files in what [`pack`] has made.
///
/// # Errors
/// [`BundleError::NoTar`] if it is anything else.
pub fn unpack(packed: &[u8]) -> Result<Files, BundleError> {
    let odd = |what| BundleError::NoTar(what);
    let mut files = Files::new();
    let mut rest = packed;
    let end = [0; 2 * BLOCK];
    while rest != end {
        let (head, after) = rest
            .split_first_chunk::<BLOCK>()
            .ok_or(odd("it ends too early"))?;
        let name = head.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| odd("the name of a file is no text"))?;
        let size = std::str::from_utf8(&head[124..135]).ok();
        let size = size.and_then(|digits| usize::from_str_radix(digits, 8).ok());
        let size = size.ok_or(odd("the size of a file is no number"))?;
        if header(name, size).ok().as_ref() != Some(head) {
            return Err(odd(
                "a file stands in it otherwise than this program writes it",
            ));
        }
        let (content, after) = after
            .split_at_checked(size)
            .ok_or(odd("it ends within a file"))?;
        let padding = size.next_multiple_of(BLOCK) - size;
        let (padding, after) = after
            .split_at_checked(padding)
            .ok_or(odd("it ends within a file"))?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(odd("something stands between its files"));
        }
        let in_order = files
            .last_key_value()
            .is_none_or(|(last, _): (&String, _)| last.as_str() < name);
        if !in_order || files.len() >= MAX_FILES {
            return Err(odd("its files are not in order, or too many"));
        }
        files.insert(name.to_owned(), content.to_vec());
        rest = after;
    }
    Ok(files)
}

/// Name, mode, owner, size, instant, checksum, kind and magic of a file; all but name, size and checksum are always the same.
fn header(name: &str, size: usize) -> Result<[u8; BLOCK], BundleError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let fits = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain);
    let size = format!("{size:011o}\0");
    if !fits || name.starts_with('.') || size.len() != 12 {
        return Err(BundleError::Unfit(name.to_owned()));
    }
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, size.as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

fn pad(packed: &mut Vec<u8>) {
    packed.resize(packed.len().next_multiple_of(BLOCK), 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn files_come_back_and_no_byte_can_change(
            files in prop::collection::btree_map("[a-z][a-zA-Z0-9._-]{0,20}", prop::collection::vec(any::<u8>(), 0..1_200), 0..4),
            at in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let packed = pack(&files).expect("it fits");
            prop_assert_eq!(unpack(&packed), Ok(files.clone()));
            let mut edited = packed.clone();
            edited[at.index(packed.len())] ^= 1 << bit;
            prop_assert_ne!(unpack(&edited), Ok(files));
            prop_assert!(unpack(&packed[..at.index(packed.len())]).is_err());
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            ".",
            "../x",
            "/x",
            "a/b",
            ".hidden",
            "with space",
            &"x".repeat(100),
        ] {
            let files = Files::from([(name.to_owned(), Vec::new())]);
            assert!(pack(&files).is_err(), "{name:?}");
        }
    }

    /// What tar itself says of it; the program is part of every system that this one runs on.
    #[test]
    fn tar_reads_it() {
        let files = Files::from([
            ("a.txt".to_owned(), b"first\n".to_vec()),
            ("b.bin".to_owned(), vec![7; 600]),
        ]);
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.tar");
        std::fs::write(&path, pack(&files).expect("it fits")).expect("it is written");
        let mut tar = std::process::Command::new("tar");
        let tar = tar.arg("-xf").arg(&path).arg("-C").arg(directory.path());
        assert!(tar.status().expect("tar runs").success());
        for (name, content) in files {
            let found = std::fs::read(directory.path().join(&name)).expect("it is there");
            assert_eq!(found, content, "{name}");
        }
    }
}
