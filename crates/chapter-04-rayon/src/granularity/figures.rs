//! How long both ways take with pieces of several sizes, and how idle the
//! threads were.

use std::error::Error;
use std::time::Duration;

use lessons::measure::{Table, all_in_turn, human};
use rayon::ThreadPoolBuilder;
use timeline::Recording;

use super::{Essay, compare, par_total, par_total_in_chunks, written};

// ANCHOR: idle_share
/// The share of the time of all `threads` that went by without a job, from the
/// beginning of the first to the end of the last: 0.5 if one of two threads did
/// everything.
pub fn idle_share(recording: &Recording, threads: usize) -> f64 {
    let jobs = || recording.named("compare");
    let start = jobs()
        .flat_map(|job| &job.stays)
        .map(|run| run.start)
        .min()
        .unwrap_or_default();
    let end = jobs().map(|job| job.end).max().unwrap_or_default();
    let had = end.saturating_sub(start)
        * u32::try_from(threads).expect("few threads");
    let used: Duration = jobs().map(|job| job.ran()).sum();
    1.0 - used.as_secs_f64() / had.as_secs_f64().max(1e-9)
}
// ANCHOR_END: idle_share

/// Runs both ways with pieces of several sizes, in turn, and prints how it
/// went.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let threads = pool.current_num_threads();
    let essays: Vec<Essay> = (0..32).map(written).collect();
    let job = |essay| compare(&essays, essay);
    let chunks =
        |size| pool.install(|| par_total_in_chunks(essays.len(), size, job));
    let stealing =
        |min_len| pool.install(|| par_total(essays.len(), min_len, job));
    let ways: [&dyn Fn(usize) -> u64; 2] = [&chunks, &stealing];
    type Arm<'a> = Box<dyn FnMut() -> (Duration, f64) + 'a>;
    let sizes = [32, 16, 8, 4, 2, 1];
    let mut arms: Vec<Arm<'_>> = Vec::new();
    for (size, way) in
        sizes.iter().flat_map(|&size| ways.map(|way| (size, way)))
    {
        arms.push(Box::new(move || {
            let timeline = timeline::timeline("measured");
            way(size);
            let recording = timeline.finish();
            (recording.length, idle_share(&recording, threads))
        }));
    }
    // Of several runs the shortest: the one in which other programs were least
    // in the way.
    let runs = all_in_turn(15, &mut arms);
    let shortest = |runs: &Vec<(Duration, f64)>| {
        let (length, idle) =
            *runs.iter().min_by_key(|run| run.0).expect("fifteen runs");
        format!("{} {:>4.0} %", human(length), idle * 100.0)
    };
    let mut table =
        Table::new(["jobs together", "  chunks, idle", "with_min_len, idle"]);
    for (size, cells) in sizes.iter().zip(runs.chunks(2)) {
        table.row([size.to_string(), shortest(&cells[0]), shortest(&cells[1])]);
    }
    print!(
        "\nshortest of 15 runs: how long it took, and how idle {threads} threads were\n{table}"
    );
    println!("(if less idle is no faster, other programs had the cores)");
    Ok(())
}
