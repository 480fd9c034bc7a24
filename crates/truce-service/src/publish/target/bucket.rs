//! Buckets: S3 and what speaks its protocol.
//!
//! What speaks it does not keep all of it: some drop `Content-Encoding`, some ignore `If-Match`. So a bucket is tried
//! out at every start.

use super::{FOR_A_MOMENT, Replaced, TRIAL, Target, publication};
use crate::error::ServiceError;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::{
    Attribute, BackoffConfig, ClientConfigKey, ObjectStoreExt as _, RetryConfig, UpdateVersion,
};
use std::sync::Arc;
use std::time::Duration;

/// A request that fails is tried again for so long; then the publisher's next round begins anew. A service that is asked
/// to stop waits for it.
const RETRY: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.0,
    },
    max_retries: 3,
    retry_timeout: Duration::from_secs(10),
};

impl Target {
    pub(super) fn bucket(place: &str, gzip: bool) -> Result<Self, ServiceError> {
        let failed = |what: &str| publication(place, &what);
        let rest = place.strip_prefix("s3://").ok_or_else(|| failed("only s3:// URLs are known"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        if bucket.is_empty() || prefix.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(failed("it is not of the form s3://BUCKET/PREFIX"));
        }
        if rest.contains(['@', '?', '#']) {
            return Err(failed("an s3:// URL has neither keys nor options; they come from the environment"));
        }
        // Another part of the program may have chosen already; it is the same provider everywhere here.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        // One request for each file: that is in every store, and the other way some answer without the names.
        let builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(RETRY)
            .with_disable_bulk_delete(true);
        let has = |key| builder.get_config_value(&key).is_some();
        let yes =
            |key| builder.get_config_value(&key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // Without any, object_store would ask the metadata service of the machine, where most machines have none.
        let credentials = has(Key::AccessKeyId)
            || has(Key::SecretAccessKey)
            || has(Key::WebIdentityTokenFile)
            || has(Key::ContainerCredentialsRelativeUri)
            || has(Key::ContainerCredentialsFullUri)
            || has(Key::MetadataEndpoint)
            || yes(Key::SkipSignature);
        if !credentials {
            return Err(ServiceError::Denied {
                place: place.to_owned(),
                what: "there are no credentials in the environment".into(),
            });
        }
        let plain = [Key::Endpoint, Key::S3Endpoint].into_iter().any(|key| {
            builder.get_config_value(&key).is_some_and(|url| url.to_ascii_lowercase().starts_with("http:"))
        });
        if plain && !yes(Key::Client(ClientConfigKey::AllowHttp)) {
            return Err(failed("its endpoint is plain http, which takes AWS_ALLOW_HTTP=true"));
        }
        let store = builder.build().map_err(|e| publication(place, &e))?;
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self {
            store: Arc::new(store),
            prefix,
            place: place.to_owned(),
            folder: None,
            gzip,
            conditional: false,
        })
    }

    /// Writes, reads, lists and removes a file, and finds out what the store keeps of what it is told.
    pub(super) async fn tried_out(mut self) -> Result<Self, ServiceError> {
        let bytes = Bytes::from(crate::publish::compressed(b"truce\n"));
        self.put(TRIAL, bytes.clone(), FOR_A_MOMENT, self.gzip).await?;
        let found = self.store.get(&self.at(TRIAL)).await.map_err(|e| self.store_failed(&e))?;
        let kept = |name| found.attributes.get(&name).map(|value| value.as_ref().to_owned());
        let (cache, encoding) = (kept(Attribute::CacheControl), kept(Attribute::ContentEncoding));
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let read = found.bytes().await.map_err(|e| self.store_failed(&e))?;
        if read != bytes {
            return Err(self.failed("what is read is not what was written"));
        }
        if self.gzip && encoding.as_deref() != Some("gzip") {
            return Err(ServiceError::Encoding { place: self.place.clone() });
        }
        if cache.as_deref() != Some(FOR_A_MOMENT.cache) {
            tracing::warn!(
                place = self.place,
                "the store does not keep Cache-Control; caches may hold back checkpoints"
            );
        }
        self.conditional = version.e_tag.is_some() && self.is_conditional(&version, bytes).await;
        if !self.conditional {
            tracing::info!(
                place = self.place,
                "the store has no conditional writes; nobody else must write there"
            );
        }
        let listed: Vec<_> = self
            .store
            .list(Some(&self.at(".truce")))
            .try_collect()
            .await
            .map_err(|e| self.store_failed(&e))?;
        if listed.is_empty() {
            return Err(self.failed("what was written is not listed"));
        }
        self.store.delete(&self.at(TRIAL)).await.map_err(|e| self.store_failed(&e))?;
        Ok(self)
    }

    /// Tries that the store replaces what is there, and nothing else. Some refuse to be asked, some do not listen.
    async fn is_conditional(&self, version: &UpdateVersion, bytes: Bytes) -> bool {
        let asking = Self { conditional: true, ..self.clone() };
        let other =
            UpdateVersion { e_tag: Some("\"00000000000000000000000000000000\"".into()), version: None };
        let wrong = asking.replace(TRIAL, bytes.clone(), FOR_A_MOMENT, Some(&other)).await;
        if !matches!(wrong, Ok(Replaced::Not)) {
            return false;
        }
        let right = asking.replace(TRIAL, bytes, FOR_A_MOMENT, Some(version)).await;
        matches!(right, Ok(Replaced::By(Some(_))))
    }
}
