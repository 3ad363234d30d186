// Puts the list that begins first before the other.
// => failed milestone_3_counts_are_merged_in_any_grouping

use rayon::ThreadPool;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{self, Read};

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

fn number(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    let mut number = 0u64;
    for byte in field {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
    }
    Some(number)
}

/// Takes a line without its `\n`.
fn parse(line: &[u8]) -> Option<Request<'_>> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [second, host, status, bytes]: [&[u8]; 4] = fields.try_into().ok()?;
    let second = number(second)?;
    let host = std::str::from_utf8(host).ok().filter(|host| !host.is_empty())?;
    if status.len() != 3 {
        return None;
    }
    let status = number(status).filter(|status| (100..600).contains(status))? as u16;
    let bytes = number(bytes)?;
    Some(Request { second, host, status, bytes })
}

struct Blocks<R> {
    reader: R,
    size: usize,
    kept: Vec<u8>,
    /// So many bytes of `kept` were looked at.
    looked: usize,
    /// The end of the lines that fit.
    fits: usize,
    line: u64,
    ended: bool,
    failed: bool,
}

impl<R: Read> Blocks<R> {
    fn new(reader: R, size: usize) -> Self {
        let kept = Vec::new();
        Blocks { reader, size, kept, looked: 0, fits: 0, line: 1, ended: false, failed: false }
    }

    fn cut(&mut self, at: usize) -> Block {
        let rest = self.kept.split_off(at);
        let bytes = std::mem::replace(&mut self.kept, rest);
        let block = Block { first_line: self.line, bytes };
        self.looked = 0;
        self.fits = 0;
        self.line += block.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        block
    }

    fn look(&mut self) -> Option<usize> {
        while self.looked < self.kept.len() {
            if self.looked >= self.size && self.fits > 0 {
                return Some(self.fits);
            }
            self.looked += 1;
            if self.kept[self.looked - 1] == b'\n' {
                if self.looked > self.size {
                    return Some(self.looked);
                }
                self.fits = self.looked;
            }
        }
        if self.looked >= self.size && self.fits > 0 {
            return Some(self.fits);
        }
        None
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let mut some = vec![0u8; self.size.clamp(1, 1 << 16)];
        loop {
            if let Some(at) = self.look() {
                return Some(Ok(self.cut(at)));
            }
            if self.ended {
                if self.kept.is_empty() {
                    return None;
                }
                let all = self.kept.len();
                return Some(Ok(self.cut(all)));
            }
            match self.reader.read(&mut some) {
                Ok(0) => self.ended = true,
                Ok(many) => self.kept.extend_from_slice(&some[..many]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

fn count(block: &Block) -> Counts {
    let mut counts = Counts::default();
    let lines = block.bytes.split_inclusive(|byte| *byte == b'\n');
    for (index, line) in lines.enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(request) = parse(line) else {
            counts.bad.push(block.first_line + index as u64);
            continue;
        };
        let one = Host {
            requests: 1,
            failures: u64::from(request.status >= 500),
            bytes: request.bytes,
            first: request.second,
            last: request.second,
        };
        counts.add(request.host, one);
    }
    counts
}

impl Counts {
    fn add(&mut self, name: &str, more: Host) {
        match self.hosts.get_mut(name) {
            None => {
                self.hosts.insert(name.to_string(), more);
            }
            Some(host) => {
                host.requests += more.requests;
                host.failures += more.failures;
                host.bytes = host.bytes.saturating_add(more.bytes);
                host.first = host.first.min(more.first);
                host.last = host.last.max(more.last);
            }
        }
    }

    fn merge(mut self, other: Counts) -> Counts {
        for (name, host) in other.hosts {
            self.add(&name, host);
        }
        let mut bad = other.bad;
        if bad.first() < self.bad.first() {
            bad.append(&mut self.bad);
            self.bad = bad;
        } else {
            self.bad.append(&mut bad);
        }
        self
    }

    /// The hosts with the most bytes, and how many these are.
    fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> =
            self.hosts.iter().map(|(name, host)| (name.as_str(), host.bytes)).collect();
        all.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        all.truncate(most);
        all
    }
}

fn count_all(blocks: &[Block], count: impl Fn(&Block) -> Counts + Sync) -> Counts {
    blocks.par_iter().map(|block| count(block)).reduce(Counts::default, Counts::merge)
}

struct Places {
    free: std::sync::Mutex<usize>,
    change: std::sync::Condvar,
}

impl Places {
    fn take(&self) {
        let mut free = self.free.lock().unwrap();
        while *free == 0 {
            free = self.change.wait(free).unwrap();
        }
        *free -= 1;
    }
}

struct Place<'a>(&'a Places);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap() += 1;
        self.0.change.notify_one();
    }
}

fn read(
    reader: impl Read,
    pool: &ThreadPool,
    size: usize,
    most: usize,
    count: impl Fn(&Block) -> Counts + Sync,
) -> io::Result<Counts> {
    let places = Places { free: std::sync::Mutex::new(most), change: std::sync::Condvar::new() };
    let pile: std::sync::Mutex<Option<Counts>> = std::sync::Mutex::new(None);
    let panicked = std::sync::atomic::AtomicBool::new(false);
    let (places_ref, pile_ref, panicked_ref, count) = (&places, &pile, &panicked, &count);
    let mut blocks = Blocks::new(reader, size);
    let result = pool.in_place_scope(|scope| {
        loop {
            places_ref.take();
            if panicked_ref.load(std::sync::atomic::Ordering::SeqCst) {
                return Ok(());
            }
            let block = match blocks.next() {
                None => return Ok(()),
                Some(Err(error)) => return Err(error),
                Some(Ok(block)) => block,
            };
            scope.spawn(move |_| {
                let place = Place(places_ref);
                let counted = std::panic::AssertUnwindSafe(|| count(&block));
                let mut mine = match std::panic::catch_unwind(counted) {
                    Ok(mine) => mine,
                    Err(panic) => {
                        panicked_ref.store(true, std::sync::atomic::Ordering::SeqCst);
                        std::panic::resume_unwind(panic);
                    }
                };
                drop(block);
                drop(place);
                loop {
                    let mut top = pile_ref.lock().unwrap();
                    match top.take() {
                        None => {
                            *top = Some(mine);
                            return;
                        }
                        Some(other) => {
                            drop(top);
                            mine = mine.merge(other);
                        }
                    }
                }
            });
        }
    });
    result?;
    Ok(pile.into_inner().unwrap().unwrap_or_default())
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
