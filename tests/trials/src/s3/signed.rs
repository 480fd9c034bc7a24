//! Requests to an object store, signed as S3 wants it (AWS Signature Version 4) or not at all, by code that shares nothing
//! with what publishes.

use sha2::{Digest as _, Sha256};
use std::io;
use std::net::SocketAddr;
use truce_tests::http::Answer;
use truce_tests::network::server::{Request, read_answer};

/// Who asks a store.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
}

/// An object store at an address of this machine.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) keys: Keys,
}

impl Client {
    /// As anybody asks: without a signature.
    pub(super) fn get(&self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, "", &[], false)
    }

    /// As the owner asks. `query` is in canonical form, its names in order.
    pub(super) fn signed(&self, method: &str, path: &str, query: &str, body: &[u8]) -> io::Result<Answer> {
        self.send(method, path, query, body, true)
    }

    fn send(&self, method: &str, path: &str, query: &str, body: &[u8], signed: bool) -> io::Result<Answer> {
        let mut headers = vec![("host", self.address.to_string())];
        if signed {
            headers.push(("x-amz-content-sha256", hex::encode(Sha256::digest(body))));
            headers.push(("x-amz-date", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()));
            headers.push(("authorization", self.authorization(method, path, query, &headers)));
        }
        let mut lines: Vec<String> =
            headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        lines.push(format!("content-length: {}", body.len()));
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let request = Request { method: method.into(), path: target, headers: lines, body: body.to_vec() };
        let bytes = request.send(self.address)?;
        let (status, head, body) = read_answer(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Ok(Answer { status, headers, body })
    }

    fn authorization(&self, method: &str, path: &str, query: &str, headers: &[(&str, String)]) -> String {
        let value = |name| headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        let (date, digest) = (value("x-amz-date"), value("x-amz-content-sha256"));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut lines = String::new();
        for (name, value) in headers {
            lines.extend([*name, ":", value, "\n"]);
        }
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}");
        let scope = format!("{}/us-east-1/s3/aws4_request", &date[..8]);
        let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let mut key = format!("AWS4{}", self.keys.secret).into_bytes();
        for part in scope.split('/') {
            key = hmac(&key, part.as_bytes()).to_vec();
        }
        let signature = hex::encode(hmac(&key, text.as_bytes()));
        let id = &self.keys.id;
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
    }
}

/// HMAC-SHA-256 (RFC 2104) with a key of at most a block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad =
        |with: u8| -> Vec<u8> { (0..64).map(|i| key.get(i).copied().unwrap_or_default() ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let tag = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
