use super::*;
use std::sync::mpsc;
use witness::{Log, PATIENT, Rendezvous, within};

type Job = Box<dyn FnOnce() -> u32 + Send>;

fn named<const N: usize>(jobs: [(&str, Job); N]) -> Vec<(String, Job)> {
    jobs.into_iter().map(|(name, job)| (name.to_owned(), job)).collect()
}

#[test]
fn a_total_comes_back_through_join_and_so_does_a_panic() {
    let [north, south, _] = tills().try_into().expect("there are three");
    let (total, panic) = within(PATIENT, || (spawned(north), spawned(south)));
    assert_eq!(total.expect("its slips are numbers"), 50);
    let panic = panic.expect_err("one of its slips is not");
    assert_eq!(reason(panic.as_ref()), "'gift' is not a number");
}

#[test]
fn one_panic_leaves_the_results_of_the_others() {
    let ends = within(PATIENT, || {
        outcomes(start(named([
            ("first", Box::new(|| 1)),
            ("second", Box::new(|| panic!("on purpose: {}", 2))),
            ("third", Box::new(|| 3)),
        ])))
    });
    let outcomes: Vec<_> = ends
        .iter()
        .map(|(name, end)| {
            (name.as_str(), end.as_ref().map_err(|p| reason(p.as_ref())))
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("first", Ok(&1)),
            ("second", Err("on purpose: 2")),
            ("third", Ok(&3))
        ]
    );
}

#[test]
fn a_thread_knows_its_name() {
    let ends = within(PATIENT, || {
        let ask = || u32::from(thread::current().name() == Some("north"));
        outcomes(start(vec![("north".to_owned(), ask)]))
    });
    let (name, end) = &ends[0];
    assert_eq!(name, "north");
    assert_eq!(
        *end.as_ref().expect("it does not panic"),
        1,
        "it knows its name, too"
    );
}

#[test]
fn all_threads_are_started_before_one_is_joined() {
    let met = within(PATIENT, || {
        let all = Rendezvous::new(3);
        let job = |name: &str| {
            let all = all.clone();
            (name.to_owned(), move || u32::from(all.meet(PATIENT / 2).is_ok()))
        };
        outcomes(start(["a", "b", "c"].map(job).into()))
    });
    assert!(
        met.iter()
            .all(|(_, end)| *end.as_ref().expect("it does not panic") == 1)
    );
}

#[test]
fn a_thread_without_its_handle_works_on() {
    let worked = within(PATIENT, || {
        let (open, gate) = mpsc::channel();
        let (work, done) = mpsc::channel();
        let waiting = move || {
            gate.recv().expect("the gate is opened");
            work.send("done").expect("somebody listens");
            0
        };
        // It cannot be done before this returns: the gate is shut.
        drop(start(vec![("detached".to_owned(), waiting)]));
        open.send(()).expect("the thread is there");
        done.recv()
    });
    assert_eq!(worked, Ok("done"));
}

#[test]
fn unwrap_spreads_a_panic_and_the_others_work_for_nothing() {
    let log = Log::new();
    let seen = log.clone();
    let message = within(PATIENT, move || {
        let (open, gate) = mpsc::channel();
        let (work, done) = mpsc::channel();
        let (before, after) = (log.clone(), log.clone());
        let jobs = named([
            (
                "first",
                Box::new(move || {
                    before.push("first");
                    1
                }),
            ),
            ("second", Box::new(|| panic!("on purpose"))),
            (
                "third",
                Box::new(move || {
                    gate.recv().expect("the gate is opened");
                    after.push("third");
                    work.send(()).expect("somebody listens");
                    3
                }),
            ),
        ]);
        let caller = vec![("caller".to_owned(), move || {
            unwrapped(start(jobs)).iter().sum()
        })];
        let (_, end) = outcomes(start(caller)).remove(0);
        log.push("caller");
        open.send(()).expect("the third thread is there");
        done.recv().expect("it works on");
        reason(end.expect_err("the panic spread").as_ref()).to_owned()
    });
    assert_eq!(seen.events(), ["first", "caller", "third"]);
    // The second thread's message is lost, too.
    assert_eq!(
        message,
        "called `Result::unwrap()` on an `Err` value: Any { .. }"
    );
}

#[test]
fn a_panic_need_not_be_a_text() {
    let message =
        |panic: Box<dyn Any + Send>| reason(panic.as_ref()).to_owned();
    assert_eq!(message(Box::new("a literal")), "a literal");
    assert_eq!(message(Box::new("formatted".to_owned())), "formatted");
    assert_eq!(message(Box::new(7)), "something that is not a string");
}
