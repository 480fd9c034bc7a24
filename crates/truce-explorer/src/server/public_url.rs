//! The address at which readers reach the explorer, for links that leave it: in feeds, and in commands that pages show.
//!
//! It is the operator's word or the listening address. The `Host` header of a request is never used: whoever sends one
//! could put an address of his own into an answer that a cache keeps for others.

use axum::http::Uri;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// `http` or `https`, a host, perhaps a path; no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Reason why a text is not the address of an explorer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not an address such as https://truce.example.org: http or https, a host, no user, query or fragment"
)]
pub struct PublicUrlError {
    found: String,
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let wrong = || PublicUrlError { found: text.chars().take(200).collect() };
        if text.contains(['?', '#', '@', '"', '<', '>', '\\', '`', '{', '}', '|', '^']) {
            return Err(wrong());
        }
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let scheme =
            uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(wrong)?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or_else(wrong)?;
        Ok(Self(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/'))))
    }
}

/// The address of a listening socket. One that listens on every address is reached on the loopback address at least.
impl From<SocketAddr> for PublicUrl {
    fn from(mut address: SocketAddr) -> Self {
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Self(format!("http://{address}"))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_an_explorer_is_told_from_other_texts() {
        let read = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string()).ok();
        assert_eq!(read("https://truce.example.org/").as_deref(), Some("https://truce.example.org"));
        assert_eq!(read("http://[::1]:8417/log/").as_deref(), Some("http://[::1]:8417/log"));
        for text in [
            "",
            "/",
            "truce.example.org",
            "ftp://a/",
            "https://",
            "https://a/?x",
            "https://a/#x",
            "https://u@a/",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_socket_on_every_address_is_named_by_the_loopback_address() {
        let of = |text: &str| text.parse::<SocketAddr>().map(|at| PublicUrl::from(at).to_string()).ok();
        assert_eq!(of("0.0.0.0:8417").as_deref(), Some("http://127.0.0.1:8417"));
        assert_eq!(of("[::]:8417").as_deref(), Some("http://[::1]:8417"));
        assert_eq!(of("192.0.2.7:80").as_deref(), Some("http://192.0.2.7:80"));
    }
}
