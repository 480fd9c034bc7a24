//! The explorer over HTTP: 64 readers at a time over a large log, its first page after a start, its memory, and how soon
//! a new entry is seen.
//!
//! The explorer is a process of its own, `truce explore`. The readers are connections that are kept, each waiting for its
//! answer before it asks again, without a pause: 64 questions are open at every moment, which is more than 64 people
//! would have. One thread holds all of them and waits for the kernel to say which has something to read; it asks, notes
//! the time, and looks at no more of an answer than its length, so that on two cores the explorer has nearly both. Its own
//! processor time is printed beside what it measures. Answers are not asked to be compressed.
//!
//! Addresses are spread over the whole log. How many of those asked for were different ones is printed too: what is asked
//! for again may come from a memory, what is asked for once cannot.

use super::{cpu, explorer, round};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use truce_log::{Depositary, Ledger, SystemClock};
use truce_statement::Subject;
use truce_tests::explorer::Explorer;
use truce_tests::http;
use truce_tests::world::{World, observation};

/// Readers at a time.
const READERS: usize = 64;
/// How long each kind of page is asked for.
const PERIOD: Duration = Duration::from_secs(15);
/// Asked before that, and not counted: what everybody has asked for is in memory.
const WARM_UP: Duration = Duration::from_secs(3);
/// Starts of the process, of which the middle one counts.
const STARTS: usize = 5;
/// New entries, each waited for until it is seen.
const ENTRIES: u32 = 10;

/// Measures over the ledger in `ledger`, which somebody else made; `copy` is where the explorer keeps its copy.
pub(super) fn measure(ledger: &Path, copy: &Path, say: &dyn Fn(String), out: &mut Map<String, Value>) {
    let size = Ledger::open(ledger).expect("the ledger opens").size();
    let start = Instant::now();
    let explorer = Explorer::start(ledger, copy);
    explorer.wait_for(size, Duration::from_secs(3600));
    say(format!("explorer: {size} entries verified and copied in {:.0} s", start.elapsed().as_secs_f64()));
    drop(explorer);

    let mut starts: Vec<f64> = (0..STARTS).map(|_| first_page_ms(ledger, copy)).collect();
    starts.sort_by(f64::total_cmp);
    let first_page = starts[STARTS / 2];
    say(format!(
        "first page after a start     {first_page:>9.1} ms (bar: under 100; best {:.1}, worst {:.1})",
        starts[0],
        starts[STARTS - 1]
    ));
    out.insert("first_page_ms".into(), round(first_page));

    let explorer = Explorer::start(ledger, copy);
    explorer.wait_for(size, Duration::from_secs(600));
    say(format!(
        "{READERS} readers                  p50 ms   p99 ms   worst   pages/s   processor time: explorer, readers   different   of all processors: others, idle"
    ));
    let mut worst_of = |key: &str, name: &str, paths: &dyn Fn(u64) -> String| {
        let load = load(&explorer, paths);
        say(format!(
            "  {name:<26} {:>6.1} {:>8.1} {:>7.1} {:>9.0}   {:>5.3} ms, {:.3} ms a page {:>14.0} % {:>16.0} %, {:.0} %",
            load.p50,
            load.p99,
            load.worst,
            load.rate,
            load.server_ms,
            load.own_ms,
            load.different,
            load.others,
            load.idle
        ));
        out.insert(key.into(), round(load.p99));
    };
    worst_of("record_p99_ms", "record, all over the log", &|n| format!("/records/{}", n * 7_919 % size));
    worst_of("list_p99_ms", "list, filters of many kinds", &list);
    worst_of("search_p99_ms", "search for words", &search);
    let (held, peak) = explorer.memory_mib();
    say(format!("explorer's memory            {held:>9.1} MiB, {peak:.1} at most"));
    out.insert("explorer_rss_mib".into(), round(peak));
    let seen = visible_s(ledger, &explorer);
    say(format!("a new entry is seen after    {seen:>9.2} s at most (bar: 2)"));
    out.insert("visible_s".into(), round(seen));
}

