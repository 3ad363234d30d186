// A map in shards, by hand: how many guards are at each post of a castle. A guard who moves comes to
// the new post first, and leaves the old one afterward. Write `at`, which changes one post, and
// `on_duty`, which counts all guards at one moment.
//
// How it is judged: loom runs the threads of a test in every order. In none may a guard be lost, or
// a guard on the move be off duty. Some castles have three shards, four, or nine, some guards go there
// and back. In some order, changes in two shards must be under way at the same time; in one shard,
// never.
//
// Lesson: chapter-05 sharding

use loom::sync::Mutex;
use std::collections::HashMap;

/// Guards by post. Post `n` is in shard `n % shards.len()`.
struct Watch {
    shards: Vec<Mutex<HashMap<usize, u32>>>,
}

impl Watch {
    fn new(shards: usize) -> Self {
        Watch { shards: (0..shards).map(|_| Mutex::default()).collect() }
    }

    /// Calls `change` with the number of guards at a post, 0 if nobody is there, and keeps what it
    /// becomes. One locked step, and only one shard is locked.
    fn at(&self, post: usize, change: impl FnOnce(&mut u32)) {
        // TODO: lock the shard of this post, and call `change` while it is locked.
        todo!()
    }

    /// Returns how many guards were at all posts together at one moment.
    fn on_duty(&self) -> u32 {
        // TODO: a guard may go from a shard that comes later to one that is counted already.
        todo!()
    }
}

fn main() {
    loom::model(|| {
        let watch = Watch::new(2);
        watch.at(1, |guards| *guards += 2);
        watch.at(4, |guards| *guards += 1);
        watch.at(1, |guards| *guards -= 1);
        assert_eq!(watch.on_duty(), 2);
    });
    println!("two guards are on duty");
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;
    use std::collections::BTreeSet;
    use std::time::Duration;
    use witness::{Log, Peak, within};

    const LIMIT: Duration = Duration::from_secs(120);

    /// The counts of `posts`, which nobody else changes meanwhile.
    fn guards<const N: usize>(watch: &Watch, posts: [usize; N]) -> [u32; N] {
        posts.map(|post| {
            let mut seen = 0;
            watch.at(post, |guards| seen = *guards);
            seen
        })
    }

    #[test]
    fn each_post_has_a_count_of_its_own() {
        within(LIMIT, || {
            loom::model(|| {
                let watch = Watch::new(2);
                for (post, number) in [(0, 1), (1, 2), (2, 3), (5, 400)] {
                    watch.at(post, |guards| *guards += number);
                }
                watch.at(2, |guards| *guards -= 3);
                assert_eq!(guards(&watch, [0, 1, 2, 5, 7]), [1, 2, 0, 400, 0]);
                assert_eq!(watch.on_duty(), 403);
            });
        });
    }

    #[test]
    fn a_change_is_one_step() {
        within(LIMIT, || {
            loom::model(|| {
                let watch = Arc::new(Watch::new(2));
                let other = Arc::clone(&watch);
                let coming = thread::spawn(move || other.at(1, |guards| *guards += 1));
                watch.at(1, |guards| *guards += 1);
                coming.join().expect("it does not panic");
                assert_eq!(guards(&watch, [1]), [2], "two guards came to one post");
            });
        });
    }

    /// The most changes that were under way at one time, in any order of two threads.
    fn most_at_once(shards: usize, posts: [usize; 2]) -> usize {
        within(LIMIT, move || {
            let peak = Peak::new();
            let seen = peak.clone();
            loom::model(move || {
                let watch = Arc::new(Watch::new(shards));
                let changes = posts.map(|post| {
                    let (watch, peak) = (Arc::clone(&watch), peak.clone());
                    thread::spawn(move || {
                        watch.at(post, |guards| {
                            let _change = peak.enter();
                            thread::yield_now();
                            *guards += 1;
                        });
                    })
                });
                for change in changes {
                    change.join().expect("it does not panic");
                }
            });
            seen.max()
        })
    }

    #[test]
    fn changes_in_two_shards_can_be_under_way_at_once() {
        assert_eq!(most_at_once(2, [1, 2]), 2, "in two shards");
        assert_eq!(most_at_once(2, [1, 3]), 1, "in one shard");
        for posts in [[0, 3], [2, 3], [1, 4]] {
            assert_eq!(most_at_once(4, posts), 2, "at posts {posts:?}, in two shards of four");
        }
    }

    /// All counts that are seen, in any order of the threads, while a guard moves.
    fn seen_while_a_guard_moves(shards: usize, posts: &'static [usize]) -> BTreeSet<u32> {
        within(LIMIT, move || {
            let seen = Log::new();
            let counts = seen.clone();
            loom::model(move || {
                let watch = Arc::new(Watch::new(shards));
                // Where nobody is, somebody may have been before.
                posts.iter().skip(2).for_each(|post| watch.at(*post, |_| ()));
                watch.at(posts[0], |guards| *guards += 1);
                let moving = Arc::clone(&watch);
                let guard = thread::spawn(move || {
                    for way in posts.windows(2) {
                        moving.at(way[1], |guards| *guards += 1);
                        moving.at(way[0], |guards| *guards -= 1);
                    }
                });
                counts.push(watch.on_duty());
                guard.join().expect("it does not panic");
            });
            BTreeSet::from_iter(seen.events())
        })
    }

    #[test]
    fn a_guard_on_the_move_is_on_duty() {
        // At both posts for a moment, and never at none.
        assert_eq!(seen_while_a_guard_moves(2, &[1, 2]), BTreeSet::from([1, 2]));
        assert_eq!(seen_while_a_guard_moves(2, &[2, 1]), BTreeSet::from([1, 2]));
    }

    #[test]
    fn in_three_shards_too_a_guard_is_on_duty() {
        for posts in [&[2, 0], &[0, 2], &[1, 0], &[2, 1]] {
            let seen = seen_while_a_guard_moves(3, posts);
            assert_eq!(seen, BTreeSet::from([1, 2]), "guards on duty, when one goes {posts:?}");
        }
    }

    #[test]
    fn a_guard_who_goes_there_and_back_is_on_duty() {
        for posts in [&[1, 2, 1, 2], &[2, 1, 2, 1]] {
            let seen = seen_while_a_guard_moves(2, posts);
            assert_eq!(seen, BTreeSet::from([1, 2]), "guards on duty, when one goes {posts:?}");
        }
    }

    #[test]
    fn in_four_shards_too_a_guard_is_on_duty() {
        for posts in [&[3, 0], &[0, 3], &[2, 0], &[3, 1]] {
            let seen = seen_while_a_guard_moves(4, posts);
            assert_eq!(seen, BTreeSet::from([1, 2]), "guards on duty, when one goes {posts:?}");
        }
    }

    #[test]
    fn in_nine_shards_too_a_guard_is_on_duty() {
        for posts in [&[8, 0], &[0, 8], &[5, 3], &[4, 2]] {
            let seen = seen_while_a_guard_moves(9, posts);
            assert_eq!(seen, BTreeSet::from([1, 2]), "guards on duty, when one goes {posts:?}");
        }
    }
}
