use super::*;
use tokio::runtime::Handle;
use witness::Log;

/// Work that notes how many tasks are alive while it runs.
fn noted(log: &Log<usize>) -> impl Fn(u64) -> futures::future::BoxFuture<'static, u64> {
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
    let [both, in_turn] = [["start", "start", "wait", "wait"], ["start", "wait", "start", "wait"]];
    assert_eq!(log.events(), [both, in_turn].concat());
}

#[test]
fn each_is_what_the_additional_ones_take() {
    let few = Memory { resident: 1_000, reserved: 50_000 };
    let many = Memory { resident: 4_000, reserved: 51_000 };
    assert_eq!(Memory::each(few, many, 10), Memory { resident: 300, reserved: 100 });
}

#[test]
fn a_number_is_found_by_its_field() {
    let text = "VmPeak:\t    3060 kB\nVmSize:\t    2048 kB\nThreads:\t1\n";
    assert_eq!(bytes(text, "VmSize:"), Some(2 << 20));
    assert_eq!((bytes(text, "Threads:"), bytes(text, "VmRSS:")), (None, None));
}

#[test]
fn an_amount_has_four_digits_at_most() {
    let amounts = [327, 9_999, 10_000, 2_068 << 10, 256 << 20, 23 << 30, 1 << 50].map(amount);
    assert_eq!(
        amounts,
        ["327 B", "9999 B", "9 KiB", "2068 KiB", "256 MiB", "23 GiB", "1048576 GiB"]
    );
}

#[test]
fn an_order_that_nobody_understands_is_an_error() {
    assert!(obey("").is_err());
    assert!(obey("Nothing many").is_err());
    assert!(obey("Elephants(3) 1").is_err());
}
