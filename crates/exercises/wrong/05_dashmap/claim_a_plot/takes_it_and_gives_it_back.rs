// Takes the plot first, and gives it back if somebody had it: meanwhile the wrong one has it.
// => failed nobody_ever_sees_a_wrong_holder

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let Some(holder) = plots.insert(plot.clone(), name.to_owned()) else {
        return Ok(());
    };
    plots.insert(plot, holder.clone());
    Err(holder)
}

fn main() {
    let plots = DashMap::new();
    for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
        println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
    }
}
