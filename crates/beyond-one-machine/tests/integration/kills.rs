//! Whoever is killed, at whatever moment, and started again: the index and the
//! report are as before.

use std::thread;
use std::time::Instant;

use origin::Origin;
use own_nats::Server;

use super::stage::{
    Made, PATIENCE, Process, Task, address, folder, made, site_with_faults,
    text, without_counts,
};

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Worker,
    Coordinator,
    Server,
}

/// A run with kills: each when the site has had so many requests more.
#[derive(Debug)]
struct Kills {
    seed: u64,
    follow: bool,
    workers: usize,
    kills: Vec<(u64, Victim)>,
}

impl Kills {
    fn of(seed: u64) -> Kills {
        let mut random = Random(seed.wrapping_mul(2).wrapping_add(1));
        let kills = (0..=random.below(3)).map(|nth| {
            let victim = match random.below(3) {
                0 => Victim::Worker,
                1 => Victim::Coordinator,
                _ => Victim::Server,
            };
            // The first kill of three seeds that follow each other is one of
            // each.
            let all = [Victim::Worker, Victim::Coordinator, Victim::Server];
            let victim = if nth == 0 { all[seed as usize % 3] } else { victim };
            (1 + random.below(25), victim)
        });
        Kills {
            kills: kills.collect(),
            seed,
            follow: random.below(2) == 0,
            workers: 1 + random.below(3) as usize,
        }
    }
}

/// Numbers that a seed decides (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % bound
    }
}

/// The site of all these runs, and what chapter 6 makes of it.
struct Stage {
    origin: Origin,
    pages: (Task, Made),
    crawl: (Task, Made),
}

impl Stage {
    fn new() -> Stage {
        let origin = site_with_faults(40);
        let first = origin.url_of(&origin.site().paths()[0]);
        let pages = Task::of(&origin);
        let crawl = Task { sources: vec![first], follow: Some(4) };
        let [of_pages, of_crawl] =
            [&pages, &crawl].map(|task| without_counts(task.by_chapter_6()));
        Stage { origin, pages: (pages, of_pages), crawl: (crawl, of_crawl) }
    }

    /// Plays one run; `None` without a server.
    fn play(&self, kills: &Kills) -> Option<usize> {
        let mut server = Server::for_test()?;
        let address = address(&server);
        let folder = folder();
        let (task, expected) =
            if kills.follow { &self.crawl } else { &self.pages };
        self.origin.reset_counts();
        let mut workers: Vec<Process> = (0..kills.workers)
            .map(|_| Process::worker(&address, None))
            .collect();
        let begin = || {
            let mut command = task.coordinator(&address, folder.path());
            command.env("RUST_LOG", "beyond_one_machine=info");
            Process::start(command)
        };
        let (mut coordinator, mut done) = (begin(), 0);
        for (nth, &(requests, victim)) in kills.kills.iter().enumerate() {
            let reached = self.origin.counts().requests + requests;
            let end = Instant::now() + PATIENCE;
            // A run that is over has nothing to kill.
            while self.origin.counts().requests < reached
                && !coordinator.has_ended()
            {
                assert!(Instant::now() < end, "kill {nth} of {kills:?} hangs");
                thread::yield_now();
            }
            if coordinator.has_ended() {
                break;
            }
            done += 1;
            match victim {
                Victim::Worker => {
                    let worker = (requests as usize + nth) % workers.len();
                    workers[worker].kill();
                    workers[worker] = Process::worker(&address, None);
                }
                Victim::Coordinator => {
                    coordinator.kill();
                    coordinator = begin();
                }
                Victim::Server => {
                    // Whoever begins without a server ends, and says so. That
                    // is another test's.
                    coordinator.says("connected");
                    for worker in &mut workers {
                        worker.says("working for");
                    }
                    server.kill();
                    server.start_again().expect("its port is still free");
                }
            }
        }
        let output = coordinator.output(&format!("{kills:?}"));
        let said = text(&output.stderr);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{code:?} {said} {kills:?}");
        let made = without_counts(made(&output, folder.path()));
        made.assert_is(expected, &format!("{kills:?}\n{said}"));
        Some(done)
    }
}

#[test]
fn killed_at_any_moment_the_end_is_the_same() {
    let stage = Stage::new();
    for seed in 0..6 {
        if stage.play(&Kills::of(seed)).is_none() {
            return;
        }
    }
}

/// `OVERLAP_SEEDS=0..200 cargo test -p beyond-one-machine --test integration
/// -- --ignored --nocapture kills`
#[test]
#[ignore = "takes minutes; OVERLAP_SEEDS says which seeds"]
fn killed_with_the_seeds_that_were_asked_for() {
    let asked = std::env::var("OVERLAP_SEEDS").expect("as in 0..200");
    let (from, to) = asked.split_once("..").expect("as in 0..200");
    let number = |text: &str| text.parse::<u64>().expect("it is a number");
    let stage = Stage::new();
    let (mut runs, mut kills) = (0, 0);
    for seed in number(from)..number(to) {
        let begun = Instant::now();
        let run = Kills::of(seed);
        let Some(done) = stage.play(&run) else { return };
        (runs, kills) = (runs + 1, kills + done);
        let took = begun.elapsed().as_secs_f64();
        println!("seed {}: {done} kills, {took:.1} s", run.seed);
    }
    println!("{runs} runs with {kills} kills, all as before");
}
