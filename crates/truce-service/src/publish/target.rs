//! A place to publish to: a directory, or an object store.

use crate::error::ServiceError;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a log is published.
#[derive(Clone)]
pub struct Target {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Below this, in the store.
    prefix: String,
    /// As the operator wrote it.
    place: String,
    /// The directory, where it is one.
    pub(super) folder: Option<PathBuf>,
}

impl Target {
    /// Reads a directory, which is made where there is none, or `s3://bucket/prefix` (feature `s3`; keys, region and
    /// endpoint from the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`,
    /// `AWS_ALLOW_HTTP`).
    ///
    /// # Errors
    /// When it cannot be used, or holds something that is no published log.
    pub fn parse(place: &str) -> Result<Self, ServiceError> {
        if place.contains("://") { Self::bucket(place) } else { Self::folder(place) }
    }

    fn folder(place: &str) -> Result<Self, ServiceError> {
        let failed = |e: &dyn fmt::Display| publication(place, e);
        std::fs::create_dir_all(place).map_err(|e| failed(&e))?;
        let folder = std::fs::canonicalize(place).map_err(|e| failed(&e))?;
        let ours = folder.join("checkpoint").is_file() || folder.join("tile").is_dir();
        if !ours && std::fs::read_dir(&folder).map_err(|e| failed(&e))?.next().is_some() {
            return Err(failed(&"it is not empty, and holds no published log"));
        }
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|e| failed(&e))?;
        let store = Arc::new(store.with_automatic_cleanup(true));
        Ok(Self { store, prefix: String::new(), place: place.to_owned(), folder: Some(folder) })
    }

    #[cfg(feature = "s3")]
    fn bucket(place: &str) -> Result<Self, ServiceError> {
        let rest = place.strip_prefix("s3://");
        let rest = rest.ok_or_else(|| publication(place, &"only s3:// URLs are known"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // Another part of the program may have chosen already; it is the same provider everywhere here.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let store = object_store::aws::AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .build()
            .map_err(|e| publication(place, &e))?;
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { store: Arc::new(store), prefix, place: place.to_owned(), folder: None })
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(place: &str) -> Result<Self, ServiceError> {
        Err(publication(place, &"this build publishes to directories only (its feature `s3` is off)"))
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn at(&self, path: &str) -> Path {
        Path::from(format!("{}{path}", self.prefix))
    }

    pub(super) fn failed(&self, what: impl fmt::Display) -> ServiceError {
        publication(&self.place, &what)
    }

    /// Writes one file, which appears whole.
    pub(super) async fn put(&self, path: &str, bytes: Bytes) -> Result<(), ServiceError> {
        self.store.put(&self.at(path), bytes.into()).await.map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// Removes every file below `prefix`.
    pub(super) async fn remove_below(&self, prefix: &str) -> Result<(), ServiceError> {
        let found: Vec<_> =
            self.store.list(Some(&self.at(prefix))).try_collect().await.map_err(|e| self.failed(e))?;
        for file in found {
            match self.store.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    /// Every folder of partial files, such as `tile/0/000.p`.
    pub(super) async fn partial_folders(&self) -> Result<BTreeSet<String>, ServiceError> {
        let mut folders = BTreeSet::new();
        let mut files = self.store.list(Some(&self.at("tile")));
        while let Some(file) = files.try_next().await.map_err(|e| self.failed(e))? {
            let path = file.location.as_ref().strip_prefix(&self.prefix).unwrap_or_default();
            if let Some((folder, _)) =
                path.rsplit_once('/').filter(|(folder, _)| folder.strip_suffix(".p").is_some())
            {
                folders.insert(folder.to_owned());
            }
        }
        Ok(folders)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.place).finish()
    }
}

fn publication(place: &str, what: &dyn fmt::Display) -> ServiceError {
    ServiceError::Publication { place: place.to_owned(), what: what.to_string() }
}
