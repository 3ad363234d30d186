//! How long each way to count takes.

use std::error::Error;
use std::hint::black_box;

use lessons::measure::{Control, Table, fastest_in_turn, human};
use rayon::ThreadPoolBuilder;

use super::{Depot, filled, par_tally, par_tally_locked, tally};

/// Prints the table.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let depots: &[Depot] =
        &(0..8).map(|number| filled(number, 250_000)).collect::<Vec<_>>();
    let [one, folded, locked, again] = pool.install(|| {
        fastest_in_turn(
            15,
            [
                &mut || _ = black_box(tally(black_box(depots))),
                &mut || _ = black_box(par_tally(black_box(depots))),
                &mut || _ = black_box(par_tally_locked(black_box(depots))),
                &mut || _ = black_box(tally(black_box(depots))),
            ],
        )
    });
    let control = Control::new(one, again);
    let mut table = Table::new([""; 3]);
    table.row(["one thread".to_owned(), human(one), String::new()]);
    table.row(["one thread again".to_owned(), human(again), String::new()]);
    table.row(["fold".to_owned(), human(folded), control.compared(folded)]);
    table.row([
        "a lock per parcel".to_owned(),
        human(locked),
        control.compared(locked),
    ]);
    print!(
        "\nfastest of 15 rounds, on {} threads\n{table}",
        pool.current_num_threads()
    );
    println!(
        "(if fold is no faster than one thread, other programs had the cores)"
    );
    Ok(())
}
