//! Bundles fetched and examined on all cores, handed out in order.

use crate::examine::{Batch, examine};
use crate::finding::Finding;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::ops::{ControlFlow, Range};
use truce_register::KeyTable;
use truce_source::{Source, SourceError};
use truce_statement::Statement;
use truce_tlog::{BundleCoord, tile};

/// Bundles in the hands of each worker: enough to keep it busy, few enough to bound memory.
const BUNDLES_PER_WORKER: usize = 3;

/// A bundle that a worker has answered for: its entries, or the finding that it cannot be read as one.
type Answer<P> = Result<Result<Batch<P>, Box<Finding>>, SourceError>;

struct Job<P> {
    coord: BundleCoord,
    done: Sender<Answer<P>>,
}

/// Fetches and examines the entries of `range`, all of them below the size `range.end` of the tree, with `threads` workers
/// (one for each core, where zero), and gives them to `take` in order, bundle by bundle. Ends early with what `take` breaks
/// with, or with the finding that a bundle is missing or malformed, which comes behind all entries before it.
///
/// `prepare` is called on the workers for every statement. `keys` may grow while this runs.
///
/// # Errors
/// Where the source could not be read, and whatever `take` returns.
pub fn ahead<P: Send, E: From<SourceError>>(
    source: &dyn Source,
    range: Range<u64>,
    threads: usize,
    keys: &KeyTable,
    prepare: impl Fn(&Statement) -> P + Sync,
    mut take: impl FnMut(Batch<P>) -> Result<ControlFlow<Finding>, E>,
) -> Result<Option<Finding>, E> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        given => given,
    };
    let (jobs, waiting) = bounded::<Job<P>>(threads * BUNDLES_PER_WORKER);
    let (results, in_order) = bounded::<Receiver<Answer<P>>>(threads * BUNDLES_PER_WORKER);
    let from = range.start;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (waiting, prepare) = (waiting.clone(), &prepare);
            scope.spawn(move || {
                while let Ok(Job { coord, done }) = waiting.recv() {
                    // Nobody takes the answer once the caller has stopped; then there is nothing left to do.
                    let _ = done.send(answer(source, coord, from, keys, prepare));
                }
            });
        }
        drop(waiting);
        scope.spawn(move || {
            for coord in bundles(range) {
                let (done, result) = bounded(1);
                if results.send(result).is_err() || jobs.send(Job { coord, done }).is_err() {
                    break;
                }
            }
        });
        // Owned here, so that the workers end when this closure does, however it does.
        let in_order = in_order;
        for answer in &in_order {
            // A worker always answers. One that died leaves its bundle unread, and the caller short of entries.
            let Ok(answer) = answer.recv() else { break };
            match answer? {
                Err(finding) => return Ok(Some(*finding)),
                Ok(batch) => {
                    if let ControlFlow::Break(finding) = take(batch)? {
                        return Ok(Some(finding));
                    }
                }
            }
        }
        Ok(None)
    })
}

/// The bundles that hold the entries of `range`, in a tree of `range.end` entries.
pub fn bundles(range: Range<u64>) -> impl Iterator<Item = BundleCoord> {
    let width = u64::from(tile::TILE_WIDTH);
    (range.start / width..range.end.div_ceil(width))
        .map_while(move |index| BundleCoord::in_tree(index, range.end).ok())
}

fn answer<P>(
    source: &dyn Source,
    coord: BundleCoord,
    from: u64,
    keys: &KeyTable,
    prepare: impl Fn(&Statement) -> P,
) -> Answer<P> {
    let mut bytes = Vec::new();
    if !source.bundle(coord, &mut bytes)? {
        let first = coord.index() * u64::from(tile::TILE_WIDTH);
        return Ok(Err(Box::new(Finding::missing(coord, first))));
    }
    Ok(examine(&bytes, coord, from, &keys.known(), prepare))
}
