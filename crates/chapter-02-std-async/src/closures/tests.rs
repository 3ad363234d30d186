use super::*;
use crate::async_fn::join;
use crate::traits::Source;
use crate::traits::tests::Meeting;
use witness::{Log, PATIENT, within};

#[test]
fn an_async_closure_is_awaited_page_by_page_and_may_change_what_it_borrows() {
    let (log, mut bytes) = (Log::new(), 0);
    block_on(each(&["a", "b"], async |page| {
        log.push(format!("{page} begins"));
        bytes += join(async { page.len() }, yield_once()).await.0;
        log.push(format!("{page} ends"));
    }));
    assert_eq!(log.events(), ["a begins", "a ends", "b begins", "b ends"]);
    assert_eq!(bytes, 2);
}

/// Pending once, so that whoever does not wait for it is seen.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn each_job_runs_on_a_thread_of_its_own() {
    let (texts, threads, own) = within(PATIENT, || {
        let meeting = Arc::new(Meeting::new(PATIENT));
        let texts = each_spawned(&["index", "search"], |page| {
            let meeting = Arc::clone(&meeting);
            async move { meeting.fetch(page).await }
        });
        (texts, meeting.threads.ids(), thread::current().id())
    });
    assert_eq!(texts, ["true", "true"]);
    assert_eq!(threads.len(), 2);
    assert!(!threads.contains(&own));
}

#[test]
fn the_outputs_come_in_the_order_of_the_pages() {
    let outputs = within(PATIENT, || {
        each_spawned(&["b", "a", "c"], |page| async move { page })
    });
    assert_eq!(outputs, ["b", "a", "c"]);
}
