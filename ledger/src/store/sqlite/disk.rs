//! What a record stands on.

use std::path::Path;

use rustix::fs::statfs;

/// File systems of other machines, by the number that the kernel gives (`statfs(2)`). Locks and syncs mean less there than SQLite
/// needs, and two machines may write the same file.
const NETWORKS: [(u64, &str); 8] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x00c3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
];

/// The kind of network file system that `directory` is on; `None` if it is on none that we know.
pub(super) fn network(directory: &Path) -> Option<&'static str> {
    // Whoever cannot say where it is finds out when it is written to.
    let found = statfs(directory).ok()?;
    name(u64::try_from(found.f_type).ok()?)
}

fn name(kind: u64) -> Option<&'static str> {
    let found = NETWORKS.iter().find(|(known, _)| *known == kind);
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_disks_are_known_by_their_numbers() {
        assert_eq!(name(0x6969), Some("NFS"));
        assert_eq!(name(0xff53_4d42), Some("CIFS"));
        // ext4, btrfs, xfs, tmpfs, overlay.
        for local in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630] {
            assert_eq!(name(local), None, "{local:#x}");
        }
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(network(directory.path()), None);
        assert_eq!(network(Path::new("/nowhere/at/all")), None);
    }
}
