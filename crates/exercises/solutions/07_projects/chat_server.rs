// Project: a chat server, in four milestones.
//
// Guests connect, give a name, and write lines. Each line goes to everybody else who is there. A
// guest who does not read must not hold up the others.
//
// 1. Lines. `Lines::next` returns the next line of a stream, without its end: `\n`, or `\r\n`. The
//    last line may have no end. `None` is the end of the stream. A line of more than `LONGEST` bytes,
//    or one that is not UTF-8, is an error of the kind `InvalidData`. It keeps at most some KB of a
//    stream in memory. A `next` that is dropped before it is ready loses nothing: the next one goes on.
//
// 2. The room. `enter` gives a seat, or says why not; of several who come with one name at the same
//    moment, one gets it. `Seat::say` sends "NAME: LINE" to all others and never waits. All guests
//    hear all lines in the same order. Everybody else hears "* NAME is here" and, when a seat is
//    dropped, "* NAME has left"; then the name is free again. For each guest as many lines may wait
//    as `Room::new` is told. Who would have one more has lost the seat: `Seat::next` still returns
//    the lines that wait, and then `None`. After `close` each `next` returns the lines that wait,
//    then "* closing" (if there is room for it), then `None`, and nobody enters.
//
// 3. A guest. It is asked "name?". If the name is taken it is told "taken", and asked again. Then
//    what it writes is said, and what the others say is written to it, each on a line of its own. It
//    ends well when the stream ends or the seat gives `None`. A line that is not taken off our hands
//    within `PATIENCE` is an error of the kind `TimedOut`.
//
// 4. The server. `serve` has a task for each guest, at most `most` of them at once: one more is told
//    "full" and let go, and is no guest. When `closing` is there, or its sender is gone, it takes
//    nobody else and closes the room. Guests may then take what waits for them, for `PATIENCE` at
//    most, all together. It returns how many guests there were, when all of its tasks have ended. If
//    nobody comes any more (`incoming` has ended) it goes on until the last has left. A guest that
//    panics harms nobody. When the future of `serve` is dropped, all of its tasks end.
//
// How it is judged: milestone by milestone; the names of the tests say which. On a clock that moves
// only when everybody waits.
//
// Lesson: chapter-03 server

use std::collections::HashMap;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The most bytes of a line, its end not counted.
const LONGEST: usize = 1000;

/// How long a guest may take to take one line; and how long all may take when the server closes.
const PATIENCE: Duration = Duration::from_secs(5);

// ---- Milestone 1: lines ----

struct Lines<R> {
    reader: R,
    /// What was read and not returned yet.
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Lines { reader, buffer: Vec::new() }
    }

    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return text(line).map(Some);
            }
            // With room for a `\r` whose `\n` is still to come.
            if self.buffer.len() > LONGEST + 1 {
                return Err(too_long());
            }
            // A read that is dropped has read nothing; one that is ready has it in the buffer.
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                return text(mem::take(&mut self.buffer)).map(Some);
            }
        }
    }
}

