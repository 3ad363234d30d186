// A job that panics does not give its room back: the reading waits for it forever.
// => failed milestone_4_a_panic_comes_through_and_nothing_hangs

use rayon::ThreadPool;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::mem;
use std::sync::{Mutex, PoisonError, mpsc};

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request<'a> {
    second: u64,
    host: &'a str,
    status: u16,
    bytes: u64,
}

/// Some whole lines of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    /// The number of its first line.
    first_line: u64,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    hosts: BTreeMap<String, Host>,
    /// The numbers of the lines that are no requests.
    bad: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    requests: u64,
    failures: u64,
    bytes: u64,
    first: u64,
    last: u64,
}

// ---- Milestone 1: a line ----

/// Takes a line without its `\n`.
fn parse(line: &[u8]) -> Option<Request<'_>> {
    let mut fields = str::from_utf8(line).ok()?.split(' ');
    let second = number(fields.next()?)?;
    let host = fields.next().filter(|host| !host.is_empty())?;
    let status = fields.next().filter(|status| status.len() == 3)?;
    let status = number(status)?.try_into().ok().filter(|status| (100..600).contains(status))?;
    let bytes = number(fields.next()?)?;
    fields.next().is_none().then_some(Request { second, host, status, bytes })
}

/// `parse` alone would take a plus, too.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

// ---- Milestone 2: blocks ----

struct Blocks<R> {
    reader: R,
    size: usize,
    /// What was read and not returned yet.
    rest: Vec<u8>,
    /// The number of the first line in it.
    line: u64,
    /// So much of it is known to have no end of a line behind the first `size` bytes.
    looked: usize,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    fn new(reader: R, size: usize) -> Self {
        Blocks { reader, size, rest: Vec::new(), line: 1, looked: 0, ended: false }
    }

    /// Where the next block ends in what was read; `None` if that is not known yet.
    fn end(&mut self) -> Option<usize> {
        let length = self.rest.len();
        if self.ended && length <= self.size {
            return Some(length);
        }
        // One byte more says whether a last line without an end is at its end.
        if length <= self.size {
            return None;
        }
        let is_end = |&byte: &u8| byte == b'\n';
        if self.looked == 0
            && let Some(end) = self.rest[..self.size].iter().rposition(is_end)
        {
            return Some(end + 1);
        }
        // Not even one line fits: it is a block of its own.
        let from = self.looked.max(self.size);
        self.looked = length;
        match self.rest[from..].iter().position(is_end) {
            Some(end) => Some(from + end + 1),
            None => self.ended.then_some(length),
        }
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = loop {
            if let Some(end) = self.end() {
                break end;
            }
            // Up to a block; of a line that is longer as much again, or it would be moved too often.
            let more = match (self.size + 1).saturating_sub(self.rest.len()) {
                0 => self.rest.len(),
                missing => missing,
            };
            match self.reader.by_ref().take(more as u64).read_to_end(&mut self.rest) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => {
                    self.rest.clear();
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        };
        if end == 0 {
            return None;
        }
        let rest = self.rest.split_off(end);
        let bytes = mem::replace(&mut self.rest, rest);
        self.looked = 0;
        let first_line = self.line;
        self.line += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        Some(Ok(Block { first_line, bytes }))
    }
}

// ---- Milestone 3: counting ----

fn count(block: &Block) -> Counts {
    let mut counts = Counts::default();
    let lines =
        block.bytes.strip_suffix(b"\n").unwrap_or(&block.bytes).split(|&byte| byte == b'\n');
    for (number, line) in (block.first_line..).zip(lines) {
        match parse(line) {
            Some(request) => {
                let one = Host::from(request);
                match counts.hosts.get_mut(request.host) {
                    Some(host) => host.add(&one),
                    None => _ = counts.hosts.insert(request.host.to_owned(), one),
                }
            }
            None => counts.bad.push(number),
        }
    }
    counts
}

impl From<Request<'_>> for Host {
    fn from(Request { second, status, bytes, .. }: Request<'_>) -> Self {
        let failures = u64::from(status >= 500);
        Host { requests: 1, failures, bytes, first: second, last: second }
    }
}

impl Host {
    fn add(&mut self, other: &Host) {
        self.requests += other.requests;
        self.failures += other.failures;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Counts {
    fn merge(mut self, other: Counts) -> Counts {
        for (name, host) in other.hosts {
            // A host that only one of them knows is taken as it is.
            self.hosts.entry(name).and_modify(|known| known.add(&host)).or_insert(host);
        }
        self.bad.extend(other.bad);
        self.bad.sort_unstable();
        self
    }

    /// The hosts with the most bytes, and how many these are.
    fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut top: Vec<_> =
            self.hosts.iter().map(|(name, host)| (name.as_str(), host.bytes)).collect();
        // Stable: equal ones stay in the order of their names.
        top.sort_by_key(|&(_, bytes)| std::cmp::Reverse(bytes));
        top.truncate(most);
        top
    }
}

fn count_all(blocks: &[Block], count: impl Fn(&Block) -> Counts + Sync) -> Counts {
    blocks.par_iter().map(&count).reduce(Counts::default, Counts::merge)
}

// ---- Milestone 4: all of it ----

fn read(
    reader: impl Read,
    pool: &ThreadPool,
    size: usize,
    most: usize,
    count: impl Fn(&Block) -> Counts + Sync,
) -> io::Result<Counts> {
    let total = Mutex::new(Counts::default());
    let (free, room) = mpsc::channel();
    (0..most).for_each(|_| free.send(()).expect("the receiver is here"));
    let mut blocks = Blocks::new(reader, size);
    // It stays on this thread, and waits for all jobs before it returns.
    pool.in_place_scope(|scope| {
        loop {
            room.recv().expect("a sender is here");
            let Some(block) = blocks.next().transpose()? else { return Ok(()) };
            let free = free.clone();
            let (count, total) = (&count, &total);
            scope.spawn(move |_| {
                let counted = count(&block);
                drop(block);
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                *total = mem::take(&mut *total).merge(counted);
                drop(total);
                let _ = free.send(());
            });
        }
    })
    .map(|()| total.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = ["quay", "pier", "crane"];
    let line =
        |n: usize| format!("{} {} {} {}\n", n / 100, hosts[n % 3], 200 + n % 7 * 50, n % 9000);
    let log: String = (0..100_000).map(line).collect();
    let pool = rayon::ThreadPoolBuilder::new().build()?;
    let counts = read(log.as_bytes(), &pool, 64 << 10, 8, count)?;
    for (host, bytes) in counts.top(2) {
        let Host { requests, failures, .. } = &counts.hosts[host];
        println!("{host:<6} {requests} requests, {failures} failures, {bytes} bytes");
    }
    Ok(())
}
