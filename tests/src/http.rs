//! HTTP/1.1 over one connection, as little of it as tests need: cheap enough to be the load of a measurement.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from chunks, never compressed: it was not asked to be.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that is kept.
pub struct Connection {
    authority: String,
    stream: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    /// Connects to `url`, as `http://127.0.0.1:8417/`; what stands behind the authority is ignored.
    pub fn open(url: &str) -> io::Result<Self> {
        let authority = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        let stream = TcpStream::connect(&authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { authority, stream: BufReader::with_capacity(64 * 1024, stream), line: String::new() })
    }

    /// Asks for `path` and reads the whole answer. `headers` are whole lines without their ends.
    pub fn get(&mut self, path: &str, headers: &[String]) -> io::Result<Answer> {
        let mut head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n", self.authority);
        for line in headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut answer = Answer::default();
        self.next_line()?;
        answer.status =
            self.line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
        loop {
            self.next_line()?;
            if self.line.is_empty() {
                break;
            }
            let (name, value) = self.line.split_once(':').ok_or_else(malformed)?;
            answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if answer.header("transfer-encoding").is_some() {
            loop {
                self.next_line()?;
                let size = usize::from_str_radix(&self.line, 16).map_err(|_| malformed())?;
                self.take(size, &mut answer.body)?;
                self.next_line()?;
                if size == 0 {
                    return Ok(answer);
                }
            }
        }
        let length = answer.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        if answer.status != 304 {
            self.take(length, &mut answer.body)?;
        }
        Ok(answer)
    }

    fn next_line(&mut self) -> io::Result<()> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.line.truncate(self.line.trim_end_matches(['\r', '\n']).len());
        Ok(())
    }

    fn take(&mut self, size: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let start = body.len();
        body.resize(start + size, 0);
        self.stream.read_exact(&mut body[start..])
    }
}

/// Connects from an address of the loopback network of the caller's choice: each is another sender.
pub fn connect_from(sender: Ipv4Addr, address: SocketAddr) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind((sender, 0).into())?;
        socket.connect(address).await
    })?;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no HTTP answer")
}

/// Asks once, on a connection of its own.
pub fn get(url: &str, path: &str) -> io::Result<Answer> {
    Connection::open(url)?.get(path, &["connection: close".to_owned()])
}
