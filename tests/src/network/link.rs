//! A bad link: between two processes of the network, it drops, delays, duplicates and truncates what passes.

use super::Random;
use super::server::{self, Request};
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// In a gust, of so many messages one meets each fault: two of five exchanges come to nothing.
pub const GUST: u64 = 8;
/// Between gusts.
pub const LULL: u64 = 64;
/// The longest delay, milliseconds.
const LONGEST_DELAY: u64 = 2_000;

/// What was done to messages so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Messages that were handed on.
    pub passed: AtomicU64,
    /// Requests that never arrived, and answers that never came back.
    pub dropped: AtomicU64,
    /// Messages that came late.
    pub delayed: AtomicU64,
    /// Requests that arrived twice.
    pub duplicated: AtomicU64,
    /// Requests and answers that were cut in the middle.
    pub truncated: AtomicU64,
}

/// Who looks at every request and the whole answer to it, whether or not it comes through.
pub type Look = Arc<dyn Fn(&Request, &[u8]) + Send + Sync>;

/// A link to one address.
pub struct Link {
    /// Where it is entered.
    pub url: String,
}

/// What all links of a network share.
#[derive(Clone, Default)]
pub struct Weather {
    /// Of so many messages one meets each fault; none where zero.
    pub one_in: Arc<AtomicU64>,
    /// What was done.
    pub tally: Arc<Tally>,
}

impl Link {
    /// A link to `to`, whose faults follow from `seed`.
    #[must_use]
    pub fn to(to: SocketAddr, seed: u64, weather: &Weather, look: Option<Look>) -> Self {
        let address = super::address();
        let (weather, count) = (weather.clone(), AtomicU64::new(0));
        server::listen(address, move |stream| {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let random = Random(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
            pass(stream, to, random, &weather, look.as_ref())
        });
        Self { url: format!("http://{address}") }
    }
}

fn pass(
    mut stream: &TcpStream,
    to: SocketAddr,
    mut random: Random,
    weather: &Weather,
    look: Option<&Look>,
) -> io::Result<()> {
    let Some(request) = Request::read(stream)? else { return Ok(()) };
    let one_in = weather.one_in.load(Ordering::Relaxed);
    let mut strikes = |counter: &AtomicU64| {
        let strikes = random.draw().checked_rem(one_in) == Some(0);
        counter.fetch_add(u64::from(strikes), Ordering::Relaxed);
        strikes
    };
    let tally = &weather.tally;
    let (lost, late) = (strikes(&tally.dropped), strikes(&tally.delayed));
    let (twice, answer_lost) = (strikes(&tally.duplicated), strikes(&tally.dropped));
    let (cut, answer_cut) = (strikes(&tally.truncated), strikes(&tally.truncated));
    let (delay, share) = (random.below(LONGEST_DELAY), random.below(1000));
    if late {
        std::thread::sleep(Duration::from_millis(delay));
    }
    if lost {
        return Ok(());
    }
    if cut {
        let mut half = TcpStream::connect(to)?;
        let head = format!(
            "{} {} HTTP/1.1\r\n{}\r\n\r\n",
            request.method,
            request.path,
            request.headers.join("\r\n")
        );
        let whole = [head.as_bytes(), &request.body].concat();
        return half.write_all(&whole[..part(whole.len(), share)]);
    }
    if twice {
        let again = request.send(to);
        if let (Some(look), Ok(answer)) = (look, &again) {
            look(&request, answer);
        }
    }
    let answer = request.send(to)?;
    if let Some(look) = look {
        look(&request, &answer);
    }
    if answer_lost {
        return Ok(());
    }
    if answer_cut {
        return stream.write_all(&answer[..part(answer.len(), share)]);
    }
    tally.passed.fetch_add(1, Ordering::Relaxed);
    stream.write_all(&answer)
}

/// So many thousandths of a length.
fn part(length: usize, share: u64) -> usize {
    length * usize::try_from(share).unwrap_or(0) / 1000
}
