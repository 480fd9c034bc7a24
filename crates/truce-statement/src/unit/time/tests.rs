#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use super::*;
use crate::cbor;
use proptest::prelude::*;

fn stamp(text: &str) -> Stamp {
    text.parse().unwrap()
}

fn both_ways<T>(value: &T, json: &str) -> Vec<u8>
where
    T: Serialize + de::DeserializeOwned + PartialEq + fmt::Debug,
{
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
    let bytes = cbor::encode(value).unwrap();
    assert_eq!(&cbor::decode::<T>(&bytes).unwrap(), value);
    bytes
}

#[test]
fn a_time_keeps_the_clock_it_was_read_from() {
    let local = stamp("2021-02-05T19:30:00+02:00");
    assert_eq!(local.ms(), 1_612_546_200_000);
    assert_eq!(both_ways(&local, "\"2021-02-05T19:30:00+02:00\"")[0], 0x82);
    let utc = stamp("2021-02-05T17:30:00Z");
    assert_eq!(both_ways(&utc, "\"2021-02-05T17:30:00Z\"")[0], 0x1b);
    assert_ne!(local, utc);
    assert_eq!(local.ms(), utc.ms());
    both_ways(&stamp("1953-07-27T10:00:00.007+09:00"), "\"1953-07-27T10:00:00.007+09:00\"");
    both_ways(&stamp("2020-07-27T00:01-03:30"), "\"2020-07-27T00:01:00-03:30\"");
    assert_eq!(stamp("2021-02-05T17:30:00+00:00").to_string(), "2021-02-05T17:30:00Z");
}

#[test]
fn the_local_date_is_that_of_the_clock() {
    assert_eq!(stamp("2021-05-19T00:30:00+03:00").local_date().to_string(), "2021-05-19");
    assert_eq!(stamp("2021-05-18T21:30:00Z").local_date().to_string(), "2021-05-18");
}

#[test]
fn times_in_other_shapes_are_refused() {
    for bad in [
        "2021-02-05T19:30:00",
        "2021-02-05 19:30:00+02:00",
        "2021-02-05t19:30:00z",
        "2021-02-30T19:30:00Z",
        "2021-02-05T24:00:00Z",
        "2021-02-05T23:59:60Z",
        "2021-02-05T19:30:00.1234Z",
        "2021-02-05T19:30:00.Z",
        "2021-02-05T19:30:00-00:00",
        "2021-02-05T19:30:00+19:00",
        "2021-02-05T19:30:00+02:00[Europe/Kyiv]",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "é021-02-05T19:30:00Z",
        "",
    ] {
        assert!(bad.parse::<Stamp>().is_err(), "{bad}");
    }
    let error = "2021-02-05T19:30:00".parse::<Stamp>().unwrap_err().to_string();
    assert!(error.contains("does not say which clock it was read from"), "{error}");
}

