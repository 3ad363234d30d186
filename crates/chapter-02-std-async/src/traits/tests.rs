use super::*;
use std::task::{Context, Poll, Waker};
use witness::{Log, PATIENT, Rendezvous, Threads, within};

const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
const SHORT: Duration = Duration::from_millis(5);

/// Each fetch waits, with its thread, for another to be there at the same time.
struct Meeting {
    rendezvous: Rendezvous,
    patience: Duration,
    threads: Threads,
}

impl Meeting {
    fn new(patience: Duration) -> Self {
        Meeting { rendezvous: Rendezvous::new(2), patience, threads: Threads::new() }
    }
}

impl Source for Meeting {
    async fn fetch(&self, _: &str) -> String {
        self.threads.note();
        format!("{:?}", self.rendezvous.meet(self.patience).is_ok())
    }
}

#[test]
fn spawned_futures_run_on_threads_of_their_own() {
    let (texts, threads, own) = within(PATIENT, || {
        let meeting = Arc::new(Meeting::new(PATIENT));
        let texts = fetch_spawned(&meeting, &["index", "search"]);
        (texts, meeting.threads.ids(), thread::current().id())
    });
    assert_eq!(texts, ["true", "true"]);
    assert_eq!(threads.len(), 2);
    assert!(!threads.contains(&own));
}

#[test]
fn joined_futures_share_the_thread_that_waits_for_them() {
    let (texts, threads, own) = within(PATIENT, || {
        let meeting = Meeting::new(SHORT);
        let texts = block_on(join(meeting.fetch("index"), meeting.fetch("search")));
        (texts, meeting.threads.ids(), thread::current().id())
    });
    assert_eq!(texts, ("false".to_owned(), "false".to_owned()));
    assert_eq!(threads, [own]);
}

#[test]
fn the_texts_come_in_the_order_of_the_pages() {
    let texts =
        within(PATIENT, || fetch_spawned(&Arc::new(Mirror { takes: SHORT }), &["b", "a", "c"]));
    assert_eq!(texts, ["the page 'b'", "the page 'a'", "the page 'c'"]);
}

#[test]
fn a_mirror_waits_and_keeps_no_thread_waiting() {
    let poll = within(PATIENT, || {
        let mirror = Mirror { takes: NEVER };
        let mut fetching = mirror.fetch_boxed("index");
        fetching.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(poll, Poll::Pending);
}

#[test]
fn an_async_closure_is_awaited_page_by_page_and_may_change_what_it_borrows() {
    let (log, mut bytes) = (Log::new(), 0);
    let shelf = BTreeMap::from([("a".to_owned(), "12345".to_owned())]);
    block_on(each(&["a", "b"], async |page| {
        log.push(format!("{page} begins"));
        bytes += join(shelf.fetch(page), yield_once()).await.0.len();
        log.push(format!("{page} ends"));
    }));
    assert_eq!(log.events(), ["a begins", "a ends", "b begins", "b ends"]);
    assert_eq!(bytes, 5);
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
fn the_box_holds_the_future_itself_and_nothing_around_it() {
    fn check<S: Source>(source: &S) {
        let (native, boxed) = (source.fetch("index"), source.fetch_boxed("index"));
        assert_eq!(size_of_val(&boxed), 2 * size_of::<usize>());
        assert_eq!(size_of_val(&*boxed), size_of_val(&native));
    }
    check(&Mirror { takes: SHORT });
    check(&BTreeMap::new());
}

#[test]
fn a_list_of_both_answers_from_any_thread() {
    let shelf = BTreeMap::from([("index".to_owned(), "at hand".to_owned())]);
    let sources: [Box<dyn DynSource + Send + Sync>; 2] =
        [Box::new(Mirror { takes: SHORT }), Box::new(shelf)];
    let texts = within(PATIENT, || {
        let spawned = sources.map(|source| spawn(async move { source.fetch_boxed("index").await }));
        spawned.map(|thread| thread.join().expect("it does not panic"))
    });
    assert_eq!(texts, ["the page 'index'", "at hand"]);
}

#[test]
fn the_timeline_shows_who_polled() {
    let recording = within(PATIENT, || {
        let timeline = lessons::timeline("test");
        fetch_spawned(&Arc::new(Mirror { takes: SHORT }), &["of test 1", "of test 2"]);
        timeline.finish()
    });
    let [one, two] = ["fetch page=of test 1", "fetch page=of test 2"]
        .map(|label| recording.row(label).expect("it was recorded").threads());
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_ne!(one, two);
}
