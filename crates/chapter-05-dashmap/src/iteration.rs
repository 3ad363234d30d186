//! An iteration is no snapshot.
//!
//! It locks one shard at a time, so it may see a map that never was.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use dashmap::DashMap;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

use stage::{hotel_and_three_rooms, print_counts_while_guests_move};

/// The guests by room.
pub type Hotel = DashMap<u32, String>;

// ANCHOR: count
/// Counts the guests, room by room. Calls `at` with each room while the count
/// is there.
pub fn count(hotel: &Hotel, mut at: impl FnMut(u32)) -> usize {
    hotel.iter().inspect(|guest| at(*guest.key())).count()
}

/// The same with one lock around the map, held from the first room to the last.
pub fn count_locked(
    hotel: &Mutex<HashMap<u32, String>>,
    mut at: impl FnMut(u32),
) -> usize {
    let hotel = hotel.lock().expect("no thread panics while it holds the lock");
    hotel.keys().inspect(|room| at(**room)).count()
}
// ANCHOR_END: count

// ANCHOR: moves
/// Takes the new room, then leaves the old one: the guest is in one room or in
/// two, never in none.
pub fn take_then_leave(hotel: &Hotel, [from, to]: [u32; 2]) {
    let guest = hotel.get(&from).expect("the guest is there").clone();
    hotel.insert(to, guest);
    hotel.remove(&from);
}

/// Leaves the old room, then takes the new one: the guest is in one room or in
/// none, never in two.
pub fn leave_then_take(hotel: &Hotel, [from, to]: [u32; 2]) {
    let (_, guest) = hotel.remove(&from).expect("the guest is there");
    hotel.insert(to, guest);
}
// ANCHOR_END: moves

// ANCHOR: counted
/// Counts two guests. While the count stands in Bob's room, the middle one, Ada
/// moves between the other two: to the one already passed, or to the one still
/// to come.
pub fn counted_while_ada_moves(
    moves: impl Fn(&Hotel, [u32; 2]) + Sync,
    to_passed: bool,
) -> usize {
    let (hotel, [first, middle, last]) = hotel_and_three_rooms();
    let way = if to_passed { [last, first] } else { [first, last] };
    hotel.insert(way[0], "Ada".to_owned());
    hotel.insert(middle, "Bob".to_owned());
    let ada_moves = || {
        let ada =
            thread::scope(|scope| scope.spawn(|| moves(&hotel, way)).join());
        ada.expect("she has a room");
    };
    count(&hotel, |room| {
        if room == middle {
            ada_moves()
        }
    })
}

/// The same with one lock: Ada wants to move, and has to wait until the count
/// is done.
pub fn counted_while_ada_waits() -> usize {
    let guests = [(1, "Ada".to_owned()), (2, "Bob".to_owned())];
    let hotel = Mutex::new(HashMap::from(guests));
    let ada_moves = || {
        let mut hotel =
            hotel.lock().expect("no thread panics while it holds the lock");
        let ada = hotel.remove(&1).expect("she is there");
        hotel.insert(3, ada);
    };
    thread::scope(|scope| {
        count_locked(&hotel, |room| {
            if room == 2 {
                scope.spawn(ada_moves);
            }
        })
    })
}
// ANCHOR_END: counted

// ANCHOR: leave
/// Removes the guests who leave, from inside the iteration. Never returns if
/// anybody leaves: the iteration holds the lock that `remove` waits for.
pub fn check_out_in_the_loop(hotel: &Hotel, leaves: impl Fn(&str) -> bool) {
    for guest in hotel.iter() {
        if leaves(guest.value()) {
            hotel.remove(guest.key());
        }
    }
}

/// Keeps the guests who stay: each shard is locked for writing once.
pub fn check_out(hotel: &Hotel, leaves: impl Fn(&str) -> bool) {
    hotel.retain(|_, guest| !leaves(guest));
}
// ANCHOR_END: leave

// ANCHOR: wake
/// Calls all guests, one after another.
pub fn wake(hotel: &Hotel, call: impl Fn(u32)) {
    hotel.iter().for_each(|guest| call(*guest.key()));
}

/// Calls all guests, on the threads of the current pool: shards side by side,
/// and within a shard one guest after another.
pub fn par_wake(hotel: &Hotel, call: impl Fn(u32) + Send + Sync) {
    hotel.par_iter().for_each(|guest| call(*guest.key()));
}
// ANCHOR_END: wake

/// Counts guests who move, checks guests out, and calls them one by one and in
/// parallel.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "Ada and Bob are in the hotel, and Ada moves to another room during \
         the count"
    );
    let counted = counted_while_ada_moves(take_then_leave, true);
    println!("  to a room the count has passed     counted {counted}");
    let counted = counted_while_ada_moves(leave_then_take, false);
    println!("  to a room that is still to come    counted {counted}");
    println!(
        "  one lock: she waits for the count  counted {}\n",
        counted_while_ada_waits()
    );

    print_counts_while_guests_move();

    let hotel = || -> Hotel {
        (0..8).map(|room| (room, format!("guest {room}"))).collect()
    };
    let ours = hotel();
    let stuck = is_stuck(Duration::from_millis(300), move || {
        check_out_in_the_loop(&ours, |guest| guest == "guest 7");
    });
    println!("one of eight guests leaves");
    println!("  removed in the loop  {}", if stuck { "STUCK" } else { "done" });
    let ours = hotel();
    check_out(&ours, |guest| guest == "guest 7");
    println!("  retain               done, guests left: {}\n", ours.len());

    let call = |room| {
        info_span!("call", room)
            .in_scope(|| thread::sleep(Duration::from_millis(10)));
    };
    let timeline = timeline::timeline("iter: one after another");
    wake(&hotel(), call);
    timeline.draw();
    println!();
    let pool = ThreadPoolBuilder::new().num_threads(4).build()?;
    let timeline =
        timeline::timeline("par_iter, 4 threads: shards side by side");
    pool.install(|| par_wake(&hotel(), call));
    timeline.draw();
    Ok(())
}

/// Whether `job` is still not done after `patience`: from the lesson `guards`.
fn is_stuck(patience: Duration, job: impl FnOnce() + Send + 'static) -> bool {
    let (done, watchdog) = mpsc::channel();
    thread::spawn(move || {
        job();
        // An error says that the watchdog has given up.
        let _ = done.send(());
    });
    watchdog.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
