//! How long each place takes, on how many threads, and how long the ticker had
//! to wait.

use std::error::Error;
use std::thread;
use std::time::Duration;

use lessons::measure::{Control, Table, all_in_turn, fastest, human, median};
use rayon::ThreadPoolBuilder;
use tokio::runtime::Builder;
use witness::{Beside, Threads, beside_a_ticker};

use super::{PERIOD, Place, compute, hash};

struct Round {
    took: Duration,
    threads: usize,
    longest_gap: Duration,
}

/// Computes in all places beside a ticker, in turn, and prints the table.
pub fn print() -> Result<(), Box<dyn Error>> {
    let runtime = &Builder::new_multi_thread().enable_time().build()?;
    let pool = &ThreadPoolBuilder::new()
        .num_threads(thread::available_parallelism()?.get())
        .panic_handler(|_| {})
        .build()?;
    const ROUNDS: usize = 7;
    let places = [
        ("one thread", Place::OneThread),
        ("Tokio tasks", Place::TokioTasks),
        ("spawn_blocking", Place::SpawnBlocking),
        ("scoped threads", Place::ScopedThreads),
        ("Rayon", Place::Rayon),
        ("Rayon again", Place::Rayon),
    ];
    let round = &|place| {
        let threads = Threads::new();
        let job = |login| {
            let threads = threads.clone();
            move || {
                threads.note();
                hash(&format!("password {login}"))
            }
        };
        let compute = compute(place, pool, (1..=24).map(job).collect());
        let Beside { took, longest_gap, .. } =
            runtime.block_on(beside_a_ticker(PERIOD, compute));
        Round { took, threads: threads.count(), longest_gap }
    };
    let arm = |(_, place)| -> Box<dyn FnMut() -> Round + '_> {
        Box::new(move || round(place))
    };
    let mut table =
        Table::new(["", "time", "threads", "longest gap between two ticks"]);
    let mut times = Vec::new();
    for ((name, _), rounds) in
        places.iter().zip(all_in_turn(ROUNDS, &mut places.map(arm)))
    {
        let took =
            fastest(&rounds.iter().map(|round| round.took).collect::<Vec<_>>());
        let threads =
            rounds.iter().map(|round| round.threads).max().unwrap_or_default();
        let gap = median(
            &rounds.iter().map(|round| round.longest_gap).collect::<Vec<_>>(),
        );
        table.row([
            (*name).to_owned(),
            human(took),
            threads.to_string(),
            human(gap),
        ]);
        times.push(took);
    }
    let cores = pool.current_num_threads();
    println!(
        "\n24 passwords on {cores} cores, with a ticker that asks for every millisecond"
    );
    print!("{table}");
    println!(
        "(time: the fastest of {ROUNDS} rounds; threads: the most; gap: the median)"
    );
    let rayon = Control::new(times[4], times[5]);
    // More than the cores can give is a sign, too: then it was the one thread
    // that was held up.
    let gain = 1.0 / rayon.gain(times[0]);
    if let Some(busy) = rayon.too_busy(1.1) {
        println!("{busy}");
    } else if !(0.85..1.1).contains(&(gain / cores as f64)) {
        println!(
            "too busy to tell: Rayon got {gain:.1} of {cores} cores; try a quiet moment"
        );
    }
    Ok(())
}
