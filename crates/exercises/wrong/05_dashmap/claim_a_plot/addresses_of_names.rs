// Tells its own name from another's by where its text lies. An empty name has no text.
// => failed a_name_may_be_empty

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let mine = name.to_owned();
    let address = mine.as_ptr();
    let holder = plots.entry(plot).or_insert(mine);
    if holder.as_ptr() == address { Ok(()) } else { Err(holder.clone()) }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
