// Notes the holder, if there is one, within the one call.

use dashmap::DashMap;
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let mut holder = Ok(());
    plots
        .entry(plot)
        .and_modify(|held| holder = Err(held.clone()))
        .or_insert_with(|| name.to_owned());
    holder
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
