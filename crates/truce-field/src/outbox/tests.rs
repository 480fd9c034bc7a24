//! The process dies at every point at which something is written, and the outbox is opened again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../../tests/world/mod.rs"]
mod world;

use super::*;
use crate::disk::crash;
use crate::{Problem, ReceiptAlarm};
use world::depositary::Log;
use world::{Feed, accession, charter, id};

/// Allowed findings for each statement: a state, or absence.
type Allowed = BTreeMap<StatementId, Vec<Option<ItemState>>>;

/// One step, and what it makes of one statement.
struct Step<'a> {
    id: StatementId,
    to: Option<ItemState>,
    act: Box<Act<'a>>,
}

type Act<'a> = dyn FnMut(&mut Outbox) -> Result<(), FieldError> + 'a;

fn step<'a>(
    bytes: &[u8],
    to: Option<ItemState>,
    act: impl FnMut(&mut Outbox) -> Result<(), FieldError> + 'a,
) -> Step<'a> {
    Step { id: id(bytes), to, act: Box::new(act) }
}

#[test]
fn dying_at_any_point_loses_nothing_and_makes_nothing_up() {
    let trust = Trust::of_charter(&charter()).unwrap();
    let reports = Feed::new(1).reports(4);
    let accession = accession();
    let mut log = Log::new();
    for bytes in std::iter::once(&accession).chain(&reports) {
        assert!(!log.append(bytes).unwrap());
    }
    let receipt = |bytes: &[u8]| trust.verify(bytes, log.receipt(&id(bytes)).0.as_bytes()).unwrap();
    let problem = Problem { code: "unknown-party".into(), title: "No.".into(), ..Problem::default() };
    let deaths = (0..1_000).find(|points| {
        let folder = world::scratch();
        // The folder and whom to believe are there; making them is a death like any other.
        crash::after(Some(*points));
        let mut allowed = Allowed::new();
        let add = |bytes: &[u8]| {
            let bytes = bytes.to_vec();
            step(&bytes.clone(), Some(ItemState::Queued), move |outbox| outbox.add(&bytes, None).map(|_| ()))
        };
        let accept = |bytes: &[u8]| {
            let receipt = receipt(bytes);
            step(bytes, Some(ItemState::Final), move |outbox| {
                outbox.accept(receipt.clone())?.unwrap();
                Ok(())
            })
        };
        let ids: Vec<_> = reports.iter().map(|bytes| id(bytes)).collect();
        let mut steps = vec![
            add(&accession),
            add(&reports[0]),
            add(&reports[1]),
            step(&accession, Some(ItemState::Sent), |outbox| outbox.handed_in(&[id(&accession)])),
            accept(&accession),
            accept(&reports[0]),
            step(&reports[1], Some(ItemState::Refused), |outbox| outbox.refused(&ids[1], &problem)),
            add(&reports[2]),
            step(&reports[1], Some(ItemState::Queued), |outbox| outbox.again().map(|_| ())),
            step(&reports[1], Some(ItemState::Sent), |outbox| outbox.handed_in(&[ids[1]])),
            step(&reports[1], Some(ItemState::Sent), |outbox| {
                outbox.raise(&ids[1], &ReceiptAlarm::Denied, b"evidence", Some(b"before"))
            }),
            step(&reports[1], Some(ItemState::Queued), |outbox| outbox.lost(&ids[1])),
            add(&reports[3]),
            step(&reports[0], None, |outbox| outbox.forget(&ids[0], false)),
            step(&reports[3], None, |outbox| outbox.forget(&ids[3], true)),
        ];
        let opened = Outbox::open(folder.path());
        let died = match opened.and_then(|mut outbox| {
            outbox.believe(Some(charter().agreement()), &trust)?;
            Ok(outbox)
        }) {
            Err(_) => true,
            Ok(mut outbox) => steps.iter_mut().any(|step| {
                let before = outbox.item(&step.id).map(Item::state);
                allowed.insert(step.id, vec![before, step.to]);
                let died = (step.act)(&mut outbox).is_err();
                if !died {
                    allowed.insert(step.id, vec![step.to]);
                }
                died
            }),
        };
        crash::after(None);
        // What a look shows is what whoever goes on finds.
        let looked: Option<Vec<_>> = Outbox::view(folder.path())
            .ok()
            .map(|outbox| outbox.items().map(|item| (item.id(), item.state())).collect());
        let outbox = Outbox::open(folder.path()).unwrap();
        let found: Vec<_> = outbox.items().map(|item| (item.id(), item.state())).collect();
        assert!(looked.is_none_or(|looked| looked == found), "after {points} points");
        assert_eq!(outbox.damage(), [], "after {points} points");
        for (id, allowed) in &allowed {
            let state = outbox.item(id).map(Item::state);
            assert!(allowed.contains(&state), "after {points} points: {state:?}, and not one of {allowed:?}");
        }
        for item in outbox.items() {
            assert!(allowed.contains_key(&item.id()), "after {points} points");
            assert_eq!(item.state().is_delivered(), item.receipt().is_some(), "after {points} points");
        }
        let left: Vec<_> = ["statements", "records"]
            .iter()
            .flat_map(|part| disk::names(&folder.path().join(part)).unwrap())
            .filter(|name| name.ends_with(truce_file::NEXT))
            .collect();
        assert!(left.is_empty(), "after {points} points: {left:?}");
        !died
    });
    assert!(deaths.unwrap() > 80, "{deaths:?} points at which it could die");
}

#[test]
fn a_record_says_when_one_bit_of_it_has_changed() {
    let bytes =
        record::encode(&OutboxSettings { url: Some("http://127.0.0.1".into()), ..OutboxSettings::default() });
    assert!(record::decode::<OutboxSettings>(&bytes).is_ok());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(record::decode::<OutboxSettings>(&changed).is_err(), "bit {bit}");
    }
}
