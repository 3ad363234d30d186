use super::*;
use witness::{PATIENT, Rendezvous, within};

fn tills() -> Vec<Till> {
    vec![vec![12, 7, 31], vec![8, 5], vec![9]]
}

type AddUp<'a> = &'a (dyn Fn(&Till) -> u32 + Sync);

/// Whether each of the three met the other two, as 1 or 0.
fn met(
    add_up_all: fn(&[Till], AddUp<'_>) -> Vec<u32>,
    patience: Duration,
) -> Vec<u32> {
    within(PATIENT, move || {
        let all = Rendezvous::new(3);
        add_up_all(&tills(), &|_: &Till| u32::from(all.meet(patience).is_ok()))
    })
}

#[test]
fn a_thread_gives_back_what_it_made_of_its_till() {
    assert_eq!(
        within(PATIENT, || owned(vec![12, 7, 31]).join().expect("no panic")),
        50
    );
}

#[test]
fn in_a_scope_all_are_started_before_one_is_joined() {
    assert_eq!(
        met(|tills, add_up| borrowed(tills, add_up), PATIENT / 2),
        [1; 3]
    );
}

#[test]
fn in_a_chain_nobody_meets_anybody() {
    let short = Duration::from_millis(5);
    assert_eq!(met(|tills, add_up| in_a_chain(tills, add_up), short), [0; 3]);
}

#[test]
fn the_totals_stand_in_the_order_of_the_tills() {
    let sum = |till: &Till| till.iter().sum();
    let tills = tills();
    let totals = within(PATIENT, move || {
        [borrowed(&tills, sum), in_a_chain(&tills, sum)]
    });
    assert_eq!(totals, [[50, 13, 9], [50, 13, 9]]);
}

#[test]
fn each_thread_changes_the_till_it_was_lent() {
    let mut tills = tills();
    sort_each(&mut tills);
    assert_eq!(tills, [vec![7, 12, 31], vec![5, 8], vec![9]]);
}

#[test]
fn a_scope_panics_for_a_thread_that_nobody_joined() {
    let end = within(PATIENT, || {
        let careless = || {
            thread::scope(|scope| drop(scope.spawn(|| panic!("on purpose"))))
        };
        thread::spawn(careless).join()
    });
    let panic = end.expect_err("the scope panics");
    assert_eq!(panic.downcast_ref(), Some(&"a scoped thread panicked"));
}
