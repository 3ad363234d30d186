use super::*;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

/// Two threads write their news, then wake. Whoever is woken by both must see
/// the news of both.
///
/// Relaxed on purpose: that the news is seen after the wake is up to whoever
/// polls.
fn two_tell(wake: fn(Arc<Woken>)) {
    loom::model(move || {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let (news, gone) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..2 {
            let (woken, news, gone) =
                (Arc::clone(&woken), Arc::clone(&news), Arc::clone(&gone));
            thread::spawn(move || {
                news.fetch_add(1, Ordering::Relaxed);
                wake(woken);
                gone.fetch_add(1, Ordering::Relaxed);
            });
        }
        while gone.load(Ordering::Relaxed) < 2 {
            thread::yield_now();
        }
        assert!(woken.0.swap(false, Ordering::Acquire), "both have woken it");
        assert_eq!(news.load(Ordering::Relaxed), 2, "some news is not seen");
    });
}

#[test]
fn a_wake_brings_the_news_of_all_who_woke() {
    two_tell(Woken::wake);
}

#[test]
#[should_panic(expected = "some news is not seen")]
fn a_store_hides_the_news_of_an_earlier_wake() {
    two_tell(|woken| woken.0.store(true, Ordering::Release));
}
