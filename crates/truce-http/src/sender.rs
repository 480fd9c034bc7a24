//! Senders: who counts as one, by whom limits for each are kept.

use axum::http::{Extensions, HeaderMap};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// One sender: an IPv4 address, or the /64 of an IPv6 address, which is what one subscriber has.
///
/// Stands among the extensions of every request that a [`Server`](crate::Server) serves.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sender(IpAddr);

impl Sender {
    /// The sender of a request, by its extensions. Requests that came over no connection of ours all have one sender,
    /// the unspecified address.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// True of the machine itself.
    #[must_use]
    pub const fn is_loopback(self) -> bool {
        match self.0 {
            IpAddr::V4(address) => address.is_loopback(),
            // The /64 of `::1`, which has no other address in use.
            IpAddr::V6(address) => address.is_unspecified(),
        }
    }

    /// The sender that the last proxy on the way names, which is the one in front of this server: the last item of the
    /// last `X-Forwarded-For`; without such a header, that of the last `Forwarded` (RFC 7239). `None` where that item
    /// holds no address. Whatever stands before it was written by others, and counts for nothing.
    pub(crate) fn forwarded(headers: &HeaderMap) -> Option<Self> {
        let last = |name| headers.get_all(name).iter().next_back();
        if let Some(line) = last("x-forwarded-for") {
            return node(line.to_str().ok()?.rsplit(',').next()?).map(Self::from);
        }
        let element = last("forwarded")?.to_str().ok()?.rsplit(',').next()?;
        let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let (_, name) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
        node(name).map(Self::from)
    }
}

impl From<IpAddr> for Sender {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// The address in a node identifier (RFC 7239, section 6): plain, in brackets, with a port or without, in quotes or
/// without. `None` of `unknown`, of an obfuscated identifier (`_hidden`), and of anything else.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    // The port may be obfuscated as well, which no parser of socket addresses takes.
    if let Some(inner) = text.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        return port_or_none(port).then(|| address.parse().ok().map(IpAddr::V6))?;
    }
    let (address, port) = text.split_once(':')?;
    is_port(port).then(|| address.parse().ok().map(IpAddr::V4))?
}

fn port_or_none(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(is_port)
}

/// A port (1 to 5 digits), or an obfuscated one: an underscore and `ALPHA / DIGIT / "." / "_" / "-"`.
fn is_port(text: &str) -> bool {
    let obfuscated = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(obfuscated),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(text: &str) -> Sender {
        Sender::from(text.parse::<IpAddr>().unwrap())
    }

    fn forwarded(headers: &[(&'static str, &str)]) -> Option<Sender> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Sender::forwarded(&map)
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_sender() {
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert!(
            of("::1").is_loopback() && of("127.0.0.9").is_loopback() && of("::ffff:127.0.0.1").is_loopback()
        );
        assert!(!of("2001:db8::1").is_loopback() && !of("192.0.2.1").is_loopback());
    }

    #[test]
    fn an_address_is_found_in_every_form_that_proxies_write() {
        for item in ["192.0.2.1", "192.0.2.1:5678", " 192.0.2.1 ", "[::ffff:192.0.2.1]:80", "192.0.2.1:_a"] {
            assert_eq!(forwarded(&[("x-forwarded-for", item)]), Some(of("192.0.2.1")), "{item}");
        }
        for item in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443", "[2001:db8::9:1]:1"] {
            assert_eq!(forwarded(&[("x-forwarded-for", item)]), Some(of("2001:db8::1")), "{item}");
        }
        for element in [
            "for=192.0.2.1",
            "for=\"192.0.2.1:4711\"",
            "proto=https;For=\"192.0.2.1\"; by=_us",
            "for=_hidden, for = \"[::ffff:192.0.2.1]:_port\" ",
        ] {
            assert_eq!(forwarded(&[("forwarded", element)]), Some(of("192.0.2.1")), "{element}");
        }
        assert_eq!(forwarded(&[("forwarded", "for=\"[2001:db8::1]:4711\"")]), Some(of("2001:db8::1")));
    }

    #[test]
    fn an_item_without_an_address_names_nobody() {
        for item in [
            "",
            "unknown",
            "_hidden",
            "[2001:db8::1",
            "2001:db8::1]",
            "[192.0.2.1]",
            "192.0.2.1:",
            "a:1",
            "[]",
        ] {
            assert_eq!(forwarded(&[("x-forwarded-for", item)]), None, "{item}");
            assert_eq!(forwarded(&[("forwarded", &format!("for={item}"))]), None, "{item}");
        }
        assert_eq!(forwarded(&[]), None);
        assert_eq!(forwarded(&[("forwarded", "by=192.0.2.1")]), None);
    }

    #[test]
    fn only_the_last_item_of_the_last_line_counts() {
        let last = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2, 192.0.2.3")];
        assert_eq!(forwarded(&last), Some(of("192.0.2.3")));
        assert_eq!(forwarded(&[("forwarded", "for=192.0.2.1, for=192.0.2.2")]), Some(of("192.0.2.2")));
        // A sender cannot slip an address in by the header that the proxy does not write.
        let both = [("forwarded", "for=192.0.2.9"), ("x-forwarded-for", "unknown")];
        assert_eq!(forwarded(&both), None);
    }
}
