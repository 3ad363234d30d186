// Look first then entry.

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    if let Some(holder) = plots.get(&plot).map(|h| h.clone()) {
        return Err(holder);
    }
    match plots.entry(plot) {
        Entry::Occupied(e) => Err(e.get().to_string()),
        Entry::Vacant(e) => { drop(e.insert(name.into())); Ok(()) }
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
