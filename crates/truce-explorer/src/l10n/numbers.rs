//! Numbers in the reader's notation, as CLDR has them.

use super::Language;
use fluent_bundle::FluentValue;

/// A whole number: digits in groups of three, in the digits of the language.
#[must_use]
pub fn grouped(language: Language, n: u64) -> String {
    let digits = n.to_string();
    let (separator, least) = match language {
        Language::Ar => ('\u{66c}', 4),
        Language::En => (',', 4),
        Language::Fr => ('\u{202f}', 4),
        // Both group with a space, and leave four digits together.
        Language::Es | Language::Ru => ('\u{a0}', 5),
    };
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        let left = digits.len() - i;
        if i > 0 && left.is_multiple_of(3) && digits.len() >= least {
            text.push(separator);
        }
        text.push(if language == Language::Ar { arabic(digit) } else { digit });
    }
    text
}

/// Writes the numbers among a bundle's variables.
pub(super) fn formatted(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // Made of a u64 by `Value::fluent`.
        FluentValue::Number(number) if number.value >= 0.0 => Some(grouped(language, number.value as u64)),
        _ => None,
    }
}

fn arabic(digit: char) -> char {
    digit.to_digit(10).and_then(|n| char::from_u32(0x660 + n)).unwrap_or(digit)
}
