// Finds in one step that somebody has the plot, and asks in another one who that is.
// => failed who_gives_a_plot_up_had_it

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    let mut taken = false;
    plots.entry(plot.clone()).or_insert_with(|| {
        taken = true;
        name.to_owned()
    });
    if taken {
        return Ok(());
    }
    Err(plots.get(&plot).map(|holder| holder.clone()).unwrap_or_default())
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let plots = DashMap::new();
        for (plot, name) in [(12, "Rosa"), (14, "Emil"), (12, "Kato")] {
            println!("{name} claims plot {plot}: {:?}", claim(&plots, plot, name));
        }
    });
}
