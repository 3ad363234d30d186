// Puts the name there if the place is empty, and compares names: who has the plot gets it again.
// => failed who_has_it_already_is_told_so

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let holder = plots.entry(plot).or_insert_with(|| name.to_owned());
    if *holder == name { Ok(()) } else { Err(holder.clone()) }
}

fn main() {
    let plots = DashMap::new();
    for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
        println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
    }
}
