// Looks, and tells from what `insert` returns whether somebody was faster: by then it has taken the plot away.
// => failed in_no_gap_can_a_rival_come_between

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    if let Some(holder) = plots.get(&plot) {
        return Err(holder.clone());
    }
    plots.insert(plot, name.to_owned()).map_or(Ok(()), Err)
}

fn main() {
    let plots = DashMap::new();
    for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
        println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
    }
}
