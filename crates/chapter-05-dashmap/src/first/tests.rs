use super::*;
use std::collections::HashMap;
use witness::{PATIENT, Rendezvous, within};

#[test]
fn all_threads_fill_the_map_at_once_and_no_visit_is_missing() {
    let counts = within(PATIENT, || {
        let day = "home prices ".repeat(1_000) + "about";
        let (visits, all) = (DashMap::new(), Rendezvous::new(8));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    all.meet(PATIENT / 2).expect("all threads have begun");
                    add(&visits, &day);
                });
            }
        });
        visits
            .into_iter()
            .map(|(page, count)| (page.to_owned(), count))
            .collect()
    });
    let expected = [("home", 8_000), ("prices", 8_000), ("about", 8)];
    let expected = expected.map(|(page, count)| (page.to_owned(), count));
    assert_eq!(HashMap::from(expected), counts);
}
