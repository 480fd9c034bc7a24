//! Figures, in the text format that Prometheus reads (`OpenMetrics` 1.0).

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The content type of [`Metrics::text`].
pub(crate) const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Status {
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ByWitness {
    witness: String,
    cosigned: bool,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    outcomes: Family<Outcome, Counter>,
    statuses: Family<Status, Counter>,
    witnesses: Family<ByWitness, Counter>,
    /// Seconds from the whole body to the receipt.
    pub(crate) receipt_seconds: Histogram,
    /// Entries under the newest checkpoint, the one shown, the newest that is final.
    pub(crate) size: Gauge,
    pub(crate) published: Gauge,
    pub(crate) last: Gauge,
    /// Statements on their way.
    pub(crate) underway: Gauge,
    /// Seconds that the clock is behind the last entry.
    pub(crate) clock_behind: Gauge,
    pub(crate) publish_failures: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("truce");
        let outcomes = Family::default();
        registry.register("statements", "Statements handed in, by what became of them", outcomes.clone());
        let statuses = Family::default();
        registry.register(
            "answers",
            "Answers to submissions and questions about them, by status",
            statuses.clone(),
        );
        let witnesses = Family::default();
        registry.register(
            "witness_answers",
            "Answers of witnesses, by whether they cosigned",
            witnesses.clone(),
        );
        let receipt_seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        registry.register(
            "receipt_seconds",
            "From the last byte of a submission to its receipts",
            receipt_seconds.clone(),
        );
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let size = gauge("entries", "Entries under the newest checkpoint");
        let published = gauge("entries_published", "Entries under the checkpoint that is shown");
        let last = gauge("entries_final", "Entries under the newest checkpoint that the quorum has cosigned");
        let underway = gauge("statements_underway", "Statements on their way to their place");
        let clock_behind = gauge(
            "clock_behind_seconds",
            "How far the clock is behind the last entry, where that is a minute or more",
        );
        let publish_failures = Counter::default();
        registry.register(
            "publish_failures",
            "Publications that failed and were tried again",
            publish_failures.clone(),
        );
        Self {
            registry,
            outcomes,
            statuses,
            witnesses,
            receipt_seconds,
            size,
            published,
            last,
            underway,
            clock_behind,
            publish_failures,
        }
    }

    /// Counts one statement.
    pub(crate) fn outcome(&self, outcome: &'static str) {
        self.outcomes.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts one answer.
    pub(crate) fn status(&self, status: u16) {
        self.statuses.get_or_create(&Status { status }).inc();
    }

    /// Counts one answer of a witness.
    pub(crate) fn witness(&self, name: &str, cosigned: bool) {
        self.witnesses.get_or_create(&ByWitness { witness: name.to_owned(), cosigned }).inc();
    }

    /// Everything, as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
