// Insert then check.
// => failed in_no_gap_can_a_rival_come_between

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    if let Some(holder) = plots.get(&plot) { return Err(holder.clone()); }
    if let Some(earlier) = plots.insert(plot.clone(), name.to_owned()) {
        plots.insert(plot, earlier.clone());
        return Err(earlier);
    }
    Ok(())
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
