use super::*;
use witness::{PATIENT, within};

/// A pool has kept its threads if each of them answers.
fn threads(pool: &ThreadPool) -> usize {
    pool.broadcast(|_| ()).len()
}

#[test]
fn a_panic_under_install_goes_to_the_caller_and_the_pool_stays_whole() {
    within(PATIENT, || {
        let pool = two_threads().build().expect("room for two threads");
        let panic = panic::catch_unwind(AssertUnwindSafe(|| {
            installed(&pool, &photos())
        }))
        .expect_err("it panics");
        assert_eq!(reason(panic), "attempt to divide by zero");
        assert_eq!(threads(&pool), 2);
        assert_eq!(installed(&pool, &[vec![3, 5]]), [4]);
    });
}

#[test]
fn a_panic_handler_is_told_and_the_others_answer() {
    within(PATIENT, || {
        let (note, notes) = mpsc::channel();
        let handler = move |panic| {
            note.send(reason(panic)).expect("the test waits for it")
        };
        let pool = two_threads()
            .panic_handler(handler)
            .build()
            .expect("room for two threads");
        let answers = spawned(&pool, photos(), brightness);
        assert_eq!(answers, [Ok(100), Err(RecvError), Ok(200)]);
        assert_eq!(
            notes.recv().expect("one panic"),
            "attempt to divide by zero"
        );
        assert_eq!(threads(&pool), 2);
        // The pool's end ends the handler, and the channel with it.
        drop(pool);
        assert_eq!(notes.iter().count(), 0, "one panic only");
    });
}

#[test]
fn a_panic_that_is_caught_in_the_job_is_an_answer() {
    within(PATIENT, || {
        // Without a handler: were it not caught, the tests would end here.
        let pool = two_threads().build().expect("room for two threads");
        let answers = spawned(&pool, photos(), caught).into_iter();
        let told: Vec<Result<usize, String>> = answers
            .map(|answer| answer.expect("every job answers"))
            .map(|caught| caught.map_err(reason))
            .collect();
        assert_eq!(
            told,
            [Ok(100), Err("attempt to divide by zero".to_owned()), Ok(200)]
        );
        assert_eq!(threads(&pool), 2);
    });
}

#[test]
fn the_reason_of_a_panic_is_its_text() {
    assert_eq!(reason(Box::new("literal")), "literal");
    assert_eq!(reason(Box::new(String::from("formatted"))), "formatted");
    assert_eq!(reason(Box::new(7)), "not said");
}
