use super::*;
use crate::traits::spawn;
use witness::{PATIENT, within};

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn the_box_holds_the_future_itself_and_nothing_around_it() {
    fn check<S: Source>(source: &S) {
        let (native, boxed) =
            (source.fetch("index"), source.fetch_boxed("index"));
        assert_eq!(size_of_val(&boxed), 2 * size_of::<usize>());
        assert_eq!(size_of_val(&*boxed), size_of_val(&native));
    }
    check(&Mirror { takes: SHORT });
    check(&BTreeMap::new());
}

#[test]
fn a_list_of_both_answers_from_any_thread() {
    let shelf = BTreeMap::from([("index".to_owned(), "at hand".to_owned())]);
    let sources: [Box<dyn DynSource + Send + Sync>; 2] =
        [Box::new(Mirror { takes: SHORT }), Box::new(shelf)];
    let texts = within(PATIENT, || {
        let spawned = sources.map(|source| {
            spawn(async move { source.fetch_boxed("index").await })
        });
        spawned.map(|thread| thread.join().expect("it does not panic"))
    });
    assert_eq!(texts, ["the page 'index'", "at hand"]);
}
