// Cuts all returns at the end of a line.
// => failed milestone_1_lines_are_cut_at_their_ends

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
                while line.last() == Some(&b'\r') {
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
