//! Wishes of a client: the form of the receipt, the state to wait for, and the time to wait.

use super::Problem;
use axum::http::{HeaderMap, header};
use std::time::Duration;

/// Longest that an answer is held (RFC 7240, `wait`).
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The form of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// COSE Receipt, RFC 9942.
    Cose,
    /// Text, c2sp.org/tlog-proof.
    Proof,
}

impl Form {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Cose => "application/cose",
            Self::Proof => "text/x.tlog.proof",
        }
    }
}

/// Wishes of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) form: Form,
    /// Answer at once, without the receipt (`respond-async`).
    pub(crate) at_once: bool,
    /// Held until the entry is final.
    pub(crate) until_final: bool,
    /// Longest time to hold the answer.
    pub(crate) wait: Duration,
    /// The answer to a sequence carries receipts.
    pub(crate) receipts: bool,
}

impl Asked {
    /// Reads `Accept`, `Prefer` and the query.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Result<Self, Problem> {
        let mut asked = Self {
            form: form(headers)?,
            at_once: false,
            until_final: false,
            wait: LONGEST_WAIT,
            receipts: false,
        };
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            match pair {
                "until=final" => asked.until_final = true,
                "until=accepted" => asked.until_final = false,
                "receipts=tlog-proof" => asked.receipts = true,
                other => return Err(Problem::query(other)),
            }
        }
        for value in headers.get_all("prefer") {
            let preferences = value.to_str().unwrap_or_default().split(',').map(str::trim);
            for preference in preferences {
                // Unknown preferences are to be ignored.
                let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
                match name.trim().to_ascii_lowercase().as_str() {
                    "respond-async" => asked.at_once = true,
                    "wait" => {
                        let seconds = value.trim().trim_matches('"').parse().unwrap_or(0);
                        asked.wait = Duration::from_secs(seconds).min(LONGEST_WAIT);
                    }
                    _ => {}
                }
            }
        }
        Ok(asked)
    }
}

/// The form that the client likes best, of the two there are.
fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let mut best: Option<(u16, Form)> = None;
    let mut any = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            any |= !kind.is_empty();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            let form = match kind.as_str() {
                "application/cose" | "application/*" | "*/*" => Form::Cose,
                "text/x.tlog.proof" | "text/*" => Form::Proof,
                _ => continue,
            };
            if quality > 0 && best.is_none_or(|(of_best, _)| quality > of_best) {
                best = Some((quality, form));
            }
        }
    }
    match best {
        Some((_, form)) => Ok(form),
        None if any && !accepts_json(headers) => Err(Problem::not_acceptable()),
        None => Ok(Form::Cose),
    }
}

/// True where JSON is accepted, as the answer to a sequence and every problem is: it asks for no form of receipt.
fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.contains("json"))
}

/// A quality (RFC 9110, section 12.4.2) in thousandths; 0 if it is malformed.
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.bytes().all(|b| b.is_ascii_digit()) && part.len() <= 3;
    match (whole, digits) {
        ("1", true) => 1000,
        ("0", true) => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn asked(headers: &[(&str, &str)], query: Option<&str>) -> Result<Asked, Problem> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap());
        }
        Asked::of(&map, query)
    }

    #[test]
    fn the_form_of_a_receipt_is_negotiated() {
        for (accept, form) in [
            ("", Form::Cose),
            ("*/*", Form::Cose),
            ("text/x.tlog.proof", Form::Proof),
            ("application/cose;q=0.5, text/x.tlog.proof", Form::Proof),
            ("text/x.tlog.proof;q=0.5, application/cose;q=0.50", Form::Proof),
            ("text/html, */*;q=0.1", Form::Cose),
            ("application/json", Form::Cose),
        ] {
            assert_eq!(asked(&[("accept", accept)], None).unwrap().form, form, "{accept}");
        }
        assert!(asked(&[("accept", "image/png")], None).is_err());
        assert!(asked(&[("accept", "application/cose;q=0")], None).is_err());
    }

    #[test]
    fn preferences_are_bounded_and_unknown_ones_ignored() {
        let found = asked(&[("prefer", "respond-async, wait=10"), ("prefer", "x=y")], None).unwrap();
        assert!(found.at_once && found.wait == Duration::from_secs(10));
        assert_eq!(asked(&[("prefer", "wait=1000")], None).unwrap().wait, LONGEST_WAIT);
        assert!(asked(&[], Some("until=final")).unwrap().until_final);
        assert!(asked(&[], Some("until=never")).is_err());
    }
}
