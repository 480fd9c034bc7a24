//! The raw rate of strict signature checks.

use super::{cpu, statements::Made};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Signature checks per second on `threads` threads, over the messages that the statements sign, for about 2 seconds.
pub(super) fn rate(made: &Made, threads: usize) -> f64 {
    let sample: Vec<_> = made.messages(20_000);
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed().as_secs_f64() < 2.0 {
                    for _ in 0..64 {
                        let (key, message, signature) =
                            &sample[next.fetch_add(1, Ordering::Relaxed) % sample.len()];
                        key.verify_strict(message, signature).expect("a sound signature");
                    }
                }
            });
        }
    });
    #[allow(clippy::cast_precision_loss)]
    let done = next.load(Ordering::Relaxed) as f64;
    done / start.elapsed().as_secs_f64()
}

/// Processor time of one check on one thread, microseconds.
pub(super) fn cpu_us(made: &Made) -> f64 {
    let sample = made.messages(5_000);
    let before = cpu::seconds();
    for (key, message, signature) in &sample {
        key.verify_strict(message, signature).expect("a sound signature");
    }
    #[allow(clippy::cast_precision_loss)]
    let count = sample.len() as f64;
    (cpu::seconds() - before) * 1e6 / count
}

/// Processor time of parsing one statement, without checking its signature, microseconds.
pub(super) fn parse_us(made: &Made) -> f64 {
    let before = cpu::seconds();
    let mut count = 0.0;
    for bytes in made.feeds.iter().flatten().take(50_000) {
        std::hint::black_box(truce_statement::Statement::parse(bytes.as_slice()).expect("sound"));
        count += 1.0;
    }
    (cpu::seconds() - before) * 1e6 / count
}
