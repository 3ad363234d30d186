// Give a garden plot to whoever asks for it, if nobody has it. If somebody has it, change nothing,
// and return who has it, as an error. That may be the one who asks.
//
// How it is judged: in every gap between two calls on the map, somebody else claims the same plot,
// perhaps somebody of the same name. In the end one of the two has it, and the other was told so.
// Nobody ever sees a holder who does not hold it. Who finds a plot locked waits. No luck is needed
// to find a gap. Who has a plot may give it up, in a gap as well. A name may be empty.
//
// Lesson: chapter-05 entry

use dashmap::{DashMap, Entry};
use std::hash::Hash;

fn claim<P: Hash + Eq + Clone>(
    plots: &DashMap<P, String>,
    plot: P,
    name: &str,
) -> Result<(), String> {
    match plots.entry(plot) {
        Entry::Occupied(held) => Err(held.get().clone()),
        Entry::Vacant(free) => {
            free.insert(name.to_owned());
            Ok(())
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use dashmap::{DashMap, Entry};
    use std::hash::{Hash, Hasher};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Log, within};

    const LIMIT: Duration = Duration::from_secs(40);

    type Plots = DashMap<Plot, String>;

    /// A plot whose number is hashed at the beginning of each call on the map, before its lock is
    /// taken. That is the moment at which a rival may come.
    #[derive(Clone)]
    struct Plot(u32, Option<Arc<Rival>>);

    struct Rival {
        plots: Arc<Plots>,
        comes_before_call: usize,
        calls: AtomicUsize,
        got: OnceLock<Result<(), String>>,
        name: &'static str,
        /// Who had the plot, at each call after somebody had been told that it is theirs.
        seen: Log<String>,
    }

    impl Rival {
        fn claim(&self, plot: u32) {
            let got = match self.plots.try_entry(Plot(plot, None)) {
                None => return, // locked: it comes later
                Some(Entry::Occupied(held)) => Err(held.get().clone()),
                Some(Entry::Vacant(free)) => {
                    free.insert(self.name.to_owned());
                    Ok(())
                }
            };
            self.got.set(got).expect("it comes once");
        }
    }

    impl PartialEq for Plot {
        fn eq(&self, other: &Plot) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Plot {}

    impl Hash for Plot {
        fn hash<H: Hasher>(&self, state: &mut H) {
            if let Some(rival) = &self.1 {
                let call = rival.calls.fetch_add(1, Ordering::Relaxed) + 1;
                if call >= rival.comes_before_call && rival.got.get().is_none() {
                    rival.claim(self.0);
                }
                if rival.got.get().is_some()
                    && let Some(Entry::Occupied(held)) = rival.plots.try_entry(Plot(self.0, None))
                {
                    rival.seen.push(held.get().clone());
                }
            }
            self.0.hash(state);
        }
    }

    #[test]
    fn a_free_plot_is_given_and_a_held_one_is_not() {
        let results = within(LIMIT, || {
            let plots = DashMap::new();
            [(1, "Rosa"), (2, "Emil"), (1, "Kato")].map(|(plot, name)| claim(&plots, plot, name))
        });
        assert_eq!(results, [Ok(()), Ok(()), Err("Rosa".to_owned())]);
    }

    #[test]
    fn who_has_it_already_is_told_so() {
        let results = within(LIMIT, || {
            let plots = DashMap::new();
            [1, 2].map(|_| claim(&plots, 1, "Rosa"))
        });
        assert_eq!(results, [Ok(()), Err("Rosa".to_owned())]);
    }

    /// Rosa and the rival claim one plot. Returns what Rosa was told, what the rival was told, and
    /// who has the plot in the end.
    fn with_a_rival(
        holder: Option<&'static str>,
        name: &'static str,
        comes_before_call: usize,
    ) -> [Result<(), String>; 3] {
        within(LIMIT, move || {
            let plots = Arc::new(Plots::new());
            if let Some(name) = holder {
                plots.insert(Plot(7, None), name.to_owned());
            }
            let (calls, got) = (AtomicUsize::new(0), OnceLock::new());
            let (seen, ours) = (Log::new(), Arc::clone(&plots));
            let rival = Rival { plots: ours, comes_before_call, calls, got, name, seen };
            let rival = Arc::new(rival);
            let mine = claim(&plots, Plot(7, Some(Arc::clone(&rival))), "Rosa");
            if rival.got.get().is_none() {
                rival.claim(7);
            }
            let holder = plots.get(&Plot(7, None)).map_or(Ok(()), |name| Err(name.clone()));
            for seen in rival.seen.events() {
                assert_eq!(Err(seen), holder, "somebody saw that another had the plot");
            }
            [mine, rival.got.get().cloned().expect("it came"), holder]
        })
    }

    #[test]
    fn in_no_gap_can_a_rival_come_between() {
        let held_by = |name: &str| Err(name.to_owned());
        let rosa_has_it = [Ok(()), held_by("Rosa"), held_by("Rosa")];
        let the_rival_has_it = [held_by("the rival"), Ok(()), held_by("the rival")];
        for call in 1..=5 {
            let told = with_a_rival(None, "the rival", call);
            assert!(
                told == rosa_has_it || told == the_rival_has_it,
                "a rival before call {call}; told Rosa, told the rival, has the plot: {told:?}"
            );
        }
    }

    #[test]
    fn a_rival_of_the_same_name_is_somebody_else() {
        for call in 1..=5 {
            let [mine, theirs, holder] = with_a_rival(None, "Rosa", call);
            assert_eq!(holder, Err("Rosa".to_owned()));
            assert_ne!(mine.is_ok(), theirs.is_ok(), "one of two Rosas has it, before call {call}");
        }
    }

    #[test]
    fn who_finds_the_plot_locked_waits() {
        for free in [true, false] {
            let told = within(LIMIT, move || {
                let plots = Arc::new(DashMap::new());
                if !free {
                    plots.insert(7, "Emil".to_owned());
                }
                let (other, (locked, is_locked)) = (Arc::clone(&plots), mpsc::channel());
                thread::spawn(move || {
                    let _looks = other.entry(7);
                    let _ = locked.send(());
                    thread::sleep(Duration::from_millis(400));
                });
                is_locked.recv_timeout(LIMIT).expect("it locks the plot");
                claim(&plots, 7, "Rosa")
            });
            let expected = if free { Ok(()) } else { Err("Emil".to_owned()) };
            assert_eq!(told, expected, "somebody had the plot locked for a moment");
        }
    }

    #[test]
    fn nobody_ever_sees_a_wrong_holder() {
        for call in 1..=5 {
            let told = with_a_rival(Some("Emil"), "the rival", call);
            let emil = Err("Emil".to_owned());
            assert_eq!(told, [emil.clone(), emil.clone(), emil], "Emil has it all the time");
        }
    }

    #[test]
    fn a_name_may_be_empty() {
        let results = within(LIMIT, || {
            let plots = DashMap::new();
            [(1, ""), (1, ""), (2, "")].map(|(plot, name)| claim(&plots, plot, name))
        });
        assert_eq!(results, [Ok(()), Err(String::new()), Ok(())], "claims by somebody nameless");
    }

    /// A plot that its holder gives up when it is hashed for the nth time, unless it is locked.
    #[derive(Clone)]
    struct GivenUp(Option<Arc<(DashMap<GivenUp, String>, AtomicUsize)>>);

    impl PartialEq for GivenUp {
        fn eq(&self, _: &GivenUp) -> bool {
            true
        }
    }

    impl Eq for GivenUp {}

    impl Hash for GivenUp {
        fn hash<H: Hasher>(&self, state: &mut H) {
            if let Some(shared) = &self.0
                && shared.1.fetch_sub(1, Ordering::Relaxed) == 1
                && let Some(Entry::Occupied(held)) = shared.0.try_entry(GivenUp(None))
            {
                held.remove();
            }
            7.hash(state);
        }
    }

    #[test]
    fn who_gives_a_plot_up_had_it() {
        for call in 1..=5 {
            let (told, holder) = within(LIMIT, move || {
                let shared = Arc::new((DashMap::new(), AtomicUsize::new(call)));
                shared.0.insert(GivenUp(None), "Emil".to_owned());
                let told = claim(&shared.0, GivenUp(Some(Arc::clone(&shared))), "Rosa");
                let holder = shared.0.get(&GivenUp(None)).map(|holder| holder.clone());
                (told, holder)
            });
            match told {
                Ok(()) => assert_eq!(holder.as_deref(), Some("Rosa"), "who has the plot"),
                Err(name) => assert_eq!(name, "Emil", "who had it, and gave it up at call {call}"),
            }
        }
    }
}
