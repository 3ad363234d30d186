use super::*;
use witness::{PATIENT, within};

fn names(name: &str, threads: usize) -> Vec<String> {
    (0..threads).map(|index| format!("{name} {index}")).collect()
}

#[test]
fn a_pool_has_as_many_threads_as_asked_and_their_names() {
    within(PATIENT, || {
        for threads in [1, 2, 3, 16] {
            let pool = named("crew", threads).build().expect("room for a few threads");
            assert_eq!(pool.current_num_threads(), threads);
            assert_eq!(pool.install(crew), names("crew", threads));
        }
    });
}

#[test]
fn the_innermost_install_says_which_pool_it_is() {
    within(PATIENT, || {
        let [inner, outer] = [named("inner", 1), named("outer", 2)]
            .map(|pool| pool.build().expect("room for a few threads"));
        let (before, nested, after) = outer.install(|| (crew(), inner.install(crew), crew()));
        assert_eq!(
            (before, nested, after),
            (names("outer", 2), names("inner", 1), names("outer", 2))
        );
    });
}

#[test]
fn a_panic_under_install_goes_to_the_caller_and_the_pool_stays_whole() {
    within(PATIENT, || {
        let pool = named("photo", 2).build().expect("room for two threads");
        let panic = panic::catch_unwind(AssertUnwindSafe(|| installed(&pool, &photos())))
            .expect_err("it panics");
        assert_eq!(reason(&*panic), "attempt to divide by zero");
        assert_eq!(pool.install(crew), names("photo", 2));
        assert_eq!(installed(&pool, &[vec![3, 5]]), [4]);
    });
}

#[test]
fn a_panic_handler_is_told_and_the_others_answer() {
    within(PATIENT, || {
        let (told, notes) = mpsc::channel();
        let tell = move |panic: Box<dyn Any + Send>| {
            told.send(reason(&*panic).to_owned()).expect("the test waits for it");
        };
        let pool = named("photo", 2).panic_handler(tell).build().expect("room for two threads");
        let answers = spawned(&pool, photos(), brightness);
        assert_eq!(answers, [Ok(100), Err(RecvError), Ok(200)]);
        assert_eq!(notes.recv().expect("one panic"), "attempt to divide by zero");
        assert_eq!(pool.install(crew), names("photo", 2));
        // The pool's end ends the handler, and the channel with it.
        drop(pool);
        assert_eq!(notes.iter().count(), 0, "one panic only");
    });
}

#[test]
fn a_panic_that_is_caught_in_the_job_is_an_answer() {
    within(PATIENT, || {
        // Without a handler: were it not caught, the tests would end here.
        let pool = named("photo", 2).build().expect("room for two threads");
        let answers = spawned(&pool, photos(), caught).into_iter();
        let told: Vec<Result<usize, String>> = answers
            .map(|answer| answer.expect("every job answers"))
            .map(|caught| caught.map_err(|panic| reason(&*panic).to_owned()))
            .collect();
        assert_eq!(told, [Ok(100), Err("attempt to divide by zero".to_owned()), Ok(200)]);
        assert_eq!(pool.install(crew), names("photo", 2));
    });
}

#[test]
fn the_reason_of_a_panic_is_its_text() {
    assert_eq!(reason(&"literal"), "literal");
    assert_eq!(reason(&String::from("formatted")), "formatted");
    assert_eq!(reason(&7), "not said");
}
