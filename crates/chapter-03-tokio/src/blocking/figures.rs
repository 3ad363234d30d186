//! How long each way of blocking keeps the neighbors waiting.

use lessons::measure::{all_in_turn, median};
use witness::beside_a_ticker;

use super::*;

const ROUNDS: usize = 3;

/// Measures how long each way kept a ticker waiting.
pub fn print() -> Result<(), Box<dyn Error>> {
    println!();
    println!(
        "a job of 50 ms: longest gap between two ticks, median of {ROUNDS} rounds"
    );
    for (way, gap) in longest_gaps(&one_worker()?) {
        println!("  {way:<15} {:>5.1} ms", gap.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// The longest gap of a ticker beside a wait, and beside a job in each way.
pub(super) fn longest_gaps(runtime: &Runtime) -> Vec<(&'static str, Duration)> {
    let nobody: Way<()> = |_| sleep(JOB).boxed();
    let ways: Vec<_> =
        [("nobody blocks", nobody)].into_iter().chain(ways()).collect();
    let gap = |run: Way<()>| {
        let job = async move { run(Box::new(|| thread::sleep(JOB))).await };
        let beside = runtime.spawn(beside_a_ticker(PERIOD, job));
        runtime.block_on(beside).expect("no job panics").longest_gap
    };
    let arms = ways
        .iter()
        .map(|&(_, run)| Box::new(move || gap(run)) as Box<dyn FnMut() -> _>);
    let gaps = all_in_turn(ROUNDS, &mut arms.collect::<Vec<_>>());
    ways.iter()
        .zip(gaps)
        .map(|(&(way, _), gaps)| (way, median(&gaps)))
        .collect()
}
