//! A small file system of one's own, where the system lets us have one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted tmpfs; dropping it takes it away.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one at `at` with `options`; says why where that cannot be had.
    pub(crate) fn mount(at: &Path, options: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at);
        let reason = match mount.output() {
            Ok(done) if done.status.success() => return Some(Self(at.to_owned())),
            Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        eprintln!(
            "SKIPPED, not tried: this needs a tmpfs of its own, and mounting one failed: {reason}"
        );
        None
    }

    /// Refuses all writes from now on.
    pub(crate) fn make_read_only(&self) {
        let mut mount = Command::new("mount");
        let done = mount.args(["-o", "remount,ro"]).arg(&self.0).status();
        assert!(done.unwrap().success(), "remounting {}", self.0.display());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a program that is being killed may still have files open there.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
