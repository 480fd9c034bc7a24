//! Continuity of periodic reports: where periods adjoin, the figure a report gives for the period before is the one
//! that the report before printed. A mission that has revised it corrects that report first.

use crate::case::Case;
use crate::fact::{Fact, Recall, Written};
use crate::misfit::Misfit;
use truce_statement::Body;
use truce_statement::body::reports::PreviousBasis;
use truce_statement::cbor::{Reader, Writer};
use truce_statement::refusal::{Code, Refusal};
use truce_statement::unit::Known;

/// A period of 24 hours, with an hour's room for the change of the clock, milliseconds.
const DAY_MS: std::ops::RangeInclusive<i64> = 23 * 3_600_000..=25 * 3_600_000;

impl<R: Recall> Case<'_, R> {
    /// Checks a report against the reports before it, and adds what it printed to `facts`.
    pub(crate) fn continuity(&self, facts: &mut Vec<Written>) -> Result<(), Misfit<R::Error>> {
        let Body::Report(report) = self.statement.body() else { return Ok(()) };
        if report.drill.is_some() {
            return Ok(());
        }
        let (from, until) = (report.period.from.ms(), report.period.to.ms());
        for (i, total) in report.regions.iter().enumerate() {
            let fact = |until| Fact::Total {
                party: self.statement.header().iss.clone(),
                region: total.region.as_str().to_owned(),
                until,
            };
            if let (Some(previous), Some(basis)) = (total.previous, total.previous_basis) {
                let before = self.recall.fact(&fact(from).key()).map_err(Misfit::Recall)?;
                if let Some(before) = before.as_deref().and_then(Printed::decode)
                    && (basis == PreviousBasis::PreviousReportingPeriod
                        || DAY_MS.contains(&(from - before.from)))
                    && before.violations != u64::from(previous.get())
                {
                    let at = format!("body.regions[{i}].previous");
                    let detail = format!(
                        "found {previous}; the report before, whose period adjoins, has {} for {}: correct that report first",
                        before.violations, total.region
                    );
                    return Err(Refusal::new(Code::InvalidBody, at, detail).into());
                }
            }
            if let Known::Is(violations) = total.violations {
                let printed = Printed { from, violations: u64::from(violations.get()) };
                facts.push(Written { key: fact(until).key(), value: printed.encode() });
            }
        }
        Ok(())
    }
}

/// Figures that a report printed for one region: start of its period (milliseconds UTC) and violations.
struct Printed {
    from: i64,
    violations: u64,
}

impl Printed {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(16);
        w.integer(self.from).unsigned(self.violations);
        w.into_bytes()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let printed = Self { from: r.integer().ok()?, violations: r.unsigned().ok()? };
        r.end().ok().map(|()| printed)
    }
}
