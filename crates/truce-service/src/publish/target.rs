//! A place to publish to: a directory, or a bucket of an object store.

#[cfg(feature = "s3")]
mod bucket;

use crate::error::ServiceError;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion,
};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Media type and caching of a file, so that a server says the right things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) media: &'static str,
    pub(crate) cache: &'static str,
}

/// Tiles and bundles, whole or partial: they never change.
pub(crate) const FOR_EVER: About =
    About { media: "application/octet-stream", cache: "public, max-age=31536000, immutable" };
/// The checkpoint, and what changes with it.
pub(crate) const FOR_A_MOMENT: About =
    About { media: "text/plain; charset=utf-8", cache: "public, max-age=1" };

const CHECKPOINT: &str = "checkpoint";
/// The largest checkpoint that is read, bytes.
const CHECKPOINT_MAX: u64 = 1 << 20;

/// Written, read and removed at every start.
#[cfg(feature = "s3")]
const TRIAL: &str = ".truce/trial";

/// A place where a log is published.
#[derive(Clone)]
pub struct Target {
    pub(super) store: Arc<dyn ObjectStore>,
    /// Below this, in the store.
    prefix: String,
    /// As the operator wrote it.
    place: String,
    /// The directory, where it is one.
    pub(super) folder: Option<PathBuf>,
    /// Bundles are stored compressed. Only where the store keeps `Content-Encoding`.
    pub(super) gzip: bool,
    /// The store refuses to replace what somebody else has replaced.
    conditional: bool,
}

/// Outcome of replacing one certain file by another.
enum Replaced {
    /// It did; the next one replaces this.
    By(Option<UpdateVersion>),
    /// Somebody else has been there.
    Not,
}

impl Target {
    /// Reads a directory, which is made where there is none, or `s3://bucket/prefix` (feature `s3`; keys, region and
    /// endpoint from the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`,
    /// `AWS_ALLOW_HTTP`). With `gzip`, bundles are stored compressed, which a directory cannot say of its files.
    ///
    /// # Errors
    /// When it cannot be used, or holds something that is no published log.
    pub fn parse(place: &str, gzip: bool) -> Result<Self, ServiceError> {
        match (place.contains("://"), gzip) {
            (true, _) => Self::bucket(place, gzip),
            (false, true) => Err(publication(place, &"compressed bundles are for buckets only")),
            (false, false) => Self::directory(place),
        }
    }