/// Lists as people filter them, from other places each time.
fn list(n: u64) -> String {
    let filters = [
        "party=mission",
        "party=civil&kind=observation",
        "party=mission&kind=observation&zone=luhansk",
        "kind=notification",
        "zone=donetsk&from=2021-03-01&to=2021-03-07",
        "role=civil&from=2021-02-01&to=2021-02-28",
        "status=drill",
        "",
    ];
    let filter = filters[usize::try_from(n / 2).unwrap_or(0) % filters.len()];
    // A page from further back for every other: paging is half of what readers of lists do.
    if n.is_multiple_of(2) {
        format!("/records?{filter}")
    } else {
        format!("/records?{filter}&before={}", 50_000 + n * 7_919 % 900_000)
    }
}

/// Words: common ones, rare ones, two together, and one that nobody wrote.
fn search(n: u64) -> String {
    match n % 5 {
        0 => format!("/records?q=case{}", n * 7_919 % 700_000),
        1 => format!("/records?q=mortar+near{}", n % 90),
        2 => format!("/records?q=village+camera&before={}", 50_000 + n * 7_919 % 900_000),
        // Two words, each in half of all records, that never stand together.
        3 => format!("/records?q=odd+even&before={}", 50_000 + n * 7_919 % 900_000),
        _ => format!("/records?q=batch{}&party=civil", n % 200),
    }
}

/// Milliseconds from the start of the process to the end of the first page, with the copy made.
fn first_page_ms(ledger: &Path, copy: &Path) -> f64 {
    let start = Instant::now();
    let explorer = Explorer::start(ledger, copy);
    let page = http::get(explorer.url(), "/").expect("it answers");
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    assert!(page.status == 200, "the first page is served at once from a copy that is made: {}", page.status);
    ms
}

struct Load {
    p50: f64,
    p99: f64,
    worst: f64,
    /// Pages per second, of all readers.
    rate: f64,
    /// Processor time of a page: the explorer's, and what it took to ask for it.
    server_ms: f64,
    own_ms: f64,
    /// Of a hundred addresses asked for, those that had not been asked for before.
    different: f64,
    /// Of the machine's processor time, the hundredths that went to anything else, and those that nobody used.
    others: f64,
    idle: f64,
}

/// One reader: a connection with a question that is open.
struct Reader {
    stream: TcpStream,
    asked: Instant,
    /// The answer's head, as far as it has come.
    head: Vec<u8>,
    /// Bytes of the whole answer, once its head is there, and those that came.
    wanted: Option<usize>,
    here: usize,
}

impl Reader {
    fn ask(&mut self, authority: &str, path: &str) {
        self.head.clear();
        (self.wanted, self.here) = (None, 0);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\n\r\n");
        self.asked = Instant::now();
        let sent = self.stream.write(request.as_bytes()).expect("a question is sent");
        assert!(sent == request.len(), "a question fits into the socket");
    }

    /// Takes what is there; true once the answer is whole.
    fn take(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => panic!("the explorer closed a connection: {}", String::from_utf8_lossy(&self.head)),
                Ok(n) => {
                    self.here += n;
                    if self.wanted.is_none() {
                        self.head.extend_from_slice(&buffer[..n]);
                        self.wanted = whole(&self.head);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) => panic!("{error}"),
            }
            if self.wanted.is_some_and(|wanted| self.here >= wanted) {
                return true;
            }
        }
    }
}

/// Bytes of an answer with its head, once the head is there.
fn whole(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(answer));
    let length = head.split("content-length: ").nth(1).expect("pages are sent whole, with their length");
    let length: usize = length.split('\r').next().expect("a line").parse().expect("a number");
    Some(end + length)
}

