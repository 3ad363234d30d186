// Project: the log book of a harbor, in four milestones.
//
// Each line of a log is a request: "SECOND HOST STATUS BYTES", for instance "17 quay 200 5120". The
// log is larger than the memory, and all cores shall count.
//
// 1. A line. `parse` wants exactly four fields with one space between them: SECOND and BYTES of
//    digits only, no larger than a `u64`; HOST is not empty, and UTF-8; STATUS has three digits, from
//    100 to 599. Anything else, also an empty line, is `None`.
//
// 2. Blocks. `Blocks` cuts what a reader gives into blocks of whole lines, each with its `\n`; only
//    the last line of all may lack it. A block has as many lines as fit into `size` bytes (1 or more),
//    but at least one. All blocks together are what was read. `first_line` counts from 1. A read that
//    was `Interrupted` is tried again. Another error is returned at once, and is the end. It keeps no
//    more than some blocks in memory, and a long line costs no more a byte than a short one.
//
// 3. Counting. `count` counts the lines of a block: requests, failures (status 500 and above), bytes
//    (they stop at `u64::MAX`), the first and the last second, all by host, and the numbers of the
//    lines that are none, in order. `merge` makes one of two `Counts`, in any order and grouping.
//    `count_all` has all blocks counted, by the function that it is given, on the threads of the pool
//    in which it is called: as many at once as there are threads. `top` has the hosts with the most
//    bytes, the largest first, and among equals by name: at most `most` of them.
//
// 4. All of it. `read` does both at once: the caller's thread reads while the pool's threads count,
//    and no other thread does either. There are at most `most` blocks (1 or more) that were read and
//    are not counted yet, beside what has been read of the next one. When the reader fails, its error
//    is the result; when `count` panics, `read` panics. Either way no job is left when it returns.
//    It is called from outside of the pool.
//
// How it is judged: milestone by milestone; the names of the tests say which. By who is where at the
// same moment, and by what was taken from the reader while nobody could count.
//
// Lesson: chapter-04 fold

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

/// The room that a block takes. It is given back when this is dropped, also by a panic.
struct Room(mpsc::Sender<()>);

