// No channels in the room: one lock, and queues and wakers by hand.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// The most bytes of a line, its end not counted.
const LONGEST: usize = 1000;

/// How long a guest may take to take one line; and how long all may take when the server closes.
const PATIENCE: Duration = Duration::from_secs(5);

// ---- Milestone 1: lines ----

struct Lines<R> {
    reader: R,
    kept: Vec<u8>,
    ended: bool,
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}

fn text(line: Vec<u8>) -> io::Result<Option<String>> {
    if line.len() > LONGEST {
        return Err(bad("too long"));
    }
    match String::from_utf8(line) {
        Ok(line) => Ok(Some(line)),
        Err(_) => Err(bad("not UTF-8")),
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Lines { reader, kept: Vec::new(), ended: false }
    }

    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.kept.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.kept.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return text(line);
            }
            let half_an_end = self.kept.len() == LONGEST + 1 && self.kept.ends_with(b"\r");
            if self.kept.len() > LONGEST && !half_an_end {
                return Err(bad("too long"));
            }
            if self.ended {
                if self.kept.is_empty() {
                    return Ok(None);
                }
                return text(std::mem::take(&mut self.kept));
            }
            let mut some = [0u8; 512];
            let many = self.reader.read(&mut some).await?;
            self.kept.extend_from_slice(&some[..many]);
            self.ended = many == 0;
        }
    }
}

// ---- Milestone 2: the room ----

struct Place {
    name: String,
    lines: VecDeque<String>,
    /// Nothing more comes.
    over: bool,
    waker: Option<Waker>,
}

struct Inside {
    closed: bool,
    next_id: u64,
    places: BTreeMap<u64, Place>,
}

struct Room {
    waiting: usize,
    inside: Mutex<Inside>,
}

struct Seat {
    room: Arc<Room>,
    id: u64,
    name: String,
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
        let inside = Inside { closed: false, next_id: 0, places: BTreeMap::new() };
        Arc::new(Room { waiting, inside: Mutex::new(inside) })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_others(&self, inside: &mut Inside, id: u64, line: &str) -> Vec<Waker> {
        let mut wake = Vec::new();
        for (other, place) in inside.places.iter_mut() {
            if *other == id || place.over {
                continue;
            }
            if place.lines.len() < self.waiting {
                place.lines.push_back(line.to_string());
            } else {
                place.over = true;
            }
            wake.extend(place.waker.take());
        }
        wake
    }

    fn say_as(&self, id: u64, name: &str, line: &str) {
        let wake = {
            let mut inside = self.lock();
            self.tell_others(&mut inside, id, &format!("{name}: {line}"))
        };
        wake.into_iter().for_each(Waker::wake);
    }

    fn enter(self: &Arc<Self>, name: &str) -> Result<Seat, Refused> {
        let (id, wake) = {
            let mut inside = self.lock();
            if inside.closed {
                return Err(Refused::Closed);
            }
            if inside.places.values().any(|place| place.name == name) {
                return Err(Refused::Taken);
            }
            let id = inside.next_id;
            inside.next_id += 1;
            let wake = self.tell_others(&mut inside, id, &format!("* {name} is here"));
            let lines = VecDeque::new();
            let place = Place { name: name.to_string(), lines, over: false, waker: None };
            inside.places.insert(id, place);
            (id, wake)
        };
        wake.into_iter().for_each(Waker::wake);
        Ok(Seat { room: Arc::clone(self), id, name: name.to_string() })
    }

    fn close(&self) {
        let mut wake = Vec::new();
        {
            let mut inside = self.lock();
            if inside.closed {
                return;
            }
            inside.closed = true;
            for place in inside.places.values_mut() {
                if !place.over && place.lines.len() < self.waiting {
                    place.lines.push_back("* closing".to_string());
                }
                place.over = true;
                wake.extend(place.waker.take());
            }
        }
        wake.into_iter().for_each(Waker::wake);
    }
}

impl Seat {
    fn say(&self, line: &str) {
        self.room.say_as(self.id, &self.name, line);
    }

    async fn next(&mut self) -> Option<String> {
        poll_fn(|context| {
            let mut inside = self.room.lock();
            let Some(place) = inside.places.get_mut(&self.id) else {
                return Poll::Ready(None);
            };
            if let Some(line) = place.lines.pop_front() {
                return Poll::Ready(Some(line));
            }
            if place.over {
                return Poll::Ready(None);
            }
            place.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let wake = {
            let mut inside = self.room.lock();
            inside.places.remove(&self.id);
            self.room.tell_others(&mut inside, self.id, &format!("* {} has left", self.name))
        };
        wake.into_iter().for_each(Waker::wake);
    }
}

// ---- Milestone 3: a guest ----

async fn hand_over<W: AsyncWrite + Unpin>(to: &mut W, line: &str) -> io::Result<()> {
    let line = format!("{line}\n");
    let write = async {
        to.write_all(line.as_bytes()).await?;
        to.flush().await
    };
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the guest does not read")),
    }
}

async fn guest<S>(stream: S, room: Arc<Room>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (from, mut to) = tokio::io::split(stream);
    let mut lines = Lines::new(from);
    let mut seat = loop {
        hand_over(&mut to, "name?").await?;
        let Some(name) = lines.next().await? else {
            return Ok(());
        };
        match room.enter(&name) {
            Ok(seat) => break seat,
            Err(Refused::Taken) => hand_over(&mut to, "taken").await?,
            Err(Refused::Closed) => return Ok(()),
        }
    };
    let (id, name) = (seat.id, seat.name.clone());
    let hear = async {
        while let Some(line) = lines.next().await? {
            room.say_as(id, &name, &line);
        }
        Ok::<(), io::Error>(())
    };
    let tell = async {
        while let Some(line) = seat.next().await {
            hand_over(&mut to, &line).await?;
        }
        Ok::<(), io::Error>(())
    };
    tokio::select! {
        result = hear => result,
        result = tell => result,
    }
}

// ---- Milestone 4: the server ----

async fn serve<S>(
    mut incoming: mpsc::Receiver<S>,
    waiting: usize,
    most: usize,
    closing: oneshot::Receiver<()>,
) -> usize
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let room = Room::new(waiting);
    let mut guests: JoinSet<io::Result<()>> = JoinSet::new();
    let mut refused: JoinSet<io::Result<()>> = JoinSet::new();
    let mut many = 0;
    let mut open = true;
    let mut closing = closing;
    loop {
        if !open && guests.is_empty() && refused.is_empty() {
            return many;
        }
        tokio::select! {
            biased;
            _ = &mut closing => break,
            Some(_) = guests.join_next() => {}
            Some(_) = refused.join_next() => {}
            come = incoming.recv(), if open => match come {
                None => open = false,
                Some(mut stream) if guests.len() >= most => {
                    refused.spawn(async move { hand_over(&mut stream, "full").await });
                }
                Some(stream) => {
                    many += 1;
                    guests.spawn(guest(stream, Arc::clone(&room)));
                }
            },
        }
    }
    room.close();
    drop(incoming);
    let all = async {
        while guests.join_next().await.is_some() {}
        while refused.join_next().await.is_some() {}
    };
    let _ = tokio::time::timeout(PATIENCE, all).await;
    guests.shutdown().await;
    refused.shutdown().await;
    many
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
