//! How long two threads take with counters side by side, apart, and in
//! variables of their own.

use std::error::Error;
use std::hint::black_box;

use lessons::measure::{Control, Table, fastest_in_turn, human};
use rayon::ThreadPoolBuilder;

use super::{Apart, Together, add, count, count_locally};

const TIMES: u64 = 1_000_000;

/// Prints the table.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().num_threads(2).build()?;
    let (together, apart) = (Together::default(), Apart::default());
    let alone = || add(TIMES, black_box(&apart.left.0));
    let [one, near, far, local, again] = fastest_in_turn(
        9,
        [
            &mut || alone(),
            &mut || {
                pool.install(|| count(TIMES, &together.left, &together.right))
            },
            &mut || {
                pool.install(|| count(TIMES, &apart.left.0, &apart.right.0))
            },
            &mut || {
                pool.install(|| {
                    count_locally(TIMES, &together.left, &together.right)
                })
            },
            &mut || alone(),
        ],
    );
    let control = Control::new(one, again);
    let mut table =
        Table::new(["a million additions for each thread", "time", ""]);
    table.row([
        "one thread, one counter".to_owned(),
        human(one),
        String::new(),
    ]);
    table.row(["one thread again".to_owned(), human(again), String::new()]);
    table.row([
        "two threads, side by side".to_owned(),
        human(near),
        control.compared(near),
    ]);
    table.row([
        "two threads, apart".to_owned(),
        human(far),
        control.compared(far),
    ]);
    table.row([
        "two threads, local".to_owned(),
        human(local),
        control.compared(local),
    ]);
    println!("\nfastest of 9 rounds; two threads do twice the work\n{table}");
    match control.too_busy(1.25) {
        Some(busy) => println!("{busy}"),
        None => println!(
            "(if apart is as slow as side by side, the threads had no two cores)"
        ),
    }
    Ok(())
}