impl Drop for Room {
    fn drop(&mut self) {
        // An error says that nobody reads any more.
        let _ = self.0.send(());
    }
}

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
            let taken = Room(free.clone());
            let (count, total) = (&count, &total);
            scope.spawn(move |_| {
                let counted = count(&block);
                drop(block);
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                *total = mem::take(&mut *total).merge(counted);
                drop(total);
                drop(taken);
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

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::io::ErrorKind;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Condvar, Mutex};
    use std::thread;
    use std::time::{Duration, Instant};
    use witness::{Log, Peak, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// How long one waits for another in these tests.
    const PATIENT: Duration = Duration::from_secs(10);

    fn pool(threads: usize) -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(threads).build().expect("there are threads")
    }

    // ---- Milestone 1 ----

    #[test]
    fn milestone_1_a_line_has_four_fields() {
        let request = |second, host, status, bytes| Some(Request { second, host, status, bytes });
        assert_eq!(parse(b"17 quay 200 5120"), request(17, "quay", 200, 5120));
        assert_eq!(parse(b"0 q 100 0"), request(0, "q", 100, 0));
        assert_eq!(
            parse("007 Hafen-Süd:80 599 010".as_bytes()),
            request(7, "Hafen-Süd:80", 599, 10)
        );
        let zeros = format!("{0}17 quay 200 {0}1", "0".repeat(40));
        assert_eq!(parse(zeros.as_bytes()), request(17, "quay", 200, 1), "many zeros first");
        let most = format!("{0} a\tb 404 {0}", u64::MAX);
        assert_eq!(parse(most.as_bytes()), request(u64::MAX, "a\tb", 404, u64::MAX));
    }

    #[test]
    fn milestone_1_anything_else_is_no_request() {
        let lines: [&[u8]; 24] = [
            b"",
            b" ",
            b"17",
            b"17 quay",
            b"17 quay 200",
            b"17 quay 200 ",
            b"17 quay 200 1 ",
            b"17 quay 200 1 2",
            b" 17 quay 200 1",
            b"17  200 1",
            b"17 quay  200 1",
            b"17\tquay 200 1",
            b"+17 quay 200 1",
            b"-1 quay 200 1",
            b"17 quay +20 1",
            b"17 quay 099 1",
            b"17 quay 600 1",
            b"17 quay 0200 1",
            b"17 quay 20 1",
            b"17 quay 200 +1",
            b"17 quay 200 1\r",
            b"1_7 quay 200 1",
            b"18446744073709551616 quay 200 1",
            b"17 qu\xffay 200 1",
        ];
        for line in lines {
            assert_eq!(parse(line), None, "{:?}", String::from_utf8_lossy(line));
        }
    }

    // ---- Milestone 2 ----

    /// A reader that gives at most so many bytes at once, and is interrupted before each of them.
    struct Pieces<'a> {
        bytes: &'a [u8],
        piece: usize,
        interrupted: bool,
    }

    impl<'a> Pieces<'a> {
        fn new(bytes: &'a [u8], piece: usize) -> Self {
            Pieces { bytes, piece, interrupted: false }
        }
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = self.piece.min(buffer.len());
            (&mut self.bytes).read(&mut buffer[..length])
        }
    }

    fn cut(text: &str, size: usize, piece: usize) -> Vec<(u64, String)> {
        let text = text.to_owned();
        within(LIMIT, move || {
            let blocks = Blocks::new(Pieces::new(text.as_bytes(), piece), size);
            let block = |block: io::Result<Block>| {
                let Block { first_line, bytes } = block.expect("this reader does not fail");
                (first_line, String::from_utf8(bytes).expect("the cuts are at ends of lines"))
            };
            blocks.map(block).collect()
        })
    }

    #[test]
    fn milestone_2_a_block_has_as_many_lines_as_fit() {
        let text = "a\nbb\n\nccc\nlong line\nd\ne";
        for piece in [1, 2, 3, 5, 100] {
            let wanted = [(1, "a\nbb\n"), (3, "\nccc\n"), (5, "long line\n"), (6, "d\ne")];
            let wanted = wanted.map(|(line, text)| (line, text.to_owned()));
            assert_eq!(cut(text, 5, piece), wanted, "blocks of 5 bytes, read {piece} at a time");
            let lines = cut(text, 1, piece);
            let lines: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
            assert_eq!(lines, ["a\n", "bb\n", "\n", "ccc\n", "long line\n", "d\n", "e"], "size 1");
            assert_eq!(cut(text, 23, piece).len(), 1, "all of it fits into 23 bytes");
            assert_eq!(cut(text, 22, piece).len(), 2, "the last line does not fit into 22 bytes");
            assert_eq!(cut("", 5, piece), [], "an empty log has no block");
            assert_eq!(cut("\n\n", 5, piece), [(1, "\n\n".to_owned())], "two empty lines");
            assert_eq!(cut("abcde", 5, piece), [(1, "abcde".to_owned())], "one line without end");
            let exact = [(1, "abcd\n".to_owned()), (2, "abcd\n".to_owned())];
            assert_eq!(cut("abcd\nabcd\n", 5, piece), exact, "lines that fit exactly");
        }
    }

    /// A reader that never ends a line, and counts the calls and the bytes.
    struct LongLine<'a> {
        left: usize,
        calls: &'a AtomicUsize,
    }

    impl Read for LongLine<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let bytes = buffer.len().min(self.left).min(4096);
            buffer[..bytes].fill(b'x');
            self.left -= bytes;
            Ok(bytes)
        }
    }

    #[test]
    fn milestone_2_a_long_line_is_not_looked_through_again_and_again() {
        let length = within(LIMIT, || {
            let calls = AtomicUsize::new(0);
            let mut blocks = Blocks::new(LongLine { left: 16 << 20, calls: &calls }, 16);
            let block = blocks.next().expect("one block").expect("this reader does not fail");
            (block.bytes.len(), blocks.next().is_none())
        });
        assert_eq!(length, (16 << 20, true), "a line of 16 MiB in one block");
    }

    /// A reader that is interrupted so often before it gives anything.
    struct Restless<'a>(usize, &'a [u8]);

    impl Read for Restless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(ErrorKind::Interrupted.into());
            }
            self.1.read(buffer)
        }
    }

    #[test]
    fn milestone_2_however_often_it_is_interrupted_it_reads_on() {
        let blocks: Vec<_> = within(LIMIT, || {
            let blocks = Blocks::new(Restless(1_100, b"a\nb\n"), 2);
            blocks.take(9).map(|block| block.map(|block| block.bytes).ok()).collect()
        });
        let wanted = [b"a\n", b"b\n"].map(|line| Some(line.to_vec()));
        assert_eq!(blocks, wanted, "blocks of a reader that was interrupted 1,100 times");
    }

    /// A reader that fails when its bytes are at an end.
    struct Fails<'a>(&'a [u8]);

    impl Read for Fails<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer) {
                Ok(0) => Err(ErrorKind::ConnectionReset.into()),
                other => other,
            }
        }
    }

    #[test]
    fn milestone_2_an_error_is_the_end() {
        let ends: Vec<_> = within(LIMIT, || {
            let blocks = Blocks::new(Fails(b"a\nb\nc\nhal"), 2);
            blocks.take(9).map(|block| block.map(|block| block.bytes)).collect()
        });
        let last = ends.last().expect("there is an error at least");
        let error = last.as_ref().expect_err("the last one is the error");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(ends.len() <= 4, "after the error it ends: {ends:?}");
        assert_eq!(ends.iter().filter(|end| end.is_err()).count(), 1, "one error: {ends:?}");
    }

    // ---- Milestone 3 ----

    /// A log with so many lines; each eleventh is none.
    fn log(lines: u64) -> String {
        let hosts = ["quay", "pier", "crane", "lock", "mole"];
        let line = |n: u64| {
            if n % 11 == 5 {
                return format!("line {n}\n");
            }
            let host = hosts[(n * n % 7 % 5) as usize];
            format!("{} {host} {} {}\n", n * 37 % 101, 100 + n * 13 % 500, n * n % 1009)
        };
        (1..=lines).map(line).collect()
    }

    fn blocks(lines: u64, size: usize) -> Vec<Block> {
        let text = log(lines);
        Blocks::new(text.as_bytes(), size).map(|block| block.expect("it does not fail")).collect()
    }

    #[test]
    fn milestone_3_a_block_is_counted_by_host() {
        let text = "3 quay 200 10\n1 pier 500 1\nbad\n2 quay 599 5\n\n9 quay 499 0\n1 pier 503 2";
        let counts = count(&Block { first_line: 100, bytes: text.into() });
        let quay = Host { requests: 3, failures: 1, bytes: 15, first: 2, last: 9 };
        let pier = Host { requests: 2, failures: 2, bytes: 3, first: 1, last: 1 };
        assert_eq!(counts.hosts, [("pier".into(), pier), ("quay".into(), quay)].into());
        assert_eq!(counts.bad, [102, 104], "the numbers of the lines that are no requests");
        let empty = count(&Block { first_line: 7, bytes: b"\n".into() });
        assert_eq!(empty.bad, [7], "a block with one empty line");
        let text = format!("1 quay 200 {0}\n1 quay 200 {0}\n", u64::MAX);
        let much = count(&Block { first_line: 1, bytes: text.into() });
        assert_eq!(much.hosts["quay"].bytes, u64::MAX);
        let twice = much.clone().merge(much);
        assert_eq!((twice.hosts["quay"].bytes, twice.hosts["quay"].requests), (u64::MAX, 4));
    }

    #[test]
    fn milestone_3_counts_are_merged_in_any_grouping() {
        let text = log(600);
        let whole = count(&Block { first_line: 1, bytes: text.into() });
        assert_eq!(whole.bad.len(), 55, "lines that are none");
        for size in [1, 100, 3_000] {
            let parts: Vec<Counts> = blocks(600, size).iter().map(count).collect();
            let forward = parts.iter().cloned().fold(Counts::default(), Counts::merge);
            assert_eq!(forward, whole, "one after another, blocks of {size}");
            let backward = parts.iter().rev().cloned().fold(Counts::default(), Counts::merge);
            assert_eq!(backward, whole, "the last first, blocks of {size}");
            let pairs = parts.chunks(2).map(|two| two.iter().cloned().reduce(Counts::merge));
            let paired = pairs.flatten().reduce(Counts::merge);
            assert_eq!(paired, Some(whole.clone()), "in pairs, blocks of {size}");
            let every_third = |n| parts.iter().skip(n).step_by(3).cloned();
            let thirds = (0..3).map(|n| every_third(n).fold(Counts::default(), Counts::merge));
            let mixed = thirds.reduce(Counts::merge);
            assert_eq!(mixed, Some(whole.clone()), "every third first, blocks of {size}");
        }
        assert_eq!(whole.clone().merge(Counts::default()), whole);
        assert_eq!(Counts::default().merge(whole.clone()), whole);
    }

    #[test]
    fn milestone_3_the_top_has_the_largest_first_and_names_decide() {
        let host = |bytes| Host { requests: 1, failures: 0, bytes, first: 0, last: 0 };
        let hosts = [("d", 5), ("a", 7), ("c", 7), ("b", 7), ("e", 9)];
        let hosts = hosts.map(|(name, bytes)| (name.to_owned(), host(bytes))).into();
        let counts = Counts { hosts, bad: vec![] };
        assert_eq!(counts.top(9), [("e", 9), ("a", 7), ("b", 7), ("c", 7), ("d", 5)]);
        assert_eq!(counts.top(3), [("e", 9), ("a", 7), ("b", 7)]);
        assert_eq!(counts.top(0), []);
        // So many equal ones that a sort which is not stable shows it.
        let hosts: Vec<_> = (100..400).map(|n| (format!("host {n}"), host(n % 3))).collect();
        let counts = Counts { hosts: hosts.into_iter().collect(), bad: vec![] };
        let top = counts.top(300);
        let sorted = top.is_sorted_by_key(|&(name, bytes)| (std::cmp::Reverse(bytes), name));
        assert!(
            top.len() == 300 && sorted,
            "300 hosts, of which a hundred each are equal: {top:?}"
        );
    }

    #[test]
    fn milestone_3_all_threads_of_the_pool_count_at_once() {
        for (threads, count_of_blocks) in [(1, 1), (3, 3), (9, 9), (4, 5), (3, 4)] {
            let met = within(LIMIT, move || {
                let (pool, all) = (pool(threads), Rendezvous::new(threads));
                let (missed, come) = (Log::new(), AtomicUsize::new(0));
                let meet = |block: &Block| {
                    // As many as there are threads must be here at the same moment.
                    let is_late = come.fetch_add(1, Ordering::SeqCst) >= threads;
                    if pool.current_thread_index().is_none() {
                        missed.push("counted on a thread that is not the pool's".to_owned());
                    } else if !is_late && let Err(error) = all.meet(PATIENT) {
                        missed.push(error.to_string());
                    }
                    count(block)
                };
                let blocks = blocks(count_of_blocks, 1);
                let counts = pool.install(|| count_all(&blocks, meet));
                (missed.events(), counts == count_all(&blocks, count))
            });
            let (missed, equal) = met;
            assert_eq!(missed, [""; 0], "{threads} threads, {count_of_blocks} blocks");
            assert!(equal, "the counts depend on who counts");
        }
    }

    #[test]
    fn milestone_3_no_blocks_no_counts() {
        assert_eq!(count_all(&[], count), Counts::default());
    }

    // ---- Milestone 4 ----

    #[test]
    fn milestone_4_it_counts_what_one_thread_counts() {
        let wrong = within(LIMIT, || {
            let text = log(400);
            let whole = count(&Block { first_line: 1, bytes: text.clone().into() });
            for threads in [1, 2, 7] {
                let pool = pool(threads);
                for (size, most) in [(1, 1), (1, 9), (500, 1), (500, 3), (1 << 20, 2)] {
                    let counts = read(Pieces::new(text.as_bytes(), 333), &pool, size, most, count);
                    if counts.as_ref().ok() != Some(&whole) {
                        return Some((threads, size, most));
                    }
                }
            }
            let empty = read(&b""[..], &pool(1), 1, 1, count).expect("it does not fail");
            (empty != Counts::default()).then_some((0, 0, 0))
        });
        assert_eq!(wrong, None, "other counts with this pool, this size, and so many blocks");
    }

    /// Opened once, for all.
    #[derive(Clone, Default)]
    struct Gate(Arc<(Mutex<bool>, Condvar)>);

    impl Gate {
        fn open(&self) {
            *self.0.0.lock().expect("no panic") = true;
            self.0.1.notify_all();
        }

        fn pass(&self) {
            let shut = self.0.0.lock().expect("no panic");
            drop(self.0.1.wait_timeout_while(shut, LIMIT, |open| !*open));
        }
    }

    /// A reader that tells how much of it was taken.
    struct Told<'a> {
        bytes: &'a [u8],
        taken: Arc<AtomicUsize>,
        elsewhere: Arc<AtomicBool>,
        reader: thread::ThreadId,
    }

    impl Read for Told<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if thread::current().id() != self.reader {
                self.elsewhere.store(true, Ordering::SeqCst);
            }
            let length = buffer.len().min(1000);
            let read = self.bytes.read(&mut buffer[..length])?;
            self.taken.fetch_add(read, Ordering::SeqCst);
            Ok(read)
        }
    }

    #[test]
    fn milestone_4_it_reads_while_it_counts_and_not_too_far() {
        const SIZE: usize = 20_000;
        for (threads, most) in [(2, 3), (1, 5), (3, 9)] {
            let (gate, taken) = (Gate::default(), Arc::new(AtomicUsize::new(0)));
            let elsewhere = Arc::new(AtomicBool::new(false));
            let far = thread::scope(|scope| {
                let (pass, told, other) = (gate.clone(), taken.clone(), elsewhere.clone());
                let counting = scope.spawn(move || {
                    within(LIMIT, move || {
                        let text = log(60_000);
                        let reader = thread::current().id();
                        let told =
                            Told { bytes: text.as_bytes(), taken: told, elsewhere: other, reader };
                        let slow = |block: &Block| {
                            pass.pass();
                            count(block)
                        };
                        let counts = read(told, &pool(threads), SIZE, most, slow);
                        counts.expect("this reader does not fail").bad.len()
                    })
                });
                // Nobody can count. Meanwhile `most` blocks can be read.
                let begun = Instant::now();
                let enough = (most - 1) * SIZE + SIZE / 2;
                while taken.load(Ordering::SeqCst) < enough && begun.elapsed() < PATIENT {
                    thread::yield_now();
                }
                // And then no more. Whoever reads on does it now.
                thread::sleep(Duration::from_millis(60));
                let far = taken.load(Ordering::SeqCst);
                gate.open();
                assert_eq!(counting.join().expect("no panic"), 5_455, "lines that are none");
                assert!(far >= enough, "while nobody could count, only {far} bytes were read");
                far
            });
            let most_bytes = (most + 2) * SIZE;
            assert!(
                far <= most_bytes,
                "at most {most} blocks of {SIZE} bytes: {far} bytes were read meanwhile"
            );
            assert!(!elsewhere.load(Ordering::SeqCst), "read on another thread than the caller's");
        }
    }

    #[test]
    fn milestone_4_all_threads_of_the_pool_count_at_once_and_no_other() {
        for threads in [3, 9] {
            let missed = within(LIMIT, move || {
                let (pool, all, missed) = (pool(threads), Rendezvous::new(threads), Log::new());
                let meet = |block: &Block| {
                    if pool.current_thread_index().is_none() {
                        missed.push("counted on a thread that is not the pool's".to_owned());
                    } else if let Err(error) = all.meet(PATIENT) {
                        missed.push(error.to_string());
                    }
                    count(block)
                };
                let text = log(threads as u64 * 2);
                let counts = read(text.as_bytes(), &pool, 1, threads, meet);
                assert!(counts.is_ok(), "this reader does not fail");
                missed.events()
            });
            assert_eq!(missed, [""; 0], "{threads} threads");
        }
    }

    #[test]
    fn milestone_4_an_error_ends_it_when_all_jobs_have_ended() {
        let (kind, running, counted) = within(LIMIT, || {
            let (text, peak) = (log(100), Peak::new());
            let slow = |block: &Block| {
                let _here = peak.enter();
                thread::sleep(Duration::from_millis(2));
                count(block)
            };
            let error = read(Fails(text.as_bytes()), &pool(2), 1, 4, slow);
            (error.expect_err("the reader fails").kind(), peak.now(), peak.total())
        });
        assert_eq!(kind, ErrorKind::ConnectionReset);
        assert_eq!(running, 0, "jobs that still run when it has returned");
        assert!(counted <= 100, "{counted} blocks were counted of 100");
    }

    #[test]
    fn milestone_4_a_panic_comes_through_and_nothing_hangs() {
        for most in [1, 4] {
            let (panicked, running) = within(LIMIT, move || {
                let (text, peak) = (log(200), Peak::new());
                let broken = |block: &Block| {
                    let _here = peak.enter();
                    assert!(block.first_line % 50 != 7, "on purpose: a block that panics");
                    count(block)
                };
                let reading = || read(text.as_bytes(), &pool(2), 1, most, broken);
                (catch_unwind(AssertUnwindSafe(reading)).is_err(), peak.now())
            });
            assert!(panicked, "`count` has panicked, and `read` says nothing about it");
            assert_eq!(running, 0, "jobs that still run when it has returned");
        }
    }
}
