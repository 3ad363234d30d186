use super::*;
use std::thread;
use tokio::runtime::{Builder, LocalOptions};
use witness::{PATIENT, paused, within};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_tab_has_all_dishes_in_the_order_of_their_times() {
    paused(async || {
        let tab = shared_tab(vec![
            ("soup", 2 * SECOND),
            ("bread", SECOND),
            ("cake", 3 * SECOND),
        ]);
        assert_eq!(tab.await, ["bread", "soup", "cake"]);
    });
}

#[test]
fn a_set_runs_its_tasks_on_the_thread_that_awaits_it() {
    within(PATIENT, || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("two threads");
        let threads = runtime.block_on(async {
            let tasks = LocalSet::new();
            let handles = [(); 8].map(|()| {
                tasks.spawn_local(async {
                    tokio::task::yield_now().await;
                    thread::current().id()
                })
            });
            tasks.await;
            let mut threads = Vec::new();
            for handle in handles {
                threads.push(handle.await.expect("none panics"));
            }
            threads
        });
        assert_eq!(threads, [thread::current().id(); 8]);
    });
}

#[test]
fn nobody_runs_the_tasks_of_a_set_that_is_not_awaited() {
    paused(async || {
        let ran = Rc::new(Cell::new(false));
        let (tasks, notes) = (LocalSet::new(), Rc::clone(&ran));
        tasks.spawn_local(async move { notes.set(true) });
        sleep(SECOND).await;
        assert!(!ran.get());
        tasks.await;
        assert!(ran.get());
    });
}

#[test]
fn a_local_runtime_needs_no_set() {
    within(PATIENT, || {
        let local =
            Builder::new_current_thread().build_local(LocalOptions::default());
        let count = local.expect("no thread").block_on(async {
            let count = Rc::new(Cell::new(0));
            let counted = Rc::clone(&count);
            let task = tokio::task::spawn_local(async move { counted.set(1) });
            task.await.expect("it does not panic");
            count.get()
        });
        assert_eq!(count, 1);
    });
}

/// What two tasks on one thread read, each after it has noted its own table.
fn both<F>(noted: fn(u32, Duration) -> F) -> [u32; 2]
where
    F: Future<Output = u32> + Send + 'static,
{
    paused(async move || {
        let [one, two] = [1, 2].map(|table| tokio::spawn(noted(table, SECOND)));
        [one.await, two.await].map(|read| read.expect("neither panics"))
    })
}

#[test]
fn on_one_thread_the_second_overwrites_what_the_first_noted() {
    assert_eq!(both(noted_on_the_thread), [2, 2]);
}

#[test]
fn each_task_reads_its_own_note() {
    assert_eq!(both(noted_on_the_task), [1, 2]);
}

#[test]
fn a_spawned_task_does_not_inherit_the_note() {
    paused(async || {
        let inner = TABLE.scope(7, async {
            tokio::spawn(async { TABLE.try_get().ok() }).await
        });
        assert_eq!(inner.await.expect("it does not panic"), None);
    });
}
