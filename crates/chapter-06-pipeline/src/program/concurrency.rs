//! How many documents are in flight when nobody says how many.
//!
//! Computing is the limit when the pool always has a document to go on with. Too few in flight,
//! and it runs dry while every place is taken by a document that waits for its server; too many,
//! and documents pile up in memory in front of it. So a watch looks at both every few
//! milliseconds: it opens places while the pool is dry, and closes some when the pile is high.
//!
//! It asks for no measurement of the latency, which a busy machine would blur, and it follows a
//! server that becomes slower or faster.

use std::time::Duration;

/// How many documents may be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// So many.
    Fixed(usize),
    /// As many as keep the pool busy.
    Auto,
}

/// Documents in flight at the start of an automatic run: enough for a server on this machine.
const FIRST: usize = 64;
/// No automatic run has more.
pub const MOST: usize = 2_048;
/// No automatic run opens places while bodies take more memory than this.
pub const MEMORY: u64 = 256 << 20;
/// Between two looks.
pub const EVERY: Duration = Duration::from_millis(4);
/// Documents in front of the pool, a thread, that are a pile.
const PILE: usize = 8;

impl Concurrency {
    /// The places at the start of a run.
    pub fn first(self) -> usize {
        match self {
            Concurrency::Fixed(places) => places,
            Concurrency::Auto => FIRST,
        }
    }
}

/// What a look at the run sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Places there are.
    pub places: usize,
    /// Places that nobody has.
    pub free: usize,
    /// Documents that wait for a thread of the pool.
    pub waiting: usize,
    /// Threads of the pool.
    pub threads: usize,
    /// Bytes of bodies in memory.
    pub memory: u64,
}

/// How many places there should be from now on.
pub fn next(look: Look) -> usize {
    let Look { places, free, waiting, threads, memory } = look;
    if waiting == 0 && free == 0 && memory < MEMORY {
        // A far server's first answer takes a while. Until it comes, nobody knows how many it takes
        // to bridge that, and too few would cost another such while.
        (2 * places).min(MOST)
    } else if waiting > PILE * threads {
        (places - places / 8).max(2 * threads)
    } else {
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { places: 100, free: 0, waiting: 0, threads: 2, memory: 0 };

    #[test]
    fn a_dry_pool_opens_places_and_a_pile_closes_some() {
        assert_eq!(next(LOOK), 200);
        assert_eq!(next(Look { waiting: 5, ..LOOK }), 100);
        assert_eq!(next(Look { waiting: 17, ..LOOK }), 88);
        assert_eq!(next(Look { free: 1, ..LOOK }), 100, "more places would stay empty");
    }

    #[test]
    fn there_are_never_too_many_and_never_too_few() {
        assert_eq!(next(Look { places: MOST, ..LOOK }), MOST);
        assert_eq!(next(Look { memory: MEMORY, ..LOOK }), 100);
        let mut places = MOST;
        for _ in 0..1_000 {
            places = next(Look { places, waiting: 1_000, ..LOOK });
        }
        assert!((4..20).contains(&places), "{places}");
    }
}
