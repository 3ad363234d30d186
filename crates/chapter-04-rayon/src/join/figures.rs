//! How long each way to sort takes, with and without a cutoff.

use std::error::Error;
use std::hint::black_box;

use lessons::measure::{Table, fastest_in_turn, human};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::{addresses, merge_sort, par_merge_sort};

const CUTOFF: usize = 2_048;

/// Sorts the same addresses in all ways, and prints the table.
pub fn print() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().build()?;
    let addresses = addresses(1 << 16);
    let items: &[&str] =
        &addresses.iter().map(String::as_str).collect::<Vec<_>>();
    // Every way sorts a fresh copy, so the copying is in all times alike.
    let sort = |cutoff| merge_sort(black_box(&mut items.to_vec()), cutoff);
    let par_sort =
        |cutoff| par_merge_sort(black_box(&mut items.to_vec()), cutoff);
    let [serial, again, parallel, no_cutoff, parallel_no_cutoff, stds, rayons] =
        pool.install(|| {
            fastest_in_turn(
                15,
                [
                    &mut || sort(CUTOFF),
                    &mut || sort(CUTOFF),
                    &mut || _ = par_sort(CUTOFF),
                    &mut || sort(1),
                    &mut || _ = par_sort(1),
                    &mut || black_box(&mut items.to_vec()).sort(),
                    &mut || black_box(&mut items.to_vec()).par_sort(),
                ],
            )
        })
        .map(human);
    let joins =
        [CUTOFF, 1].map(|cutoff| pool.install(|| par_sort(cutoff)).to_string());
    let [joins, joins_no_cutoff] = joins;
    let mut table = Table::new(["", &format!("cutoff {CUTOFF}"), "no cutoff"]);
    table.row(["calls of join", &joins, &joins_no_cutoff]);
    table.row(["merge_sort", &serial, &no_cutoff]);
    table.row(["merge_sort again", &again, ""]);
    table.row(["par_merge_sort", &parallel, &parallel_no_cutoff]);
    table.row(["std's sort", &stds, ""]);
    table.row(["Rayon's par_sort", &rayons, ""]);
    let (count, threads) = (items.len(), pool.current_num_threads());
    print!(
        "\n{count} addresses, fastest of 15 rounds, on {threads} threads\n{table}"
    );
    println!(
        "(if par_merge_sort is no faster than merge_sort, other programs had the cores)"
    );
    Ok(())
}
