//! The server that lies: hands on what an honest explorer answers, altered as the attack of the moment wants it.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use truce_tests::http::{self, Answer};

/// Alters the answer to a path with its query.
pub(super) type Alter = Arc<dyn Fn(&str, &mut Answer) + Send + Sync>;

#[derive(Clone)]
struct Plan {
    upstream: String,
    alter: Option<Alter>,
}

/// The server; one origin for everything, so that a browser that remembers takes it for one site.
pub(super) struct Proxy {
    pub(super) url: String,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let plan = Arc::new(Mutex::new(Plan { upstream: String::new(), alter: None }));
        let shared = Arc::clone(&plan);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let plan = Arc::clone(&shared);
                // A browser that goes away in the middle is no failure of ours.
                std::thread::spawn(move || drop(serve(&stream, &plan)));
            }
        });
        Self { url, plan }
    }

    /// From now on: what `upstream` answers, altered.
    pub(super) fn plan(&self, upstream: &str, alter: Option<Alter>) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        *plan = Plan { upstream: upstream.to_owned(), alter };
    }
}

fn serve(stream: &TcpStream, plan: &Mutex<Plan>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut passed) = (String::new(), vec!["connection: close".to_owned()]);
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            // Nothing conditional, nothing compressed: every answer is whole and can be altered.
            if line.to_ascii_lowercase().starts_with("accept")
                && !line.to_ascii_lowercase().starts_with("accept-encoding")
            {
                passed.push(line.trim_end().to_owned());
            }
        }
        let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
        let plan = plan.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut answer = http::Connection::open(&plan.upstream)?.get(&path, &passed)?;
        if let Some(alter) = &plan.alter {
            alter(&path, &mut answer);
        }
        if answer.status == 0 {
            // The lie is not to answer.
            return Ok(());
        }
        let mut head =
            format!("HTTP/1.1 {} Told\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
        // What one attack serves must not come out of the browser's cache in the next.
        head.push_str("cache-control: no-store\r\n");
        for (name, value) in &answer.headers {
            if !["content-length", "transfer-encoding", "connection", "cache-control", "etag", "vary"]
                .contains(&name.as_str())
            {
                let _ = write!(head, "{name}: {value}\r\n");
            }
        }
        let mut out = stream;
        out.write_all(head.as_bytes())?;
        out.write_all(b"\r\n")?;
        out.write_all(&answer.body)?;
    }
}
