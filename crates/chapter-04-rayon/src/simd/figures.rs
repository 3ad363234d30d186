//! How long each way takes.

use std::error::Error;
use std::hint::black_box;

use lessons::measure::{Control, Table, fastest_in_turn, human};
use rayon::ThreadPoolBuilder;

use super::{
    in_structs, par_power, power, power_in_lanes, power_of_structs, recorded,
};

const ROUNDS: usize = 31;

/// Prints the table.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let samples = recorded(1_000_000);
    let structs = in_structs(&samples);
    let threads = |power| black_box(par_power(black_box(&samples), power));
    let [one, lanes, from_structs, both, both_lanes, again] =
        pool.install(|| {
            fastest_in_turn(
                ROUNDS,
                [
                    &mut || _ = black_box(power(black_box(&samples))),
                    &mut || _ = black_box(power_in_lanes(black_box(&samples))),
                    &mut || {
                        _ = black_box(power_of_structs(black_box(&structs)))
                    },
                    &mut || _ = threads(power),
                    &mut || _ = threads(power_in_lanes),
                    &mut || _ = black_box(power(black_box(&samples))),
                ],
            )
        });
    let control = Control::new(one, again);
    let mut table = Table::new([""; 3]);
    table.row(["one by one".to_owned(), human(one), String::new()]);
    table.row(["one by one, again".to_owned(), human(again), String::new()]);
    for (name, took) in [
        ("in lanes", lanes),
        ("from structs, in lanes", from_structs),
        ("threads, one by one", both),
        ("threads, in lanes", both_lanes),
    ] {
        table.row([name.to_owned(), human(took), control.compared(took)]);
    }
    println!(
        "\nfastest of {ROUNDS} rounds; threads: {}\n{table}",
        pool.current_num_threads()
    );
    if let Some(busy) = control.too_busy(1.25) {
        println!("{busy}");
    }
    Ok(())
}
