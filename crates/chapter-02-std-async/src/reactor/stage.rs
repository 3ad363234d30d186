//! The guests of the server, on a thread of their own, and what became of them.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::{Reactor, join_all};

/// What each guest says.
pub(super) const ORDER: &[u8] = b"one tea, please";

/// Counts of a server and its guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Guests that had their answer while the first said nothing.
    pub(super) left_before_the_first_spoke: usize,
    /// Guests that had their answer in the end.
    pub(super) served: usize,
    /// How often the thread slept and woke everyone.
    pub(super) rounds: usize,
    /// Operations that were tried on a socket that was not ready.
    pub(super) in_vain: usize,
}

/// Opens a server on this thread, and on another thread sends it guests that
/// [`visit`].
pub(super) fn open(
    guests: usize,
    pause: Duration,
    patience: Duration,
    serve: impl AsyncFn(&Reactor, &TcpListener, usize) -> io::Result<usize>,
) -> io::Result<Seen> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // They stand in line before the door opens, the silent one first.
    let line = (0..guests)
        .map(|_| TcpStream::connect(address))
        .collect::<io::Result<_>>()?;

    thread::scope(|scope| {
        let visiting = scope.spawn(|| visit(line, pause, patience));
        let reactor = Reactor::default();
        let serving =
            (1..=guests).map(|guest| serve(&reactor, &listener, guest));
        let bytes = reactor.block_on(join_all(serving));
        let left = visiting.join().expect("a visit does not panic")?;
        Ok(Seen {
            left_before_the_first_spoke: left,
            served: bytes
                .iter()
                .flatten()
                .filter(|&&bytes| bytes == ORDER.len())
                .count(),
            rounds: reactor.rounds.get(),
            in_vain: reactor.in_vain.get(),
        })
    })
}

/// One after another, all guests but the first order, wait at most `patience`
/// for the answer, and leave with it. Only then the first one speaks, and those
/// who are still there stay for their answers. Returns how many had left before
/// the first one spoke.
pub(super) fn visit(
    guests: Vec<TcpStream>,
    pause: Duration,
    patience: Duration,
) -> io::Result<usize> {
    let mut guests = guests.into_iter();
    let Some(mut silent) = guests.next() else {
        return Ok(0);
    };
    let (mut left, mut staying) = (0, Vec::new());
    for mut guest in guests {
        thread::sleep(pause);
        guest.write_all(ORDER)?;
        guest.set_read_timeout(Some(patience))?;
        // Looks whether there is an answer, and takes nothing of it.
        if guest.peek(&mut [0]).is_ok() {
            take_answer(guest)?;
            left += 1;
        } else {
            staying.push(guest);
        }
    }
    silent.write_all(ORDER)?;
    take_answer(silent)?;
    for guest in staying {
        take_answer(guest)?;
    }
    Ok(left)
}

/// Waits for the whole answer, then leaves: the connection is closed.
fn take_answer(mut guest: TcpStream) -> io::Result<()> {
    guest.set_read_timeout(None)?;
    let mut answer = [0; ORDER.len()];
    guest.read_exact(&mut answer)?;
    if answer.eq_ignore_ascii_case(ORDER) && answer != ORDER {
        Ok(())
    } else {
        Err(io::Error::other("this is not the answer"))
    }
}

/// Prints the counts of a server that had this many guests.
pub(super) fn print(guests: usize, seen: Seen) {
    let Seen { left_before_the_first_spoke: left, served, rounds, in_vain } =
        seen;
    println!("served while guest 1 said nothing: {left} of {}", guests - 1);
    println!(
        "served in the end: {served}; rounds: {rounds}; \
         tries in vain: {in_vain}"
    );
}
