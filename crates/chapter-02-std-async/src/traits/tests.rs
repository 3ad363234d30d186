use super::*;
use witness::{PATIENT, Rendezvous, Threads, within};

const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
const SHORT: Duration = Duration::from_millis(5);

/// Each fetch waits, with its thread, for another to be there at the same time.
pub(crate) struct Meeting {
    rendezvous: Rendezvous,
    patience: Duration,
    pub(crate) threads: Threads,
}

impl Meeting {
    pub(crate) fn new(patience: Duration) -> Self {
        Meeting {
            rendezvous: Rendezvous::new(2),
            patience,
            threads: Threads::new(),
        }
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
        let texts =
            block_on(join(meeting.fetch("index"), meeting.fetch("search")));
        (texts, meeting.threads.ids(), thread::current().id())
    });
    assert_eq!(texts, ("false".to_owned(), "false".to_owned()));
    assert_eq!(threads, [own]);
}

#[test]
fn the_texts_come_in_the_order_of_the_pages() {
    let texts = within(PATIENT, || {
        fetch_spawned(&Arc::new(Mirror { takes: SHORT }), &["b", "a", "c"])
    });
    assert_eq!(texts, ["the page 'b'", "the page 'a'", "the page 'c'"]);
}

#[test]
fn a_mirror_waits_and_keeps_no_thread_waiting() {
    let poll = within(PATIENT, || {
        let mirror = Mirror { takes: NEVER };
        pin!(mirror.fetch("index"))
            .poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(poll, Poll::Pending);
}

#[test]
fn the_timeline_shows_who_polled() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        fetch_spawned(
            &Arc::new(Mirror { takes: SHORT }),
            &["of test 1", "of test 2"],
        );
        timeline.finish()
    });
    let [one, two] = ["fetch page=of test 1", "fetch page=of test 2"]
        .map(|label| recording.row(label).expect("it was recorded").threads());
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_ne!(one, two);
}
