//! TLS (RFC 8446) by rustls, with a certificate chain and a private key in PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Largest file of certificates or of a key that is read, in bytes.
const MAX_PEM: usize = 1 << 20;

/// A reason why TLS cannot be spoken with these files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file is no PEM of what it should hold.
    #[error("{path}: {what}")]
    File {
        /// The file.
        path: PathBuf,
        /// The fault found.
        what: String,
    },
    /// Certificate and key do not go together, or are of a kind that is not spoken.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// Speaks TLS 1.2 and 1.3 with the chain in `certificates`, the server's own first, and the private key in `key`.
pub fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let file = |path: &Path, what: &dyn std::fmt::Display| TlsError::File {
        path: path.to_owned(),
        what: what.to_string(),
    };
    let read = |path: &Path| {
        let opened = truce_file::open(path).map_err(|e| file(path, &e))?;
        truce_file::read_secret(opened, MAX_PEM).map_err(|e| file(path, &e))
    };
    let chain = CertificateDer::pem_slice_iter(&read(certificates)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| file(certificates, &e))?;
    if chain.is_empty() {
        return Err(file(certificates, &"there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|e| file(key, &e))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
