use super::*;
use witness::{PATIENT, within};

const WORKS: &str = "it does not panic";

fn two_workers() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("threads start")
}

#[test]
fn a_plain_thread_asks_by_the_library_by_a_handle_and_by_message() {
    within(PATIENT, || {
        assert_eq!(Prices::new().expect("it starts").price("cup"), 300);
        let runtime = two_workers();
        assert_eq!(ask_by_handle(runtime.handle(), "cup"), 300);
        let (questions, received) = mpsc::channel(1);
        let answering = runtime.spawn(answer(received));
        assert_eq!(ask_by_message(&questions, "cup"), Some(300));
        answering.abort();
        runtime.block_on(questions.closed());
        assert_eq!(ask_by_message(&questions, "cup"), None);
    });
}

#[test]
fn many_threads_may_share_the_library() {
    within(PATIENT, || {
        let prices = &Prices::new().expect("it starts");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(prices.price("tray"), 400));
            }
        });
    });
}

#[test]
fn block_on_in_a_task_panics_on_either_runtime() {
    within(PATIENT, || {
        let prices = Arc::new(Prices::new().expect("it starts"));
        let current = Builder::new_current_thread().build().expect("it starts");
        for runtime in [two_workers(), current] {
            let asked = runtime.block_on(ask_in_a_task(Arc::clone(&prices)));
            let panic = asked.expect_err("block_on panics").into_panic();
            let reason = reason(&*panic).to_owned();
            assert!(
                reason.starts_with(
                    "Cannot start a runtime from within a runtime"
                ),
                "{reason}"
            );
        }
        assert_eq!(
            prices.price("cup"),
            300,
            "the library is none the worse for it"
        );
    });
}

#[test]
fn so_do_a_handles_block_on_and_blocking_send() {
    within(PATIENT, || {
        two_workers().block_on(async {
            let by_handle = tokio::spawn(async {
                ask_by_handle(&Handle::current(), "cup")
            });
            assert!(by_handle.await.expect_err("it panics").is_panic());
            let (questions, _received) = mpsc::channel(1);
            let by_message =
                tokio::spawn(async move { ask_by_message(&questions, "cup") });
            assert!(by_message.await.expect_err("it panics").is_panic());
        });
    });
}

#[test]
fn on_the_blocking_pool_and_in_place_it_works() {
    within(PATIENT, || {
        let prices = Arc::new(Prices::new().expect("it starts"));
        let runtime = two_workers();
        assert_eq!(
            runtime
                .block_on(ask_on_the_pool(Arc::clone(&prices)))
                .expect(WORKS),
            600
        );
        let task = runtime.spawn(cheaper_in_place(["tray", "cup"]));
        assert_eq!(runtime.block_on(task).expect(WORKS), 300);
    });
}

#[test]
fn in_place_is_not_for_a_current_thread_runtime() {
    within(PATIENT, || {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("it starts");
        let task = runtime.spawn(cheaper_in_place(["tray", "cup"]));
        assert!(runtime.block_on(task).expect_err("it panics").is_panic());
    });
}

#[test]
fn a_runtime_that_is_dropped_in_a_task_panics() {
    within(PATIENT, || {
        let prices = Prices::new().expect("it starts");
        let dropping = two_workers()
            .block_on(async { tokio::spawn(async { drop(prices) }).await });
        let panic = dropping.expect_err("drop panics").into_panic();
        assert!(
            reason(&*panic).starts_with("Cannot drop a runtime"),
            "{}",
            reason(&*panic)
        );
    });
}
