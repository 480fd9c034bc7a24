//! Decimals a person writes, integers that are signed: coordinates, kilometres, calibres.
//!
//! A JSON number arrives as the nearest double; its shortest decimal form is the number that was written, as long as
//! that had no more than 15 significant digits. From there on the arithmetic is on decimal digits, so no figure drifts.

use super::{FromInteger, UnitError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

/// Decimals kept as a whole number of small units.
macro_rules! decimal {
    ($($(#[$doc:meta])* $name:ident $min:literal ..= $max:literal, $places:literal, $what:literal, $cbor:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i32);

        impl $name {
            /// Decimal places there are.
            pub const PLACES: u32 = $places;
            /// Smallest value.
            pub const MIN: Self = Self($min);
            /// Largest value.
            pub const MAX: Self = Self($max);

            /// Takes a number of the smallest units, as CBOR has it.
            pub fn from_units(units: i64) -> Result<Self, UnitError> {
                Self::try_from(units)
            }

            /// The number of the smallest units, as CBOR has it.
            #[must_use]
            pub const fn units(self) -> i32 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = UnitError;

            fn try_from(units: i64) -> Result<Self, UnitError> {
                match i32::try_from(units) {
                    Ok(n) if ($min..=$max).contains(&n) => Ok(Self(n)),
                    _ => Err(UnitError::new(Digits { units, places: $places }.to_string(), $what)),
                }
            }
        }

        impl FromStr for $name {
            type Err = UnitError;

            fn from_str(text: &str) -> Result<Self, UnitError> {
                let units = to_units(text, $places).ok_or_else(|| {
                    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                    if places > $places {
                        UnitError::new(format!("{text} with {places} decimals"), format!("at most {} decimals", $places))
                    } else {
                        UnitError::new(text, $what)
                    }
                })?;
                Self::try_from(units)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&Digits { units: i64::from(self.0), places: $places }.to_string())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let scale = 10_i32.pow($places);
                if !serializer.is_human_readable() {
                    serializer.serialize_i32(self.0)
                } else if self.0 % scale == 0 {
                    serializer.serialize_i32(self.0 / scale)
                } else {
                    // Both are exact as doubles, so the quotient is the double nearest to the decimal, and its shortest
                    // form is the decimal itself.
                    serializer.serialize_f64(f64::from(self.0) / f64::from(scale))
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_f64(FromNumber { expecting: $what, of: PhantomData })
                } else {
                    deserializer.deserialize_i64(FromInteger::new($cbor))
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let scale = 10_i32.pow($places);
                json_schema!({
                    "type": "number",
                    "description": concat!($what, ", at most ", $places, " decimals."),
                    "minimum": $min / scale,
                    "maximum": $max / scale
                })
            }
        }
    )+};
}

decimal! {
    /// Latitude on WGS 84, north positive: decimal degrees in JSON, 1e-7 degree in CBOR.
    Latitude -900_000_000 ..= 900_000_000, 7, "decimal degrees of latitude from -90 to 90",
        "an integer of 1e-7 degree";
    /// Longitude on WGS 84, east positive: decimal degrees in JSON, 1e-7 degree in CBOR.
    Longitude -1_800_000_000 ..= 1_800_000_000, 7, "decimal degrees of longitude from -180 to 180",
        "an integer of 1e-7 degree";
    /// A distance: decimal kilometres in JSON, metres in CBOR.
    Km 0 ..= 20_000_000, 3, "kilometres from 0 to 20000", "an integer of metres";
    /// Calibre of a weapon: decimal millimetres in JSON, hundredths of a millimetre in CBOR.
    Calibre 0 ..= 200_000, 2, "millimetres from 0 to 2000", "an integer of hundredths of a millimetre";
}

/// Reads a decimal from a JSON number.
struct FromNumber<T> {
    expecting: &'static str,
    of: PhantomData<T>,
}

impl<T: FromStr<Err = UnitError>> de::Visitor<'_> for FromNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        value.to_string().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        value.to_string().parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        value.to_string().parse().map_err(E::custom)
    }
}

