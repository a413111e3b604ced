//! Which addresses may be connected to: public ones, and private ones that the plan allows by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Refuses addresses that a hostile name or redirect could use to reach into the agent's own network.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<Range>,
}

/// An entry of `allow_private` that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network; write address/bits, such as 10.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork(String);

/// `bits` leading bits of `address`, IPv4 as its mapped IPv6 form.
#[derive(Clone, Copy, Debug)]
struct Range {
    address: u128,
    bits: u32,
}

/// IPv4 networks that are not the public internet (IANA special-purpose registry).
const DENIED_V4: [(Ipv4Addr, u32); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, cloud metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 3),     // multicast, reserved, broadcast
];

/// IPv6 networks that are not, or that wrap an IPv4 address.
const DENIED_V6: [(Ipv6Addr, u32); 10] = [
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, 0), 96), // unspecified, loopback, compatible
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96), // translated
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), // NAT64
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48), // NAT64, local use
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64), // discard
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // Teredo and other protocols
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7), // unique local
    (Ipv6Addr::new(0xfe00, 0, 0, 0, 0, 0, 0, 0), 7), // link-local, site-local, multicast
];

impl Guard {
    /// A guard that lets the public internet pass, and the networks in `allow_private`.
    ///
    /// # Errors
    /// [`InvalidNetwork`] if an entry is not `address/bits` or `address`.
    pub fn new(allow_private: &[String]) -> Result<Self, InvalidNetwork> {
        let allowed = allow_private
            .iter()
            .map(|text| Range::parse(text).ok_or_else(|| InvalidNetwork(text.clone())))
            .collect::<Result<_, _>>()?;
        Ok(Self { allowed })
    }

    /// Whether `address` may be connected to.
    pub fn permits(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical(); // a mapped address is judged as what it maps to
        self.allowed.iter().any(|range| range.contains(plain)) || !is_denied(plain)
    }
}

fn is_denied(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => DENIED_V4
            .iter()
            .any(|(network, bits)| Range::new(IpAddr::V4(*network), *bits).contains(address)),
        IpAddr::V6(_) => DENIED_V6
            .iter()
            .any(|(network, bits)| Range::new(IpAddr::V6(*network), *bits).contains(address)),
    }
}

impl Range {
    const fn new(address: IpAddr, bits: u32) -> Self {
        match address {
            IpAddr::V4(v4) => Self {
                address: v4.to_ipv6_mapped().to_bits(),
                bits: bits + 96,
            },
            IpAddr::V6(v6) => Self {
                address: v6.to_bits(),
                bits,
            },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        (bits <= longest).then(|| Self::new(address, bits))
    }

    fn contains(self, address: IpAddr) -> bool {
        let other = Self::new(address, 0).address;
        (self.address ^ other)
            .checked_shr(128 - self.bits)
            .unwrap_or(0)
            == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn permits(allow: &[&str], address: &str) -> bool {
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        let guard = Guard::new(&allow).expect("test networks are valid");
        guard.permits(address.parse().expect("test addresses are valid"))
    }

    #[test]
    fn only_the_public_internet_is_open() {
        for (address, open) in [
            ("8.8.8.8", true),
            ("2606:4700::1111", true),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.15.255.255", true),
            ("172.16.0.1", false),
            ("172.32.0.0", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", false),
            ("2002:7f00:1::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(permits(&[], address), open, "{address}");
        }
    }

    #[test]
    fn the_plan_opens_networks_by_name() {
        assert!(permits(&["127.0.0.0/8"], "127.0.0.1"));
        assert!(permits(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
        assert!(permits(&["10.1.0.0/16"], "10.1.255.255"));
        assert!(!permits(&["10.1.0.0/16"], "10.2.0.0"));
        assert!(permits(&["::1"], "::1") && !permits(&["::1"], "127.0.0.1"));
        for text in ["10.0.0.0/33", "::1/129", "localhost", "10/8", ""] {
            assert_eq!(
                Guard::new(&[text.to_owned()]).err(),
                Some(InvalidNetwork(text.to_owned()))
            );
        }
    }

    proptest! {
        #[test]
        fn wrapping_a_denied_address_never_opens_it(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let guard = Guard::default();
            prop_assert_eq!(guard.permits(IpAddr::V4(v4)), guard.permits(IpAddr::V6(v4.to_ipv6_mapped())));
            let inner = u128::from(bits);
            let nat64 = Ipv6Addr::from(0x64_ff9b_u128 << 96 | inner);
            let six_to_four = Ipv6Addr::from(0x2002_u128 << 112 | inner << 80);
            prop_assert!(!guard.permits(IpAddr::V6(nat64)) && !guard.permits(IpAddr::V6(six_to_four)));
            let internal = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast();
            prop_assert!(!internal || !guard.permits(IpAddr::V4(v4)));
        }
    }
}