fn text(line: Vec<u8>) -> io::Result<String> {
    if line.len() > LONGEST {
        return Err(too_long());
    }
    String::from_utf8(line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is too long")
}

// ---- Milestone 2: the room ----

/// A guest's lines; `None` once the seat is lost.
type Lane = Option<mpsc::Sender<String>>;

struct Room {
    waiting: usize,
    /// `None` once the room is closed.
    guests: Mutex<Option<HashMap<String, Lane>>>,
}

struct Seat {
    room: Arc<Room>,
    name: String,
    lines: mpsc::Receiver<String>,
}

#[derive(Debug, PartialEq)]
enum Refused {
    /// Somebody with this name is there.
    Taken,
    /// The room is closed.
    Closed,
}

impl Room {
    /// A room in which at most `waiting` lines wait for each guest.
    fn new(waiting: usize) -> Arc<Room> {
        Arc::new(Room { waiting, guests: Mutex::new(Some(HashMap::new())) })
    }

    fn enter(self: &Arc<Self>, name: &str) -> Result<Seat, Refused> {
        // One lock for looking and for taking the name.
        let mut guests = self.lock();
        let guests = guests.as_mut().ok_or(Refused::Closed)?;
        if guests.contains_key(name) {
            return Err(Refused::Taken);
        }
        tell(guests, Some(name), &format!("* {name} is here"));
        let (sender, lines) = mpsc::channel(self.waiting);
        guests.insert(name.to_owned(), Some(sender));
        Ok(Seat { room: self.clone(), name: name.to_owned(), lines })
    }

    fn close(&self) {
        if let Some(mut guests) = self.lock().take() {
            tell(&mut guests, None, "* closing");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<String, Lane>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a line to all but one, under the caller's lock: so all hear all lines in the same order.
fn tell(guests: &mut HashMap<String, Lane>, but: Option<&str>, line: &str) {
    for (_, lane) in guests.iter_mut().filter(|(name, _)| Some(name.as_str()) != but) {
        let full = lane.as_ref().is_some_and(|sender| {
            matches!(sender.try_send(line.to_owned()), Err(TrySendError::Full(_)))
        });
        if full {
            *lane = None;
        }
    }
}

impl Seat {
    fn say(&self, line: &str) {
        if let Some(guests) = self.room.lock().as_mut() {
            tell(guests, Some(&self.name), &format!("{}: {line}", self.name));
        }
    }

    async fn next(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(guests) = self.room.lock().as_mut() {
            guests.remove(&self.name);
            tell(guests, Some(&self.name), &format!("* {} has left", self.name));
        }
    }
}

// ---- Milestone 3: a guest ----

async fn guest<S>(stream: S, room: Arc<Room>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = Lines::new(reader);
    let mut seat = loop {
        write(&mut writer, "name?").await?;
        let Some(name) = lines.next().await? else { return Ok(()) };
        match room.enter(&name) {
            Ok(seat) => break seat,
            Err(Refused::Taken) => write(&mut writer, "taken").await?,
            Err(Refused::Closed) => return Ok(()),
        }
    };
    loop {
        // Both `next` may be dropped at any time. A write may not, so none stands in a branch.
        tokio::select! {
            line = lines.next() => match line? {
                Some(line) => seat.say(&line),
                None => return Ok(()),
            },
            heard = seat.next() => match heard {
                Some(heard) => write(&mut writer, &heard).await?,
                None => return Ok(()),
            },
        }
    }
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), line: &str) -> io::Result<()> {
    let line = format!("{line}\n");
    timeout(PATIENCE, writer.write_all(line.as_bytes())).await?
}

// ---- Milestone 4: the server ----

async fn serve<S>(
    mut incoming: mpsc::Receiver<S>,
    waiting: usize,
    most: usize,
    mut closing: oneshot::Receiver<()>,
) -> usize
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let room = Room::new(waiting);
    let seats = Arc::new(Semaphore::new(most));
    // Dropped with this future, and its tasks with it.
    let mut tasks = JoinSet::new();
    let mut guests = 0;
    let mut open = true;
    while open || !tasks.is_empty() {
        tokio::select! {
            _ = &mut closing => break,
            stream = incoming.recv(), if open => match (stream, seats.clone().try_acquire_owned()) {
                (None, _) => open = false,
                (Some(stream), Ok(seat)) => {
                    guests += 1;
                    let room = room.clone();
                    tasks.spawn(async move {
                        // An error is the guest's own: the others go on.
                        let _ = guest(stream, room).await;
                        drop(seat);
                    });
                }
                (Some(mut stream), Err(_)) => {
                    // In a task, too: whoever does not take the answer must not hold up the door.
                    tasks.spawn(async move {
                        let _ = write(&mut stream, "full").await;
                    });
                }
            },
            // A panic is the task's own.
            Some(_) = tasks.join_next() => {}
        }
    }
    room.close();
    let all = async { while tasks.join_next().await.is_some() {} };
    let _ = timeout(PATIENCE, all).await;
    tasks.shutdown().await;
    guests
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (connect, incoming) = mpsc::channel(4);
    let (close, closing) = oneshot::channel();
    let server = tokio::spawn(serve(incoming, 16, 8, closing));
    let mut streams = Vec::new();
    for name in ["anna", "ben"] {
        let (mut stream, theirs) = tokio::io::duplex(256);
        connect.send(theirs).await.expect("the server is there");
        let hello = format!("{name}\nhello from {name}\n");
        stream.write_all(hello.as_bytes()).await.expect("it is read");
        tokio::time::sleep(Duration::from_millis(10)).await;
        streams.push(stream);
    }
    close.send(()).expect("the server is there");
    println!("guests: {}", server.await.expect("it does not panic"));
    for mut stream in streams {
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.expect("it is text");
        println!("{:?}", heard.lines().collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::pin::{Pin, pin};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::{Context, Poll};
    use std::thread;
    use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream, ReadBuf, duplex, split};
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::yield_now;
    use tokio::time::{Instant, sleep, timeout};
    use witness::{Log, thread_cpu_time, within};

    const LIMIT: Duration = Duration::from_secs(40);

    /// Runs a test on a clock that moves only when all wait, and ends it when it hangs.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let hour = Duration::from_secs(3600);
                timeout(hour, test()).await.expect("nothing came within an hour of virtual time")
            })
        })
    }

    // ---- Milestone 1 ----

    /// All lines of `bytes`, given in pieces of `piece` bytes.
    fn lines_of(bytes: &[u8], piece: usize) -> io::Result<Vec<String>> {
        let bytes = bytes.to_vec();
        paused(async move || {
            let (mut writer, reader) = duplex(piece);
            tokio::spawn(async move { writer.write_all(&bytes).await });
            let mut lines = Lines::new(reader);
            let mut all = Vec::new();
            while let Some(line) = lines.next().await? {
                all.push(line);
            }
            Ok(all)
        })
    }

    #[test]
    fn milestone_1_lines_are_cut_at_their_ends() {
        for piece in [1, 2, 3, 7, 4096] {
            let text = "one\r\ntwo\n\n  three\r\r\né\nlast".as_bytes();
            let lines = lines_of(text, piece).expect("these are good lines");
            let wanted = ["one", "two", "", "  three\r", "é", "last"];
            assert_eq!(lines, wanted, "in pieces of {piece} bytes");
            assert_eq!(lines_of(b"", piece).unwrap(), [""; 0], "an empty stream");
            assert_eq!(lines_of(b"\n", piece).unwrap(), [""], "one empty line");
            let many = "a line\n".repeat(2_000);
            assert_eq!(lines_of(many.as_bytes(), piece).unwrap().len(), 2_000);
        }
    }

    #[test]
    fn milestone_1_a_line_that_is_too_long_or_no_text_is_an_error() {
        for end in ["", "\n", "\r\n"] {
            let longest = format!("{}{end}", "x".repeat(LONGEST));
            let longer = format!("{}{end}", "x".repeat(LONGEST + 1));
            for piece in [1, 4096] {
                let lines = lines_of(longest.as_bytes(), piece);
                let line = &lines.expect("a line of exactly LONGEST bytes is good")[0];
                assert_eq!(line.len(), LONGEST);
                let error = lines_of(longer.as_bytes(), piece);
                let error = error.expect_err("one byte more is too long");
                assert_eq!(error.kind(), io::ErrorKind::InvalidData, "too long, end {end:?}");
            }
        }
        let error = lines_of(b"good\n\xff\xfe\n", 4096).expect_err("that is not UTF-8");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    /// A stream of the letter x that never ends, and how much of it was taken.
    struct Endless<'a>(&'a AtomicUsize);

    impl AsyncRead for Endless<'_> {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let bytes = buffer.remaining().min(4096);
            let taken = self.0.fetch_add(bytes, Ordering::Relaxed);
            assert!(taken < 256 << 10, "a line without end: {taken} bytes of it are in memory");
            buffer.put_slice(&vec![b'x'; bytes]);
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn milestone_1_a_line_without_end_does_not_fill_the_memory() {
        let taken = AtomicUsize::new(0);
        let result = Lines::new(Endless(&taken)).next().now_or_never();
        let error = result.expect("the bytes are there at once").expect_err("it is too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let taken = taken.into_inner();
        assert!(taken <= 64 << 10, "{taken} bytes were taken of a line that may have {LONGEST}");
    }

    #[test]
    fn milestone_1_a_next_that_is_dropped_loses_nothing() {
        let lines = paused(async || {
            let (mut writer, reader) = duplex(64);
            let mut lines = Lines::new(reader);
            let mut all = Vec::new();
            for byte in "one\ntwö\r\nthree\n".bytes() {
                writer.write_all(&[byte]).await.expect("it is read");
                // Each `next` is polled once, and dropped.
                if let Some(line) = lines.next().now_or_never() {
                    all.push(line.expect("it is text").expect("it goes on"));
                }
            }
            all
        });
        assert_eq!(lines, ["one", "twö", "three"], "a byte at a time, `next` dropped after each");
    }

    // ---- Milestone 2 ----

    /// The lines that wait for a seat; with `None` last, if the seat was lost.
    fn waiting(seat: &mut Seat) -> Vec<Option<String>> {
        let mut all = Vec::new();
        while let Some(line) = seat.next().now_or_never() {
            let lost = line.is_none();
            all.push(line);
            if lost {
                break;
            }
        }
        all
    }

    fn some(lines: &[&str]) -> Vec<Option<String>> {
        lines.iter().map(|line| Some((*line).to_owned())).collect()
    }

    #[test]
    fn milestone_2_the_others_hear_it() {
        within(LIMIT, || {
            let room = Room::new(9);
            let mut anna = room.enter("anna").expect("the room is empty");
            let mut ben = room.enter("ben").expect("this name is free");
            let mut cleo = room.enter("cleo").expect("this name is free");
            ben.say("hello");
            anna.say("");
            drop(ben);
            assert_eq!(
                waiting(&mut anna),
                some(&["* ben is here", "* cleo is here", "ben: hello", "* ben has left"])
            );
            assert_eq!(waiting(&mut cleo), some(&["ben: hello", "anna: ", "* ben has left"]));
        });
    }

    #[test]
    fn milestone_2_a_name_belongs_to_one() {
        within(LIMIT, || {
            let room = Room::new(9);
            let ben = room.enter("ben").expect("the room is empty");
            assert_eq!(room.enter("ben").err(), Some(Refused::Taken));
            drop(ben);
            assert!(room.enter("ben").is_ok(), "who had the name has left");
            assert!(room.enter("ben").is_ok(), "who had the name has left again");
        });
    }

    #[test]
    fn milestone_2_of_several_at_the_same_moment_one_gets_the_name() {
        let (entered, both) = within(LIMIT, || {
            let (room, begun) = (Room::new(1), Instant::now());
            let (entered, inside) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let both = AtomicBool::new(false);
            let visit = || {
                // What counts is for how long it was at work: a busy machine gives it less.
                let worked = || thread_cpu_time().unwrap_or_else(|| begun.elapsed());
                let until = worked() + Duration::from_millis(400);
                let late = Duration::from_secs(30);
                while worked() < until && begun.elapsed() < late && !both.load(Ordering::SeqCst) {
                    let Ok(seat) = room.enter("ben") else { continue };
                    entered.fetch_add(1, Ordering::SeqCst);
                    if inside.fetch_add(1, Ordering::SeqCst) > 0 {
                        both.store(true, Ordering::SeqCst);
                    }
                    (0..20).for_each(|_| std::hint::spin_loop());
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(seat);
                }
            };
            thread::scope(|scope| {
                scope.spawn(visit);
                scope.spawn(visit);
            });
            (entered.into_inner(), both.into_inner())
        });
        assert!(entered > 0, "nobody got a name that was free");
        assert!(!both, "two were in the room with the same name");
    }

    #[test]
    fn milestone_2_who_does_not_take_the_lines_loses_the_seat_and_not_the_lines() {
        within(LIMIT, || {
            let room = Room::new(3);
            let mut anna = room.enter("anna").expect("the room is empty");
            let mut ben = room.enter("ben").expect("this name is free");
            for line in ["1", "2", "3", "4", "5"] {
                anna.say(line);
                assert_eq!(waiting(&mut anna).len(), usize::from(line == "1"), "her own lines");
            }
            let mut wanted = some(&["anna: 1", "anna: 2", "anna: 3"]);
            wanted.push(None);
            assert_eq!(waiting(&mut ben), wanted);
            assert_eq!(room.enter("ben").err(), Some(Refused::Taken), "ben holds a seat still");
            drop(ben);
            assert_eq!(waiting(&mut anna), some(&["* ben has left"]));
            assert!(room.enter("ben").is_ok());
        });
    }

    #[test]
    fn milestone_2_who_has_lost_the_seat_hears_nothing_new() {
        within(LIMIT, || {
            let room = Room::new(3);
            let anna = room.enter("anna").expect("the room is empty");
            let mut ben = room.enter("ben").expect("this name is free");
            (1..=4).for_each(|line| anna.say(&line.to_string()));
            assert_eq!(ben.next().now_or_never(), Some(Some("anna: 1".to_owned())));
            // There is room again, but ben has no seat.
            anna.say("5");
            let mut wanted = some(&["anna: 2", "anna: 3"]);
            wanted.push(None);
            assert_eq!(waiting(&mut ben), wanted, "what waited when the seat was lost");
        });
    }

    #[test]
    fn milestone_2_the_latest_next_is_woken() {
        let woken = within(LIMIT, || {
            let (room, woken) = (Room::new(3), Log::new());
            let mut anna = room.enter("anna").expect("the room is empty");
            let mut next = pin!(anna.next());
            for name in ["older", "latest"] {
                let woken = woken.clone();
                let waker = exercises::hooked(|| (), move || woken.push(name));
                let next = next.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(next.is_pending(), "nothing was said yet");
            }
            let _ben = room.enter("ben").expect("this name is free");
            woken.events()
        });
        assert!(woken.contains(&"latest"), "a line came, and these were woken: {woken:?}");
    }

    #[test]
    fn milestone_2_all_hear_the_lines_in_the_same_order() {
        within(LIMIT, || {
            let room = Room::new(20_000);
            let mut hear: Vec<_> =
                (0..9).map(|n| room.enter(&format!("ear {n}")).unwrap()).collect();
            let speak: Vec<_> = (0..3).map(|n| room.enter(&format!("{n}")).unwrap()).collect();
            let start = Barrier::new(3);
            thread::scope(|scope| {
                for seat in &speak {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        (0..1_000).for_each(|line| seat.say(&line.to_string()));
                    });
                }
            });
            let said =
                |line: &Option<String>| line.as_ref().is_some_and(|line| line.contains(": "));
            let mut heard: Vec<Vec<_>> = hear.iter_mut().map(waiting).collect();
            for lines in &mut heard {
                lines.retain(said);
            }
            assert_eq!(heard[0].len(), 3_000, "the lines that one of them heard");
            let other = heard.iter().position(|lines| *lines != heard[0]);
            assert_eq!(other, None, "this one heard them in another order than the first");
        });
    }

    #[test]
    fn milestone_2_after_the_end_each_has_what_waits() {
        within(LIMIT, || {
            let room = Room::new(2);
            let mut anna = room.enter("anna").expect("the room is empty");
            let mut ben = room.enter("ben").expect("this name is free");
            assert_eq!(waiting(&mut anna).len(), 1);
            anna.say("last");
            room.close();
            room.close();
            anna.say("too late");
            assert_eq!(room.enter("cleo").err(), Some(Refused::Closed));
            let mut wanted = some(&["anna: last", "* closing"]);
            wanted.push(None);
            assert_eq!(waiting(&mut ben), wanted);
            assert_eq!(waiting(&mut anna), [Some("* closing".to_owned()), None]);
            assert_eq!(anna.next().now_or_never(), Some(None), "asked once more");
        });
    }

    #[test]
    fn milestone_2_who_waits_is_woken() {
        paused(async || {
            let room = Room::new(2);
            let mut anna = room.enter("anna").expect("the room is empty");
            let heard = tokio::spawn(async move { (anna.next().await, anna.next().await) });
            sleep(Duration::from_secs(1)).await;
            let _ben = room.enter("ben").expect("this name is free");
            sleep(Duration::from_secs(1)).await;
            room.close();
            let (first, second) = heard.await.expect("no panic");
            assert_eq!(first.as_deref(), Some("* ben is here"));
            assert_eq!(second.as_deref(), Some("* closing"));
        });
    }

    // ---- Milestone 3 ----

    /// Somebody at the other end of a guest's stream.
    struct Client {
        lines: tokio::io::Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
        writer: tokio::io::WriteHalf<DuplexStream>,
    }

    impl Client {
        fn new(stream: DuplexStream) -> Self {
            let (reader, writer) = split(stream);
            Client { lines: BufReader::new(reader).lines(), writer }
        }

        async fn write(&mut self, text: &str) {
            self.writer.write_all(text.as_bytes()).await.expect("the guest reads");
        }

        /// The next line; `None` at the end.
        async fn hears(&mut self) -> Option<String> {
            let patience = Duration::from_secs(60);
            let line = timeout(patience, self.lines.next_line()).await;
            line.expect("no line came within a minute").expect("it is text")
        }

        async fn enters(&mut self, name: &str) {
            assert_eq!(self.hears().await.as_deref(), Some("name?"));
            self.write(&format!("{name}\n")).await;
            for _ in 0..9 {
                yield_now().await;
            }
        }
    }

    type Guest = tokio::task::JoinHandle<io::Result<()>>;

    fn visit(room: &Arc<Room>, bytes: usize) -> (Client, Guest) {
        let (ours, theirs) = duplex(bytes);
        (Client::new(ours), tokio::spawn(guest(theirs, room.clone())))
    }

    #[test]
    fn milestone_3_a_guest_says_and_hears() {
        paused(async || {
            let room = Room::new(9);
            let ((mut anna, _a), (mut ben, b)) = (visit(&room, 64), visit(&room, 64));
            anna.enters("anna").await;
            ben.enters("anna").await;
            assert_eq!(ben.hears().await.as_deref(), Some("taken"));
            ben.enters("ben").await;
            assert_eq!(anna.hears().await.as_deref(), Some("* ben is here"));
            ben.write("hello\nis somebody there?\n").await;
            assert_eq!(anna.hears().await.as_deref(), Some("ben: hello"));
            assert_eq!(anna.hears().await.as_deref(), Some("ben: is somebody there?"));
            anna.write("yes\n").await;
            assert_eq!(
                ben.hears().await.as_deref(),
                Some("anna: yes"),
                "not what ben said himself"
            );
            drop(ben);
            assert!(b.await.expect("no panic").is_ok(), "a stream that ends is a good end");
            assert_eq!(anna.hears().await.as_deref(), Some("* ben has left"));
        });
    }

    #[test]
    fn milestone_3_half_a_line_is_kept_when_something_else_happens() {
        paused(async || {
            let room = Room::new(9);
            let ((mut anna, _a), (mut ben, _b)) = (visit(&room, 64), visit(&room, 64));
            anna.enters("anna").await;
            ben.enters("ben").await;
            assert_eq!(anna.hears().await.as_deref(), Some("* ben is here"));
            for half in ["good ", "morn", "ing", " all"] {
                anna.write(half).await;
                sleep(Duration::from_millis(1)).await;
                ben.write("hm\n").await;
                assert_eq!(anna.hears().await.as_deref(), Some("ben: hm"));
            }
            anna.write("\n").await;
            assert_eq!(ben.hears().await.as_deref(), Some("anna: good morning all"));
        });
    }

    #[test]
    fn milestone_3_who_takes_no_line_holds_up_nobody() {
        paused(async || {
            let room = Room::new(9);
            let (mut anna, _a) = visit(&room, 256);
            anna.enters("anna").await;
            let (mut ben, _b) = visit(&room, 256);
            ben.enters("ben").await;
            assert_eq!(anna.hears().await.as_deref(), Some("* ben is here"));
            let (mut slow, left) = visit(&room, 8);
            slow.enters("slow").await;
            assert_eq!(anna.hears().await.as_deref(), Some("* slow is here"));
            assert_eq!(ben.hears().await.as_deref(), Some("* slow is here"));
            let start = Instant::now();
            for line in 0..100 {
                anna.write(&format!("{line}\n")).await;
                assert_eq!(ben.hears().await, Some(format!("anna: {line}")));
            }
            assert_eq!(start.elapsed(), Duration::ZERO, "ben had to wait");
            let end = left.await.expect("no panic").expect_err("slow took nothing");
            assert_eq!(end.kind(), io::ErrorKind::TimedOut);
            assert_eq!(start.elapsed(), PATIENCE, "slow was let go after");
            assert_eq!(anna.hears().await.as_deref(), Some("* slow has left"));
        });
    }

    #[test]
    fn milestone_3_who_does_not_take_the_question_is_let_go() {
        for sips in [false, true] {
            paused(async move || {
                let (room, start) = (Room::new(9), Instant::now());
                let (mut ours, theirs) = duplex(1);
                let left = tokio::spawn(guest(theirs, room));
                let client = tokio::spawn(async move {
                    // A byte now and then is no line.
                    while sips && ours.read_u8().await.is_ok() {
                        sleep(PATIENCE * 4 / 5).await;
                    }
                    std::future::pending::<()>().await;
                    drop(ours);
                });
                let end = left.await.expect("no panic").expect_err("the question was not taken");
                assert_eq!(end.kind(), io::ErrorKind::TimedOut);
                assert_eq!(start.elapsed(), PATIENCE, "let go after; takes some bytes: {sips}");
                client.abort();
            });
        }
    }

    #[test]
    fn milestone_3_a_guest_leaves_when_the_room_closes_or_the_line_is_bad() {
        paused(async || {
            let room = Room::new(9);
            let ((mut anna, a), (mut ben, b)) = (visit(&room, 64), visit(&room, 4096));
            anna.enters("anna").await;
            ben.enters("ben").await;
            ben.write(&"x".repeat(LONGEST + 2)).await;
            let end = b.await.expect("no panic").expect_err("that line is too long");
            assert_eq!(end.kind(), io::ErrorKind::InvalidData);
            room.close();
            for line in ["* ben is here", "* ben has left", "* closing"] {
                assert_eq!(anna.hears().await.as_deref(), Some(line));
            }
            assert_eq!(anna.hears().await, None);
            assert!(a.await.expect("no panic").is_ok(), "a room that closes is a good end");
        });
    }

    // ---- Milestone 4 ----

    struct Server {
        connect: mpsc::Sender<DuplexStream>,
        close: oneshot::Sender<()>,
        served: tokio::task::JoinHandle<usize>,
    }

    impl Server {
        fn new(most: usize) -> Self {
            let (connect, incoming) = mpsc::channel(1);
            let (close, closing) = oneshot::channel();
            Server { connect, close, served: tokio::spawn(serve(incoming, 9, most, closing)) }
        }

        async fn visit(&self, bytes: usize) -> Client {
            let (ours, theirs) = duplex(bytes);
            assert!(self.connect.send(theirs).await.is_ok(), "the server takes nobody");
            for _ in 0..9 {
                yield_now().await;
            }
            Client::new(ours)
        }
    }

    fn alive() -> usize {
        Handle::current().metrics().num_alive_tasks()
    }

    #[test]
    fn milestone_4_one_more_than_most_is_turned_away() {
        paused(async || {
            let server = Server::new(3);
            let mut guests = Vec::new();
            for name in ["a", "b", "c"] {
                let mut guest = server.visit(256).await;
                guest.enters(name).await;
                guests.push(guest);
            }
            // The first of them does not even read its "full".
            let stubborn = server.visit(1).await;
            let start = Instant::now();
            let mut fourth = server.visit(256).await;
            assert_eq!(fourth.hears().await.as_deref(), Some("full"));
            assert_eq!(fourth.hears().await, None, "and is let go");
            assert_eq!(start.elapsed(), Duration::ZERO, "the door was held up");
            drop(guests.pop());
            assert_eq!(guests[1].hears().await.as_deref(), Some("* c is here"));
            assert_eq!(guests[1].hears().await.as_deref(), Some("* c has left"));
            let mut fifth = server.visit(256).await;
            fifth.enters("e").await;
            assert_eq!(guests[1].hears().await.as_deref(), Some("* e is here"));
            drop((guests, fifth, stubborn, server.connect));
            assert_eq!(server.served.await.expect("no panic"), 4, "guests");
            drop(server.close);
            assert_eq!(alive(), 0, "tasks that were left behind");
        });
    }

    #[test]
    fn milestone_4_who_has_left_has_no_place() {
        paused(async || {
            let server = Server::new(1);
            for name in ["a", "b", "c"] {
                // The one before has just left, and the next is here already.
                let mut guest = server.visit(256).await;
                guest.enters(name).await;
            }
            drop(server.connect);
            assert_eq!(server.served.await.expect("no panic"), 3, "guests");
            drop(server.close);
        });
    }

    #[test]
    fn milestone_4_it_closes_also_when_nobody_comes_any_more() {
        paused(async || {
            let server = Server::new(9);
            let mut anna = server.visit(256).await;
            anna.enters("anna").await;
            drop(server.connect);
            sleep(Duration::from_secs(1)).await;
            server.close.send(()).expect("the server listens");
            assert_eq!(anna.hears().await.as_deref(), Some("* closing"));
            assert_eq!(anna.hears().await, None);
            assert_eq!(server.served.await.expect("no panic"), 1, "guests");
        });
    }

    #[test]
    fn milestone_4_when_it_closes_nobody_loses_a_line() {
        for closed_by_drop in [false, true] {
            paused(async move || {
                let server = Server::new(9);
                let mut anna = server.visit(256).await;
                anna.enters("anna").await;
                let mut ben = server.visit(256).await;
                ben.enters("ben").await;
                anna.write("one\ntwo\n").await;
                sleep(Duration::from_millis(1)).await;
                let nameless = server.visit(256).await;
                let start = Instant::now();
                if closed_by_drop {
                    drop(server.close);
                } else {
                    server.close.send(()).expect("the server listens");
                }
                for line in ["anna: one", "anna: two", "* closing"] {
                    assert_eq!(ben.hears().await.as_deref(), Some(line));
                }
                assert_eq!(ben.hears().await, None);
                for line in ["* ben is here", "* closing"] {
                    assert_eq!(anna.hears().await.as_deref(), Some(line));
                }
                assert_eq!(anna.hears().await, None);
                assert_eq!(start.elapsed(), Duration::ZERO, "who reads need not wait");
                assert_eq!(server.served.await.expect("no panic"), 3, "guests");
                assert!(start.elapsed() <= PATIENCE, "it took {:?} to close", start.elapsed());
                assert_eq!(alive(), 0, "tasks that were left behind");
                drop(nameless);
            });
        }
    }

    #[test]
    fn milestone_4_who_does_not_read_holds_up_the_end_for_a_while_only() {
        paused(async || {
            let server = Server::new(9);
            let mut slow = Vec::new();
            for name in ["a", "b", "c"] {
                let mut guest = server.visit(8).await;
                guest.enters(name).await;
                slow.push(guest);
                sleep(Duration::from_secs(1)).await;
            }
            let start = Instant::now();
            server.close.send(()).expect("the server listens");
            assert_eq!(server.served.await.expect("no panic"), 3, "guests");
            assert!(start.elapsed() <= PATIENCE, "it took {:?} to close", start.elapsed());
            assert_eq!(alive(), 0, "tasks that were left behind");
        });
    }

    #[test]
    fn milestone_4_all_who_are_left_at_the_end_have_one_patience_together() {
        paused(async || {
            let server = Server::new(9);
            let mut slow = Vec::new();
            for name in ["a", "b", "c"] {
                let mut guest = server.visit(8).await;
                guest.enters(name).await;
                slow.push(guest);
            }
            let start = Instant::now();
            server.close.send(()).expect("the server listens");
            for mut guest in slow {
                // Each takes a line every four seconds: never too slow for one line.
                tokio::spawn(async move {
                    sleep(PATIENCE * 4 / 5).await;
                    while guest.hears().await.is_some() {
                        sleep(PATIENCE * 4 / 5).await;
                    }
                });
            }
            assert_eq!(server.served.await.expect("no panic"), 3, "guests");
            assert_eq!(start.elapsed(), PATIENCE, "time that it took to close");
        });
    }

    #[test]
    fn milestone_4_a_server_that_is_dropped_leaves_no_task() {
        paused(async || {
            let server = Server::new(2);
            let mut anna = server.visit(256).await;
            anna.enters("anna").await;
            let _nameless = server.visit(256).await;
            // Turned away, and does not even read its "full".
            let _refused = server.visit(1).await;
            server.served.abort();
            assert!(server.served.await.is_err_and(|end| end.is_cancelled()));
            for _ in 0..9 {
                yield_now().await;
            }
            assert_eq!(alive(), 0, "tasks that were left behind");
            assert_eq!(anna.hears().await, None);
        });
    }

    /// A stream that panics when it is read.
    struct Broken;

    impl AsyncRead for Broken {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            panic!("on purpose: this guest's stream is broken");
        }
    }

    impl AsyncWrite for Broken {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn milestone_4_a_guest_that_panics_harms_nobody() {
        let guests = paused(async || {
            let (connect, incoming) = mpsc::channel(1);
            let (_close, closing) = oneshot::channel();
            let served = tokio::spawn(serve(incoming, 9, 1, closing));
            // One place, and each of them gives it back.
            for _ in 0..3 {
                assert!(connect.send(Broken).await.is_ok(), "the server is gone");
                for _ in 0..9 {
                    yield_now().await;
                }
            }
            drop(connect);
            served.await.ok()
        });
        assert_eq!(guests, Some(3), "guests; None: the server went down with one of them");
    }
}
