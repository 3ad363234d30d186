use super::*;
use std::future::pending;

fn polled_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn awaits_that_are_ready_are_one_poll() {
    assert_eq!(
        polled_once(breakfast()),
        Poll::Ready("hot tea and hot toast".to_owned())
    );
}

#[test]
fn an_await_that_waits_makes_the_whole_pending() {
    let breakfast = async {
        cook("tea").await;
        pending::<()>().await;
        cook("toast").await
    };
    assert_eq!(polled_once(breakfast), Poll::Pending);
}
