//! Entries of groups and whitelists: an address, a network, or a range.

use std::net::IpAddr;

/// What an entry stands for. Two texts of one address are equal: `0.0.0.0` is `0.0.0.0/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A network, or with all bits an address.
    Network(IpAddr, u8),
    /// From the first to the last.
    Range(IpAddr, IpAddr),
}

/// An entry of a group: all three forms, IPv4 and IPv6.
pub fn entry(text: &str) -> Option<Entry> {
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
            (first.is_ipv4() == last.is_ipv4() && first < last).then_some(Entry::Range(first, last))
        }
        None => network(text),
    }
}

/// An entry of the older whitelist: no ranges.
pub fn network(text: &str) -> Option<Entry> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => all,
        Some(bits) if bits.bytes().all(|digit| digit.is_ascii_digit()) => bits.parse().ok().filter(|it| *it <= all)?,
        Some(_) => return None,
    };
    host_bits_are_zero(address, bits).then_some(Entry::Network(address, bits))
}

/// Whether the address is the first of its network. The vendor's texts say nothing of others: they are refused.
fn host_bits_are_zero(address: IpAddr, bits: u8) -> bool {
    let (number, all) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let host = 1_u128.checked_shl(u32::from(all - bits)).map_or(u128::MAX, |above| above - 1);
    number & host == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        for good in [
            "203.0.113.10",
            "198.51.100.0/24",
            "10.12.3.1-10.12.3.10",
            "2001:db8::1",
            "2001:db8::/32",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert!(entry(good).is_some(), "{good}");
        }
        for bad in [
            "",
            " 10.0.0.1",
            "10.0.0.1 ",
            "10.0.0.256",
            "10.0.0.1/24",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "10.0.0.9-10.0.0.1",
            "10.0.0.1-10.0.0.1",
            "10.0.0.1-::1",
            "10.0.0.1-10.0.0.2-10.0.0.3",
            "2001:db8::1/32",
            "host.example",
            "010.0.0.1",
        ] {
            assert!(entry(bad).is_none(), "{bad}");
        }
        assert!(network("10.0.0.1-10.0.0.2").is_none());
    }

    #[test]
    fn two_texts_of_one_address_are_equal() {
        assert_eq!(entry("0.0.0.0"), entry("0.0.0.0/32"));
        assert_eq!(entry("2001:db8::1"), entry("2001:DB8:0::1/128"));
        assert_ne!(entry("10.0.0.0"), entry("10.0.0.0/24"));
    }
}
