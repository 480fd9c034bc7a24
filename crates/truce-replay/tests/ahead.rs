//! Reading ahead: in order whoever answers first, up to what is missing, and no further than the caller wants.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::ops::ControlFlow;
use std::time::Duration;
use truce_register::{KeyTable, Misfit, Register};
use truce_replay::{Batch, Finding, Flaw, Unfit, ahead};
use truce_source::{Source, SourceError};
use truce_tlog::{BundleCoord, TileCoord, bundle, leaf_hash};

/// A log whose entries are the numbers of their positions, and which is the slower the earlier it is read.
struct Numbers {
    size: u64,
    missing: Option<u64>,
    unreadable: Option<u64>,
}

impl Source for Numbers {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        std::thread::sleep(Duration::from_millis(30_u64.saturating_sub(10 * coord.index())));
        if self.unreadable == Some(coord.index()) {
            return Err(SourceError::Absent { path: coord.to_string() });
        }
        if self.missing == Some(coord.index()) {
            return Ok(false);
        }
        let first = coord.first_entry().unwrap();
        for position in first..(first + u64::from(coord.width())).min(self.size) {
            bundle::encode_entry(bytes, position.to_string().as_bytes()).unwrap();
        }
        Ok(true)
    }

    fn tile(&self, _coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }

    fn has_tiles(&self) -> bool {
        false
    }
}

type Taken = (Vec<u64>, Result<Option<Finding>, SourceError>);

/// Reads `from..` with three workers, until `until` was taken; positions whose leaf hashes are those of their numbers.
fn read(log: &Numbers, from: u64, until: u64) -> Taken {
    let keys = KeyTable::of(&Register::new());
    let mut taken = Vec::new();
    let ended = ahead(
        log,
        from..log.size,
        3,
        &keys,
        |_| (),
        |batch: Batch<()>| {
            for (position, entry) in (batch.first..).zip(batch.entries) {
                if entry.leaf() == leaf_hash(position.to_string().as_bytes()) {
                    taken.push(position);
                }
            }
            Ok::<_, SourceError>(if taken.contains(&until) {
                ControlFlow::Break(Finding::new(Flaw::RootDiffers, "enough"))
            } else {
                ControlFlow::Continue(())
            })
        },
    );
    (taken, ended)
}

#[test]
fn bundles_come_in_order_whichever_is_read_first() {
    let (taken, ended) = read(&Numbers { size: 1000, missing: None, unreadable: None }, 300, u64::MAX);
    assert_eq!(taken, (300..1000).collect::<Vec<_>>());
    assert_eq!(ended.unwrap(), None);
}

#[test]
fn everything_before_a_missing_bundle_is_taken_and_then_it_is_said() {
    let (taken, ended) = read(&Numbers { size: 1000, missing: Some(2), unreadable: Some(3) }, 0, u64::MAX);
    assert_eq!(taken, (0..512).collect::<Vec<_>>());
    let finding = ended.unwrap().unwrap();
    assert_eq!((finding.code.as_str(), finding.entries), ("missing-entries", vec![512]));
}

#[test]
fn a_source_that_cannot_be_read_is_no_finding() {
    let (taken, ended) = read(&Numbers { size: 1000, missing: None, unreadable: Some(1) }, 0, u64::MAX);
    assert_eq!(taken, (0..256).collect::<Vec<_>>());
    assert!(ended.is_err());
}

#[test]
fn the_caller_ends_it_with_a_finding_of_its_own() {
    let (taken, ended) = read(&Numbers { size: 100_000, missing: None, unreadable: None }, 0, 700);
    assert_eq!(taken.last(), Some(&767));
    assert_eq!(ended.unwrap().unwrap().code.as_str(), "root-differs");
}

#[test]
fn bytes_that_are_no_entry_are_unfit_where_they_stand() {
    let keys = KeyTable::of(&Register::new());
    let log = Numbers { size: 10, missing: None, unreadable: None };
    let ended = ahead(
        &log,
        7..10,
        0,
        &keys,
        |_| (),
        |batch: Batch<()>| {
            let first = batch.entries.into_iter().next().unwrap();
            let unfit = first.verified::<SourceError>(&Register::new()).unwrap_err();
            assert!(matches!(&unfit, Unfit::Malformed(_)), "{unfit:?}");
            assert!(!matches!(&unfit, Unfit::Misfit(Misfit::Recall(_))));
            Ok::<_, SourceError>(ControlFlow::Break(Finding::of(unfit, batch.first)?))
        },
    );
    let finding = ended.unwrap().unwrap();
    assert_eq!((finding.code.as_str(), finding.entries), ("malformed-entry", vec![7]));
}