/// `[-]digits[.digits]` times ten to the power of `places`; nothing when it is written otherwise, has more places, or
/// does not fit.
fn to_units(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let missing = usize::try_from(places).ok()?.checked_sub(fraction.len())?;
    if whole.is_empty() || (digits.contains('.') && fraction.is_empty()) {
        return None;
    }
    let zeros = std::iter::repeat_n(b'0', missing);
    let mut units: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        if !digit.is_ascii_digit() {
            return None;
        }
        units = units.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if negative { -units } else { units })
}

/// Shows a number of small units as a decimal, without zeros at the end.
struct Digits {
    units: i64,
    places: u32,
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.places);
        let (whole, fraction) = (self.units.unsigned_abs() / scale, self.units.unsigned_abs() % scale);
        let sign = if self.units < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let width = usize::try_from(self.places).unwrap_or_default();
        let fraction = format!("{fraction:0width$}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;

    fn read<T: de::DeserializeOwned>(json: &str) -> Result<T, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn printed_figures_keep_every_digit() {
        for (json, units) in [
            ("48.06087", 480_608_700),
            ("37.681397", 376_813_970),
            ("-0.1234567", -1_234_567),
            ("49", 490_000_000),
        ] {
            let latitude: Latitude = read(json).unwrap();
            assert_eq!(latitude.units(), units);
            assert_eq!(serde_json::to_string(&latitude).unwrap(), json);
        }
        assert_eq!(read::<Km>("3.0").unwrap(), read::<Km>("3").unwrap());
        assert_eq!(read::<Km>("0.1").unwrap().units(), 100);
        assert_eq!(read::<Km>("2e1").unwrap().units(), 20_000);
        assert_eq!(read::<Calibre>("12.7").unwrap().units(), 1270);
    }

    #[test]
    fn too_many_decimals_and_too_large_are_told_apart() {
        let error = read::<Latitude>("48.06087001").unwrap_err();
        assert!(
            error.starts_with("found 48.06087001 with 8 decimals; allowed: at most 7 decimals"),
            "{error}"
        );
        let error = read::<Latitude>("90.0000001").unwrap_err();
        assert!(
            error.starts_with("found 90.0000001; allowed: decimal degrees of latitude from -90 to 90"),
            "{error}"
        );
        assert!(read::<Longitude>("-180").is_ok());
        assert!(read::<Longitude>("-180.0000001").is_err());
        assert!(read::<Km>("-1").is_err());
        assert!(read::<Km>("1e300").is_err());
        let error = read::<Km>("\"3\"").unwrap_err();
        assert!(error.contains("expected kilometres from 0 to 20000"), "{error}");
    }

    #[test]
    fn floats_do_not_pass_in_cbor() {
        let float = serde_cbor::to_vec(&1.5_f64).unwrap();
        assert!(serde_cbor::from_slice::<Km>(&float).is_err());
        assert_eq!(crate::cbor::encode(&read::<Km>("1.5").unwrap()).unwrap(), [0x19, 0x05, 0xdc]);
    }

    proptest! {
        #[test]
        fn every_decimal_survives_json_and_cbor(units in Longitude::MIN.units()..=Longitude::MAX.units()) {
            let value = Longitude::from_units(units.into()).unwrap();
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(read::<Longitude>(&json).unwrap(), value);
            prop_assert_eq!(value.to_string().parse::<Longitude>().unwrap(), value);
            let bytes = crate::cbor::encode(&value).unwrap();
            prop_assert_eq!(crate::cbor::decode::<Longitude>(&bytes).unwrap(), value);
        }

        #[test]
        fn every_distance_survives_json_and_cbor(units in 0..=Km::MAX.units()) {
            let value = Km::from_units(units.into()).unwrap();
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(&json, &value.to_string());
            prop_assert_eq!(read::<Km>(&json).unwrap(), value);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = text.parse::<Latitude>();
        }
    }
}
