use super::figures::start_and_wait;
use super::*;
use tokio::runtime::Handle;
use witness::Log;

/// Work that notes how many tasks are alive while it runs.
fn noted(
    log: &Log<usize>,
) -> impl Fn(u64) -> futures::future::BoxFuture<'static, u64> {
    let log = log.clone();
    move |number| {
        let log = log.clone();
        Box::pin(async move {
            log.push(Handle::current().metrics().num_alive_tasks());
            number
        })
    }
}

#[tokio::test]
async fn all_at_once_every_task_is_alive_before_the_first_ends() {
    let alive = Log::new();
    assert_eq!(all_at_once(100, noted(&alive)).await, 4_950);
    assert_eq!((alive.len(), alive.events()[0]), (100, 100));
}

#[tokio::test]
async fn one_after_another_no_task_has_company() {
    let alive = Log::new();
    assert_eq!(one_after_another(100, noted(&alive)).await, 4_950);
    assert_eq!(alive.events(), [1; 100]);
}

#[test]
fn threads_are_started_in_the_same_two_ways() {
    let log = Log::new();
    for at_once in [true, false] {
        start_and_wait(2, at_once, || log.push("start"), |()| log.push("wait"));
    }
    let [both, in_turn] = [
        ["start", "start", "wait", "wait"],
        ["start", "wait", "start", "wait"],
    ];
    assert_eq!(log.events(), [both, in_turn].concat());
}