    fn directory(place: &str) -> Result<Self, ServiceError> {
        let failed = |e: &dyn fmt::Display| publication(place, e);
        std::fs::create_dir_all(place).map_err(|e| failed(&e))?;
        let folder = std::fs::canonicalize(place).map_err(|e| failed(&e))?;
        let ours = folder.join("checkpoint").is_file() || folder.join("tile").is_dir();
        if !ours && std::fs::read_dir(&folder).map_err(|e| failed(&e))?.next().is_some() {
            return Err(failed(&"it is not empty, and holds no published log"));
        }
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|e| failed(&e))?;
        Ok(Self {
            store: Arc::new(store.with_automatic_cleanup(true)),
            prefix: String::new(),
            place: place.to_owned(),
            folder: Some(folder),
            gzip: false,
            conditional: false,
        })
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(place: &str, _gzip: bool) -> Result<Self, ServiceError> {
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

    /// An error of the operating system.
    pub(super) fn io_failed(&self, error: &std::io::Error) -> ServiceError {
        if is_full(error) { ServiceError::NoRoom { place: self.place.clone() } } else { self.failed(error) }
    }

    /// An error of the store, without what it says about the request: a refusal for lack of rights is told apart.
    pub(super) fn store_failed(&self, error: &Error) -> ServiceError {
        let place = self.place.clone();
        let said = error.to_string();
        // S3 and what speaks its protocol answer in XML.
        let within = |tag: &str| {
            let (_, rest) = said.split_once(&format!("<{tag}>"))?;
            rest.split_once(&format!("</{tag}>")).map(|(text, _)| text.chars().take(200).collect::<String>())
        };
        let what = match (within("Code"), within("Message")) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code,
            (None, _) => said.chars().take(400).collect(),
        };
        match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                ServiceError::Denied { place, what }
            }
            error if is_full(error) => ServiceError::NoRoom { place },
            _ => ServiceError::Publication { place, what },
        }
    }

    fn options(&self, about: About, encoded: bool) -> PutOptions {
        // A directory has no place for them: its web server says such things.
        if self.folder.is_some() {
            return PutOptions::default();
        }
        let mut attributes = Attributes::from_iter([
            (Attribute::ContentType, about.media),
            (Attribute::CacheControl, about.cache),
        ]);
        if encoded {
            attributes.insert(Attribute::ContentEncoding, "gzip".into());
        }
        attributes.into()
    }

    /// Writes one file, which appears whole. `encoded`: its bytes are compressed with gzip.
    pub(super) async fn put(
        &self,
        path: &str,
        bytes: Bytes,
        about: About,
        encoded: bool,
    ) -> Result<(), ServiceError> {
        let (at, options) = (self.at(path), self.options(about, encoded));
        self.store.put_opts(&at, bytes.into(), options).await.map_err(|e| self.store_failed(&e))?;
        Ok(())
    }

    /// Writes one file in place of the one of this version, or where there is none; as far as the store can tell them
    /// apart.
    async fn replace(
        &self,
        path: &str,
        bytes: Bytes,
        about: About,
        version: Option<&UpdateVersion>,
    ) -> Result<Replaced, ServiceError> {
        let mut options = self.options(about, false);
        if self.conditional {
            options.mode = version.map_or(PutMode::Create, |version| PutMode::Update(version.clone()));
        }
        match self.store.put_opts(&self.at(path), bytes.into(), options).await {
            Ok(put) => {
                let version = UpdateVersion { e_tag: put.e_tag, version: put.version };
                Ok(Replaced::By(version.e_tag.is_some().then_some(version)))
            }
            Err(Error::Precondition { .. } | Error::AlreadyExists { .. }) => Ok(Replaced::Not),
            Err(error) => Err(self.store_failed(&error)),
        }
    }

    /// The checkpoint there as it stands, and what the store calls it.
    pub(super) async fn read_checkpoint(
        &self,
    ) -> Result<Option<(Bytes, Option<UpdateVersion>)>, ServiceError> {
        let found = match self.store.get(&self.at(CHECKPOINT)).await {
            Ok(found) if found.meta.size > CHECKPOINT_MAX => {
                return Err(self.failed("its checkpoint is too large"));
            }
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.store_failed(&error)),
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let bytes = found.bytes().await.map_err(|e| self.store_failed(&e))?;
        Ok(Some((bytes, version.e_tag.is_some().then_some(version))))
    }

    /// Puts a checkpoint of `size` in place of the one that is known to be there by its version, and gives its own.
    /// `sized` reads the size of one, or says why it cannot be this log's.
    ///
    /// # Errors
    /// [`ServiceError::Behind`] where somebody else has put a larger one there.
    pub(super) async fn advance(
        &self,
        note: Bytes,
        size: u64,
        mut version: Option<UpdateVersion>,
        sized: impl Fn(&[u8]) -> Result<u64, ServiceError>,
    ) -> Result<Option<UpdateVersion>, ServiceError> {
        for _ in 0..3 {
            let replaced = self.replace(CHECKPOINT, note.clone(), FOR_A_MOMENT, version.as_ref()).await?;
            if let Replaced::By(version) = replaced {
                return Ok(version);
            }
            // Perhaps ourselves, before an answer was lost.
            version = None;
            if let Some((bytes, there)) = self.read_checkpoint().await? {
                let signed = sized(&bytes)?;
                if signed > size {
                    return Err(ServiceError::Behind { place: self.place.clone(), signed, size });
                }
                version = there;
            }
        }
        Err(self.failed("somebody else writes its checkpoint"))
    }

    /// Removes every file below `prefix`.
    pub(super) async fn remove_below(&self, prefix: &str) -> Result<(), ServiceError> {
        let found: Vec<_> =
            self.store.list(Some(&self.at(prefix))).try_collect().await.map_err(|e| self.store_failed(&e))?;
        for file in found {
            match self.store.delete(&file.location).await {
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(self.store_failed(&error)),
            }
        }
        Ok(())
    }

    /// Every folder of partial files, such as `tile/0/000.p`.
    pub(super) async fn partial_folders(&self) -> Result<BTreeSet<String>, ServiceError> {
        let mut folders = BTreeSet::new();
        let mut files = self.store.list(Some(&self.at("tile")));
        while let Some(file) = files.try_next().await.map_err(|e| self.store_failed(&e))? {
            let path = file.location.as_ref().strip_prefix(&self.prefix).unwrap_or_default();
            if let Some((folder, _)) =
                path.rsplit_once('/').filter(|(folder, _)| folder.strip_suffix(".p").is_some())
            {
                folders.insert(folder.to_owned());
            }
        }
        Ok(folders)
    }

    /// Sees whether the place can be written, read, listed and emptied, before anything depends on it.
    pub(crate) async fn tried(self) -> Result<Self, ServiceError> {
        #[cfg(feature = "s3")]
        if self.folder.is_none() {
            return self.tried_out().await;
        }
        Ok(self)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.place).finish()
    }
}

