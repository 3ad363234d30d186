// Try entry expect.
// => failed who_finds_the_plot_locked_waits

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    // panics whenever somebody else has the shard
    match plots.try_entry(plot).expect("it is not locked") {
        Entry::Occupied(held) => Err(held.get().clone()),
        Entry::Vacant(free) => { free.insert(name.to_owned()); Ok(()) }
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
