use std::thread;

use tokio::runtime::Builder;
use witness::{PATIENT, within};

use super::*;

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

#[test]
fn all_who_ask_get_the_answer_of_a_search_and_each_is_computed_once() {
    within(PATIENT, || {
        let index = Arc::new(stage::index(30));
        let bridge = Bridge::new(2).expect("two threads");
        let answers = Arc::new(Answers::new(bridge, 100));
        let ask =
            |query| shared(Arc::clone(&answers), Arc::clone(&index), query);
        let all = block_on(ask_at_once(1_000, ask));
        assert_eq!(
            (all.len(), answers.computed()),
            (1_000, stage::QUERIES.len() as u64)
        );
        for query in stage::QUERIES {
            let expected = Ok(search(&index, query));
            assert_eq!(
                all.iter().filter(|answer| **answer == expected).count() % 50,
                0,
                "{query}"
            );
            assert!(all.contains(&expected), "{query}");
        }
    });
}

#[test]
fn the_naive_way_searches_on_the_thread_of_the_runtime_for_each() {
    within(PATIENT, || {
        let index = Arc::new(stage::index(10));
        let here = thread::current().id();
        let ask = |query| {
            let index = Arc::clone(&index);
            async move {
                (on_the_runtime(index, query).await, thread::current().id())
            }
        };
        let all = block_on(ask_at_once(100, ask));
        assert!(
            all.len() == 100 && all.iter().all(|(_, thread)| *thread == here)
        );
    });
}

/// Whether a neighbor on the runtime's only thread gets a turn while a search
/// goes on that ends only when the neighbor has had it.
#[test]
fn a_neighbor_has_its_turn_while_the_pool_searches() {
    within(PATIENT, || {
        let answers = Answers::new(Bridge::new(1).expect("a thread"), 10);
        let (turn, had) = std::sync::mpsc::channel();
        let asking = answers.get(&"why", move || had.recv().is_ok());
        let (answer, ()) = block_on(async {
            tokio::join!(asking, async {
                turn.send(()).expect("it is waited for")
            })
        });
        assert_eq!(answer, Ok(true));
    });
}

#[test]
fn over_sockets_each_question_is_searched_for_once() {
    within(PATIENT, || {
        let asked = block_on(stage::over_sockets(stage::index(20), 20, 3));
        let (requests, found, computed) = asked.expect("loopback answers");
        assert_eq!(
            (requests, found, computed),
            (60, 60, stage::QUERIES.len() as u64)
        );
    });
}
