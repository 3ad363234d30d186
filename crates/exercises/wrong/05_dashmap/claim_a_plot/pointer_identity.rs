// Pointer identity.
// => failed a_rival_of_the_same_name_is_somebody_else

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let held = plots.contains_key(&plot);
    let holder = plots.entry(plot).or_insert_with(|| name.to_owned()).clone();
    if held || holder != name { Err(holder) } else { Ok(()) }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
