//! A client that sends the bytes it is given and keeps those it gets, broken or
//! not.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use origin::Origin;

/// Past this a test has failed. Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The bytes that came back, up to the end of the connection.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// How the connection ended.
    pub(crate) end: io::Result<()>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines =
            self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| {
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }
}

/// A connection whose reads fail after [`PATIENCE`], so that no test hangs.
pub(crate) fn connect(origin: &Origin) -> TcpStream {
    let stream =
        TcpStream::connect(origin.address()).expect("the origin accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    // `write!` makes several small writes.
    stream.set_nodelay(true).expect("a socket");
    stream
}

pub(crate) fn get(origin: &Origin, path: &str) -> Answer {
    request(origin, "GET", path, "")
}

pub(crate) fn request(
    origin: &Origin,
    method: &str,
    path: &str,
    headers: &str,
) -> Answer {
    let mut stream = connect(origin);
    let close = "Connection: close";
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: here\r\n{close}\r\n{headers}\r\n"
    )
    .expect("the origin reads");
    read_all(&mut stream)
}

/// Sends a request and leaves the connection open.
pub(crate) fn ask(stream: &mut TcpStream, path: &str) {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n")
        .expect("the origin reads");
}

pub(crate) fn read_all(stream: &mut TcpStream) -> Answer {
    let mut all = Vec::new();
    let end = stream.read_to_end(&mut all).map(drop);
    if let Err(error) = &end {
        let late = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
        assert!(!late.contains(&error.kind()), "no end after {PATIENCE:?}");
    }
    let split = all.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) =
        split.map_or((&all[..], &[][..]), |at| (&all[..at], &all[at + 4..]));
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Answer { status, head, body: body.to_vec(), end }
}

/// Reads one response with a `Content-Length` off a connection that stays open.
pub(crate) fn read_one(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head within the deadline");
        head.push(byte[0]);
    }
    let head =
        String::from_utf8(head).expect("an ASCII head").to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let length =
        length.and_then(|length| length.parse().ok()).expect("a length");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body within the deadline");
    body
}

/// Waits for something that must come about; what it is stands in the message
/// if it does not.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
