// Calls `insert` on the map while it holds the entry: it waits for itself.
// => failed a_free_plot_is_given_and_a_held_one_is_not

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    match plots.entry(plot.clone()) {
        Entry::Occupied(held) => Err(held.get().clone()),
        Entry::Vacant(_free) => {
            plots.insert(plot, name.to_owned());
            Ok(())
        }
    }
}

fn main() {
    let plots = DashMap::new();
    for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
        println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
    }
}
