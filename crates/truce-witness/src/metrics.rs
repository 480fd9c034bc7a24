//! The figures of a witness, in the text format that Prometheus reads (`OpenMetrics` 1.0).

use crate::error::WitnessRefusal;
use crate::witness::Witness;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The content type of [`Metrics::text`].
pub(crate) const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfLog {
    log: String,
}

/// Everything that is counted. Names of logs are labels only where the operator named the log: what a request says adds
/// none.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    refusals: Family<Reason, Counter>,
    seconds: Histogram,
    logs: Gauge,
    sizes: Family<OfLog, Gauge>,
    times: Family<OfLog, Gauge>,
    /// The reason why the witness could not cosign what it was asked last, where that was its own fault.
    hindrance: Mutex<Option<String>>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("truce_witness");
        let requests = Family::default();
        registry.register("requests", "Requests to cosign, by what became of them", requests.clone());
        let refusals = Family::default();
        registry.register("refusals", "Requests that were not cosigned, by reason", refusals.clone());
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        registry.register(
            "request_seconds",
            "From the last byte of a request to the answer, the disk included",
            seconds.clone(),
        );
        let logs = Gauge::default();
        registry.register("logs", "Logs that are cosigned", logs.clone());
        let sizes = Family::default();
        registry.register("size", "Entries under the checkpoint cosigned last", sizes.clone());
        let times = Family::default();
        registry.register_with_unit(
            "cosigned",
            "When that was cosigned, POSIX time",
            Unit::Seconds,
            times.clone(),
        );
        let hindrance = Mutex::default();
        Self { registry, requests, refusals, seconds, logs, sizes, times, hindrance }
    }

    /// Counts the answer to a request that came whole.
    pub(crate) fn answered(&self, took: Duration, refusal: Option<&WitnessRefusal>) {
        self.seconds.observe(took.as_secs_f64());
        let own = refusal.filter(|refusal| refusal.status() >= 500);
        match refusal {
            None => self.count("cosigned"),
            Some(refusal) => {
                self.count(if own.is_some() { "failed" } else { "refused" });
                self.refusals.get_or_create(&Reason { reason: refusal.code() }).inc();
            }
        }
        // A request that is refused says nothing about the disk or the clock.
        if refusal.is_none() || own.is_some() {
            *self.hindrance.lock().unwrap_or_else(PoisonError::into_inner) = own.map(ToString::to_string);
        }
    }

    /// Counts a request that did not come whole.
    pub(crate) fn unread(&self, reason: &'static str) {
        self.count("refused");
        self.refusals.get_or_create(&Reason { reason }).inc();
    }

    fn count(&self, outcome: &'static str) {
        self.requests.get_or_create(&Outcome { outcome }).inc();
    }

    /// The reason why the witness is not ready; `None` where it is, as far as it knows.
    pub(crate) fn hindrance(&self) -> Option<String> {
        self.hindrance.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything, as text.
    pub(crate) fn text(&self, witness: &Witness) -> String {
        let mut logs = 0;
        for (log, last) in witness.standing() {
            logs += 1;
            let label = OfLog { log };
            let (size, time) = last.unwrap_or_default();
            self.sizes.get_or_create(&label).set(i64::try_from(size).unwrap_or(i64::MAX));
            self.times.get_or_create(&label).set(i64::try_from(time).unwrap_or(i64::MAX));
        }
        self.logs.set(logs);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
