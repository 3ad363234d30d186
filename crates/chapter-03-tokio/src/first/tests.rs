use super::*;
use tokio::runtime::Handle;
use tokio::time::Instant;
use witness::paused;

#[test]
fn two_tasks_take_as_long_as_the_longer_one() {
    paused(async || {
        let start = Instant::now();
        let (soup, bread) =
            (tokio::spawn(cook("soup", 300)), tokio::spawn(cook("bread", 200)));
        assert_eq!(
            (soup.await.unwrap(), bread.await.unwrap()),
            ("soup", "bread")
        );
        assert_eq!(start.elapsed(), Duration::from_millis(300));
    });
}

#[test]
fn two_calls_that_are_only_awaited_take_the_sum() {
    paused(async || {
        let start = Instant::now();
        assert_eq!(
            (cook("soup", 300).await, cook("bread", 200).await),
            ("soup", "bread")
        );
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    });
}

#[test]
fn a_task_begins_without_an_await_of_its_handle() {
    paused(async || {
        let soup = tokio::spawn(cook("soup", 300));
        sleep(Duration::from_millis(400)).await;
        assert!(soup.is_finished());
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    });
}