#[test]
fn cbor_has_one_form_for_a_time() {
    // [0, 0]: the offset of zero is left out.
    assert!(cbor::decode::<Stamp>(&[0x82, 0x00, 0x00]).is_err());
    assert!(cbor::decode::<Stamp>(&[0x82, 0x00, 0x18, 0x78]).is_ok());
    assert!(cbor::decode::<Stamp>(&[0x83, 0x00, 0x18, 0x78, 0x00]).is_err());
    assert!(cbor::decode::<Stamp>(&[0x81, 0x00]).is_err());
    assert!(cbor::decode::<Stamp>(&[0x82, 0x00, 0x19, 0x04, 0x39]).is_err());
    assert!(cbor::decode::<Stamp>(&[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
}

#[test]
fn dates_count_days() {
    let date: Date = "2021-02-08".parse().unwrap();
    assert_eq!(date.days(), 18_666);
    assert_eq!(both_ways(&date, "\"2021-02-08\""), [0x19, 0x48, 0xea]);
    assert_eq!("1900-01-01".parse::<Date>().unwrap().days(), FIRST_DAY);
    assert_eq!("2199-12-31".parse::<Date>().unwrap().days(), LAST_DAY);
    for bad in [
        "1899-12-31",
        "2200-01-01",
        "2021-2-8",
        "2021-02-29",
        "08.02.2021",
        "2021-02-08T00:00:00Z",
        "+021-02-08",
    ] {
        assert!(bad.parse::<Date>().is_err(), "{bad}");
    }
    let month_end: Date = "2021-01-31".parse().unwrap();
    assert_eq!(month_end.plus_months(1).unwrap().to_string(), "2021-02-28");
    assert_eq!(month_end.plus_months(2).unwrap().to_string(), "2021-03-31");
    assert_eq!(month_end.plus_days(-31).unwrap().year(), 2020);
}

#[test]
fn offsets_and_times_of_day() {
    both_ways(&"+05:45".parse::<Offset>().unwrap(), "\"+05:45\"");
    both_ways(&"-03:30".parse::<Offset>().unwrap(), "\"-03:30\"");
    both_ways(&Offset::UTC, "\"Z\"");
    both_ways(&"19:30".parse::<ClockTime>().unwrap(), "\"19:30\"");
    assert!("24:00".parse::<ClockTime>().is_err());
    assert!("7:30".parse::<ClockTime>().is_err());
    assert!("+2:00".parse::<Offset>().is_err());
}

#[test]
fn a_clock_changes_when_it_says_so() {
    let clock: Clock = serde_json::from_str(
        r#"{"name": "Europe/Kyiv", "offset": "+02:00", "changes": [
            {"at": "2021-03-28T03:00:00+02:00", "offset": "+03:00"},
            {"at": "2021-10-31T04:00:00+03:00", "offset": "+02:00"}]}"#,
    )
    .unwrap();
    let evening: ClockTime = "19:30".parse().unwrap();
    for (date, expected) in [
        ("2021-03-27", "2021-03-27T19:30:00+02:00"),
        ("2021-03-28", "2021-03-28T19:30:00+03:00"),
        ("2021-10-31", "2021-10-31T19:30:00+02:00"),
    ] {
        assert_eq!(clock.instant(date.parse().unwrap(), evening).unwrap().to_string(), expected);
    }
    // 03:30 on the last day of summer time is shown twice; the first is meant.
    let twice = clock.instant("2021-10-31".parse().unwrap(), "03:30".parse().unwrap()).unwrap();
    assert_eq!(twice.to_string(), "2021-10-31T03:30:00+03:00");
    assert_eq!(clock.disorder(), None);
}

proptest! {
    #[test]
    fn every_time_survives_json_and_cbor(
        ms in i64::from(FIRST_DAY) * DAY_MS..(i64::from(LAST_DAY) + 1) * DAY_MS,
        minutes in -Offset::MAX_MINUTES..=Offset::MAX_MINUTES,
    ) {
        // At the very edges the local date falls outside the years of a date.
        let Ok(value) = Stamp::new(ms, Offset::try_from(i64::from(minutes)).unwrap()) else { return Ok(()) };
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap(), value);
        let bytes = cbor::encode(&value).unwrap();
        prop_assert_eq!(cbor::decode::<Stamp>(&bytes).unwrap(), value);
    }

    #[test]
    fn every_date_survives_json_and_cbor(days in FIRST_DAY..=LAST_DAY) {
        let value = Date::try_from(i64::from(days)).unwrap();
        prop_assert_eq!(value.to_string().parse::<Date>().unwrap(), value);
        let bytes = cbor::encode(&value).unwrap();
        prop_assert_eq!(cbor::decode::<Date>(&bytes).unwrap(), value);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Stamp>();
        let _ = text.parse::<Date>();
        let _ = text.parse::<ClockTime>();
    }

    #[test]
    fn nearly_right_text_does_not_panic(text in "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}[:.0-9]{0,7}[-+Z][0-9:]{0,5}") {
        if let Ok(value) = text.parse::<Stamp>() {
            prop_assert_eq!(value.to_string().parse::<Stamp>().unwrap(), value);
        }
    }
}
