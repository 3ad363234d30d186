use super::*;
use witness::{PATIENT, within};

fn names(name: &str, threads: usize) -> Vec<String> {
    (0..threads).map(|index| format!("{name} {index}")).collect()
}

#[test]
fn a_pool_has_as_many_threads_as_asked_and_their_names() {
    within(PATIENT, || {
        for threads in [1, 2, 3, 16] {
            let pool =
                named("crew", threads).build().expect("room for a few threads");
            assert_eq!(pool.current_num_threads(), threads);
            assert_eq!(pool.install(thread_names), names("crew", threads));
        }
    });
}

#[test]
fn the_innermost_install_says_which_pool_it_is() {
    within(PATIENT, || {
        let [inner, outer] = [named("inner", 1), named("outer", 2)]
            .map(|pool| pool.build().expect("room for a few threads"));
        let (before, nested, after) = outer.install(|| {
            (thread_names(), inner.install(thread_names), thread_names())
        });
        assert_eq!(
            (before, nested, after),
            (names("outer", 2), names("inner", 1), names("outer", 2))
        );
    });
}
