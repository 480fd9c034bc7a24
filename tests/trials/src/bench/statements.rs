//! Statements to measure with: observations of about 1 KiB, signed beforehand under many keys.

use ed25519_dalek::{Signature, VerifyingKey};
use truce_statement::{SecretKey, Signed, Statement, Subject};
use truce_tests::world::{Pen, World, key, observation};

/// An agreement with `feeds` working keys of the mission, and statements signed with each.
pub(super) struct Made {
    pub(super) world: World,
    pub(super) accessions: Vec<Signed>,
    /// One list per feed.
    pub(super) feeds: Vec<Vec<Vec<u8>>>,
    keys: Vec<VerifyingKey>,
}

impl Made {
    pub(super) fn len(&self) -> usize {
        self.feeds.iter().map(Vec::len).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.feeds.iter().flatten().map(|s| s.len() as u64).sum()
    }

    /// Key, signed message and signature of up to `most` of the statements.
    pub(super) fn messages(&self, most: usize) -> Vec<(VerifyingKey, Vec<u8>, Signature)> {
        let mut all = Vec::new();
        for (feed, key) in self.feeds.iter().zip(&self.keys) {
            for bytes in feed.iter().take(most / self.feeds.len() + 1) {
                let statement = Statement::parse(bytes.as_slice()).expect("a sound statement");
                all.push((*key, statement.to_be_signed(), Signature::from_bytes(statement.signature())));
            }
        }
        all
    }
}

/// Working keys beyond the first are granted by the mission's accession, 15 at most; the rest by key grants.
pub(super) fn make(count: u32, feeds: u32) -> Made {
    make_in(World::default(), count, feeds)
}

/// The same in an agreement that is there.
pub(super) fn make_in(mut world: World, count: u32, feeds: u32) -> Made {
    let secrets: Vec<SecretKey> =
        (0..feeds).map(|i| key(1000 + u16::try_from(i).expect("few feeds"))).collect();
    let mut accessions = world.accessions(&[]);
    for secret in &secrets {
        let grant = truce_statement::body::agreement::KeyGrant {
            key: secret.public().clone(),
            drill: None,
            kinds: None,
            label: None,
            proof: None,
            valid_until: None,
        };
        accessions.push(world.members[0].root.sign(grant, Vec::new()).expect("a sound grant"));
    }
    let subject = Subject::Agreement(world.agreement());
    let party = world.members[0].work.party.clone();
    let keys = secrets
        .iter()
        .map(|s| VerifyingKey::from_bytes(s.public().as_bytes()).expect("a sound key"))
        .collect();
    let feeds = in_parallel(secrets, |secret, i| {
        let mut pen = Pen::new(secret, party.clone(), subject.clone());
        (0..count / feeds)
            .map(|n| pen.sign(padded(n, i), Vec::new()).expect("a sound statement").bytes().to_vec())
            .collect()
    });
    Made { world, accessions, feeds, keys }
}

/// An observation whose statement has about 1,024 bytes.
pub(super) fn padded(n: u32, salt: usize) -> truce_statement::Body {
    let note = format!("{salt:>6}-{n:>8} ").repeat(30);
    observation(n + 1, &note[..480])
}

/// Runs `work` over `items` on all cores, keeping their order.
pub(super) fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T, usize) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let queue = std::sync::Mutex::new(items.into_iter().enumerate());
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let next = queue.lock().expect("no worker panicked").next();
                        let Some((i, item)) = next else { return mine };
                        mine.push((i, work(item, i)));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|w| w.join().expect("no worker panicked")).collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, r)| r).collect()
}
