//! Rooms in shards that are known, and guests who move while they are counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{Hotel, count, take_then_leave};

/// An empty hotel of four shards and three of its rooms, in three shards, in
/// the order in which an iteration comes to them.
pub(super) fn hotel_and_three_rooms() -> (Hotel, [u32; 3]) {
    let hotel = Hotel::with_shard_amount(4);
    for room in 0..100 {
        hotel.insert(room, "somebody".to_owned());
    }
    let rooms: Vec<u32> = hotel.iter().map(|guest| *guest.key()).collect();
    let (first, last) = (rooms[0], rooms[99]);
    let between = |room: &u32| {
        let _held = hotel.get_mut(room);
        ![first, last].iter().any(|other| hotel.try_get(other).is_locked())
    };
    let middle = rooms
        .into_iter()
        .find(between)
        .expect("four shards share a hundred rooms");
    hotel.clear();
    (hotel, [first, middle, last])
}

/// The result of one count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Guests who stay in their rooms.
    pub(super) residents: usize,
    /// Guests who move from room to room.
    pub(super) movers: usize,
}

/// Residents stay, in rooms 0 to 999. Each mover goes through ten rooms, over
/// and over, and always has one or two of them. Counts again and again while
/// they do.
pub(super) fn counts_while_guests_move(
    movers: u32,
    counts: usize,
) -> Vec<Found> {
    let hotel: Hotel =
        (0..1_000).map(|room| (room, "resident".to_owned())).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for mover in 0..movers {
            let room = move |step: u32| 1_000 + 10 * mover + step % 10;
            hotel.insert(room(0), "mover".to_owned());
            let (hotel, done) = (&hotel, &done);
            scope.spawn(move || {
                for step in (0..10).cycle() {
                    take_then_leave(hotel, [room(step), room(step + 1)]);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        let found = || {
            let mut movers = 0;
            let all =
                count(&hotel, |room| movers += usize::from(room >= 1_000));
            Found { residents: all - movers, movers }
        };
        let counted = (0..counts).map(|_| found()).collect();
        done.store(true, Ordering::Relaxed);
        counted
    })
}

pub(super) fn print_counts_while_guests_move() {
    let found = counts_while_guests_move(2, 2_000);
    let range = |of: fn(&Found) -> usize| {
        let all = || found.iter().map(of);
        format!("{} to {}", all().min().unwrap_or(0), all().max().unwrap_or(0))
    };
    println!("1000 guests stay, 2 move from room to room; counted 2000 times");
    println!("             rooms they have at any instant   rooms counted");
    println!(
        "  who stays                            1000   {}",
        range(|found| found.residents)
    );
    println!(
        "  who moves                          2 to 4   {}\n",
        range(|found| found.movers)
    );
}
