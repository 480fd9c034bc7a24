//! Lengths of time, as people type them.

use std::time::Duration;

/// A length of time: a number and `ms`, `s`, `m` or `h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            _ => 0,
        };
        let length = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
        let length = length.filter(|length| *length > 0);
        length
            .map(|length| Self(Duration::from_millis(length)))
            .ok_or_else(|| "a length of time is a number above 0 and ms, s, m or h, such as 5s".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_a_unit() {
        for (text, milliseconds) in [("5s", 5000), ("250ms", 250), ("10m", 600_000), ("1h", 3_600_000)] {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(milliseconds))));
        }
        for text in
            ["", "5", "s", "0s", "-1s", "1.5s", "5 s", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
