//! Settings of an outbox: the agreement, whose receipts are believed, and where statements are handed in.

use super::{Outbox, load};
use crate::disk;
use crate::error::FieldError;
use crate::record::{self, OutboxSettings};
use crate::trust::Trust;
use truce_statement::{AgreementId, Statement};
use truce_succession::Succession;
use truce_tlog::Policy;

impl Outbox {
    /// Says which agreement, and whose receipts are believed. What was said before must not be contradicted, but a
    /// policy may be added.
    pub fn believe(&mut self, agreement: Option<AgreementId>, trust: &Trust) -> Result<(), FieldError> {
        let logs: Vec<String> = trust.logs().iter().map(ToString::to_string).collect();
        let policy = trust.quorum().map(|policy| String::from_utf8_lossy(&policy.to_bytes()).into_owned());
        let mut settings = self.settings.clone();
        if agreement.is_some() && settings.agreement.is_some() && settings.agreement != agreement {
            return Err(FieldError::OtherTrust { what: "agreement" });
        }
        if !settings.logs.is_empty() && settings.logs != logs {
            return Err(FieldError::OtherTrust { what: "log" });
        }
        if settings.policy.is_some() && policy.is_some() && settings.policy != policy {
            return Err(FieldError::OtherTrust { what: "policy" });
        }
        settings.agreement = settings.agreement.or(agreement);
        settings.policy = settings.policy.or(policy);
        settings.logs = logs;
        self.set(settings)
    }

    /// As [`Self::believe`] of what a charter names, and keeps the charter: with it the outbox can follow the log when its key
    /// or its witnesses change.
    pub fn believe_charter(&mut self, charter: &Statement, quorum: Option<Policy>) -> Result<(), FieldError> {
        let trust = Trust::of_charter(charter)?;
        let trust = match quorum {
            Some(quorum) => trust.with_quorum(quorum),
            None => trust,
        };
        self.believe(Some(charter.agreement()), &trust)?;
        disk::put(&self.folder.join(load::CHARTER), charter.bytes())?;
        self.trust = load::trust_of(&self.folder, &self.settings)?;
        Ok(())
    }

    /// Takes in a succession, if it follows from the charter and says more than is known. Says whether it does.
    pub fn succeed(&mut self, succession: &[u8]) -> Result<bool, FieldError> {
        let Some(succeeded) =
            self.trust.as_ref().zip(load::charter_of(&self.folder)?).and_then(|(trust, charter)| {
                let terms = Succession::parse(succession).and_then(|read| read.verify(&charter)).ok()?;
                trust.succeeded(terms)
            })
        else {
            return Ok(false);
        };
        disk::put(&self.folder.join(load::SUCCESSION), succession)?;
        self.trust = Some(succeeded);
        Ok(true)
    }

    /// Remembers where statements are handed in.
    pub fn address(&mut self, url: &str) -> Result<(), FieldError> {
        self.set(OutboxSettings { url: Some(url.to_owned()), ..self.settings.clone() })
    }

    pub(super) fn set(&mut self, settings: OutboxSettings) -> Result<(), FieldError> {
        if settings != self.settings {
            let trust = load::trust_of(&self.folder, &settings)?;
            disk::put(&self.folder.join("outbox.json"), &record::encode(&settings))?;
            self.settings = settings;
            self.trust = trust;
        }
        Ok(())
    }
}
