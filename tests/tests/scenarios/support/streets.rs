//! Machines of their own, as far as the network is concerned: a network namespace for each, joined by a bridge in one more.
//!
//! Nothing of it touches the network of the machine that runs the tests: the bridge has no way out.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use super::program;

/// Houses that can reach each other; dropping them takes them away. Their programs must have ended.
pub(crate) struct Streets {
    prefix: String,
    houses: Vec<String>,
}

/// The network that exists inside only.
const NET: &str = "10.77.0";

impl Streets {
    /// Builds them; where that cannot be done it says why. On a CI machine that is a failure.
    pub(crate) fn build(houses: &[&str]) -> Option<Self> {
        static BUILT: AtomicU32 = AtomicU32::new(0);
        let number = BUILT.fetch_add(1, Ordering::Relaxed);
        // Short, because names of interfaces are.
        let streets = Self {
            prefix: format!("g{}x{number}", std::process::id()),
            houses: houses.iter().map(|&house| house.to_owned()).collect(),
        };
        match streets.lay() {
            Ok(()) => Some(streets),
            Err(reason) => {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "network namespaces are needed here: {reason}"
                );
                eprintln!(
                    "SKIPPED, not tried: this needs network namespaces of its own (as root, with ip of iproute2): {reason}"
                );
                None
            }
        }
    }

    /// The address of a house.
    pub(crate) fn address(&self, house: &str) -> String {
        let at = self.houses.iter().position(|known| known == house);
        format!("{NET}.{}", at.expect("a house") + 2)
    }

    /// A command for a binary of this workspace that runs in a house.
    pub(crate) fn command(&self, house: &str, binary: &str) -> Command {
        let mut command = self.inside(house);
        command.arg(program::binary(binary));
        command
            .env_remove("RUST_LOG")
            .stdin(std::process::Stdio::null());
        command
    }

    /// What `from` sends to `to` is lost from now on; what comes back still arrives.
    pub(crate) fn cut(&self, from: &str, to: &str) {
        let to = format!("{}/32", self.address(to));
        self.must(from, &["ip", "route", "add", "blackhole", &to]);
        self.must(from, &["ip", "route", "flush", "cache"]);
    }

    /// Undoes [`Self::cut`].
    pub(crate) fn mend(&self, from: &str, to: &str) {
        let to = format!("{}/32", self.address(to));
        self.must(from, &["ip", "route", "del", "blackhole", &to]);
    }

    /// Pulls the plug of a house.
    pub(crate) fn unplug(&self, house: &str) {
        self.must(house, &["ip", "link", "set", "eth0", "down"]);
    }

    /// Puts it back.
    pub(crate) fn plug(&self, house: &str) {
        self.must(house, &["ip", "link", "set", "eth0", "up"]);
    }

    /// Whether something sent from one house comes back from another.
    #[cfg(test)]
    pub(crate) fn reaches(&self, from: &str, to: &str) -> bool {
        let connect = format!("exec 3<>/dev/tcp/{}/9", self.address(to));
        // Nobody listens: a refusal has come back, silence has not.
        let said = self.run(from, &["timeout", "0.5", "bash", "-c", &connect]);
        String::from_utf8_lossy(&said.stderr).contains("refused")
    }

    fn lay(&self) -> Result<(), String> {
        let street = self.space("street");
        ip(&["netns", "add", &street])?;
        ip(&["-n", &street, "link", "add", "bridge", "type", "bridge"])?;
        ip(&["-n", &street, "link", "set", "bridge", "up"])?;
        for (house, number) in self.houses.iter().zip(2..) {
            let space = self.space(house);
            let port = format!("port{number}");
            ip(&["netns", "add", &space])?;
            ip(&[
                "-n", &street, "link", "add", &port, "type", "veth", "peer", "name", "eth0",
                "netns", &space,
            ])?;
            ip(&[
                "-n", &street, "link", "set", &port, "master", "bridge", "up",
            ])?;
            let address = format!("{NET}.{number}/24");
            ip(&["-n", &space, "addr", "add", &address, "dev", "eth0"])?;
            ip(&["-n", &space, "link", "set", "lo", "up"])?;
            ip(&["-n", &space, "link", "set", "eth0", "up"])?;
        }
        Ok(())
    }

    fn space(&self, house: &str) -> String {
        format!("{}-{house}", self.prefix)
    }

    fn inside(&self, house: &str) -> Command {
        let mut command = Command::new("ip");
        // It becomes the program: killing it kills that.
        command.args(["netns", "exec", &self.space(house)]);
        command
    }

    fn run(&self, house: &str, words: &[&str]) -> Output {
        self.inside(house).args(words).output().unwrap()
    }

    fn must(&self, house: &str, words: &[&str]) {
        let done = self.run(house, words);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{house}: {words:?}: {said}");
    }
}

impl Drop for Streets {
    fn drop(&mut self) {
        for house in self.houses.iter().map(String::as_str).chain(["street"]) {
            let space = self.space(house);
            if Path::new("/run/netns").join(&space).exists() {
                let _ = ip(&["netns", "del", &space]);
            }
        }
    }
}

fn ip(words: &[&str]) -> Result<(), String> {
    let done = Command::new("ip")
        .args(words)
        .output()
        .map_err(|error| format!("ip: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("ip {}: {}", words.join(" "), said.trim()))
}
