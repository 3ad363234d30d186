// Whether the closure was called says whether the plot was free.

use dashmap::DashMap;
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let mut mine = false;
    let holder = plots.entry(plot).or_insert_with(|| {
        mine = true;
        name.to_owned()
    });
    if mine { Ok(()) } else { Err(holder.clone()) }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