/// True where the disk, or what was allotted of it, is used up.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|io| matches!(io.kind(), StorageFull | QuotaExceeded))
        || error.source().is_some_and(is_full)
}

fn publication(place: &str, what: &dyn fmt::Display) -> ServiceError {
    ServiceError::Publication { place: place.to_owned(), what: what.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use object_store::memory::InMemory;

    /// A bucket with conditional writes.
    fn bucket(store: &Arc<InMemory>) -> Target {
        let store: Arc<dyn ObjectStore> = Arc::<InMemory>::clone(store);
        let place = "memory".to_owned();
        Target { store, prefix: "log/".into(), place, folder: None, gzip: false, conditional: true }
    }

    fn sized(bytes: &[u8]) -> Result<u64, ServiceError> {
        let size = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        size.ok_or_else(|| publication("memory", &"not this log's"))
    }

    async fn show(
        target: &Target,
        size: u64,
        version: Option<UpdateVersion>,
    ) -> Result<Option<UpdateVersion>, ServiceError> {
        target.advance(size.to_string().into(), size, version, sized).await
    }

    async fn shown(target: &Target) -> u64 {
        sized(&target.read_checkpoint().await.unwrap().unwrap().0).unwrap()
    }

    #[tokio::test]
    async fn a_publisher_that_was_overtaken_does_not_go_back() {
        let store = Arc::new(InMemory::new());
        let (slow, fast) = (bucket(&store), bucket(&store));
        let first = show(&slow, 3, None).await.unwrap();
        assert!(first.is_some(), "it is told apart");
        // Another one takes over, and the first wakes up with what it knew.
        let there = fast.read_checkpoint().await.unwrap().unwrap().1;
        show(&fast, 9, there).await.unwrap();
        let overtaken = show(&slow, 5, first.clone()).await.unwrap_err();
        assert_eq!(overtaken.code(), "store-behind-published");
        assert_eq!(shown(&slow).await, 9);
        // What follows is put there, whoever wrote what stands there.
        show(&slow, 12, first).await.unwrap();
        assert_eq!(shown(&fast).await, 12);
    }

    #[tokio::test]
    async fn an_answer_that_was_lost_holds_nothing_up() {
        let target = bucket(&Arc::default());
        show(&target, 3, None).await.unwrap();
        // As far as it knows, nothing is there.
        let version = show(&target, 3, None).await.unwrap();
        show(&target, 4, version).await.unwrap();
        assert_eq!(shown(&target).await, 4);
    }

    #[tokio::test]
    async fn what_is_no_checkpoint_of_this_log_is_not_overwritten() {
        let target = bucket(&Arc::default());
        target.put(CHECKPOINT, Bytes::from_static(b"another"), FOR_A_MOMENT, false).await.unwrap();
        assert_eq!(show(&target, 3, None).await.unwrap_err().code(), "publication");
        assert_eq!(target.read_checkpoint().await.unwrap().unwrap().0, Bytes::from_static(b"another"));
    }
}