fn load(explorer: &Explorer, path: &dyn Fn(u64) -> String) -> Load {
    let authority = explorer.url().trim_start_matches("http://").to_owned();
    let mut n = 0;
    let mut next = || {
        n += 1;
        path(n)
    };
    let mut poll = Poll::new().expect("the kernel tells what is ready");
    let mut readers: Vec<Reader> = (0..READERS)
        .map(|i| {
            let stream = std::net::TcpStream::connect(&authority).expect("it listens");
            stream.set_nodelay(true).expect("a socket");
            stream.set_nonblocking(true).expect("a socket");
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(i), Interest::READABLE).expect("a socket");
            let mut reader =
                Reader { stream, asked: Instant::now(), head: Vec::new(), wanted: None, here: 0 };
            reader.ask(&authority, &next());
            reader
        })
        .collect();
    let mut events = Events::with_capacity(READERS);
    let mut buffer = vec![0; 256 * 1024];
    let begun = Instant::now();
    let (mut times, mut own, mut server, mut machine, mut counted) = (Vec::new(), 0.0, 0.0, (0.0, 0.0), None);
    while begun.elapsed() < WARM_UP + PERIOD {
        if counted.is_none() && begun.elapsed() >= WARM_UP {
            counted = Some(Instant::now());
            (own, server, machine) = (cpu::seconds(), explorer.processor_seconds(), cpu::machine_seconds());
        }
        match poll.poll(&mut events, Some(PERIOD)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            ready => ready.expect("the kernel tells what is ready"),
        }
        for event in &events {
            let reader = &mut readers[event.token().0];
            if reader.take(&mut buffer) {
                if counted.is_some_and(|from| reader.asked >= from) {
                    times.push(reader.asked.elapsed().as_secs_f64() * 1000.0);
                }
                reader.ask(&authority, &next());
            }
        }
    }
    let seconds = counted.expect("the warm-up ends").elapsed().as_secs_f64();
    let (own, server) = (cpu::seconds() - own, explorer.processor_seconds() - server);
    let now = cpu::machine_seconds();
    let (busy, idle) = (now.0 - machine.0, now.1 - machine.1);
    let share = |seconds: f64| seconds / (busy + idle) * 100.0;
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[quantile(times.len(), part)];
    let different: HashSet<String> = (1..=n).map(path).collect();
    #[allow(clippy::cast_precision_loss)]
    let (pages, asked, different) = (times.len() as f64, n as f64, different.len() as f64);
    Load {
        p50: at(0.5),
        p99: at(0.99),
        worst: at(1.0),
        rate: pages / seconds,
        server_ms: server * 1000.0 / pages,
        own_ms: own * 1000.0 / pages,
        different: different / asked * 100.0,
        others: share(busy - own - server),
        idle: share(idle),
    }
}

/// Index of a quantile among `count` sorted values.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(count: usize, part: f64) -> usize {
    ((count as f64 * part).ceil() as usize).clamp(1, count) - 1
}

/// Seconds until a new entry is on its page, the longest of several: from the receipt, which says that it is durable.
fn visible_s(ledger: &Path, explorer: &Explorer) -> f64 {
    let world = World::default();
    let depositary = Depositary::open(ledger, &world.log, Arc::new(SystemClock)).expect("the ledger opens");
    let mut pen = world.members.into_iter().next().expect("the mission").work;
    let known = depositary.register();
    let known = known.key(&pen.key.public().id()).expect("granted");
    pen.subject = Subject::Agreement(world.charter.agreement());
    (pen.seq, pen.prev) = (known.next_seq, known.last);
    let longest = (0..ENTRIES)
        .map(|n| {
            let signed = pen.sign(observation(n + 1, "just now"), Vec::new()).expect("sound");
            let receipt = depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
            let start = Instant::now();
            while explorer.get(&format!("/records/{}", receipt.position)).status != 200 {
                assert!(start.elapsed() < Duration::from_secs(30), "entry {} is not seen", receipt.position);
                std::thread::sleep(Duration::from_millis(5));
            }
            start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max);
    depositary.close();
    longest
}

/// Makes the ledger that is measured, unless it is there.
pub(super) fn grow(ledger: &Path, entries: u32) {
    if !truce_log::Folder::is_ledger(ledger) {
        explorer::grow(ledger, entries);
    }
}

#[cfg(test)]
mod tests {
    use super::{quantile, whole};

    #[test]
    fn quantiles_are_of_the_values_there_are() {
        assert_eq!(quantile(100, 0.99), 98);
        assert_eq!(quantile(100, 1.0), 99);
        assert_eq!(quantile(1, 0.5), 0);
    }

    #[test]
    fn an_answer_is_whole_when_its_length_is_there() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), Some(43));
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-"), None);
    }
}
