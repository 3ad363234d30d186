use super::*;
use std::collections::BTreeMap;
use witness::{PATIENT, Rendezvous, Threads, within};

#[test]
fn the_compiler_says_of_each_type_what_the_page_says() {
    let verdicts = verdicts();
    let of: BTreeMap<_, _> = verdicts
        .iter()
        .map(|(name, send, sync)| (*name, (*send, *sync)))
        .collect();
    let both = ["u32", "Arc<u32>", "Mutex<Cell<u32>>"];
    let only_send = [
        "Cell<u32>",
        "RwLock<Cell<u32>>",
        "Box<dyn FnOnce() + Send>",
        "Seller",
    ];
    let only_sync = ["MutexGuard<'static, u32>"];
    for (names, verdict) in [
        (&both[..], (true, true)),
        (&only_send, (true, false)),
        (&only_sync, (false, true)),
    ] {
        for name in names {
            assert_eq!(of[name], verdict, "{name}");
        }
    }
    let neither =
        of.values().filter(|verdict| **verdict == (false, false)).count();
    assert_eq!(
        neither,
        of.len() - both.len() - only_send.len() - only_sync.len()
    );
    assert_eq!(of.len(), verdicts.len());
}

#[test]
fn what_is_given_away_is_used_on_another_thread() {
    let threads = Threads::new();
    threads.note();
    give(threads.clone(), |threads| threads.note());
    assert_eq!(threads.count(), 2);
}

#[test]
fn what_is_shared_is_used_by_two_threads_at_once() {
    let met = within(PATIENT, || {
        let (both, met) = (Rendezvous::new(2), AtomicU32::new(0));
        share(&met, |met| {
            both.meet(PATIENT / 2).expect("the other one comes, too");
            met.fetch_add(1, Ordering::Relaxed);
        });
        met.into_inner()
    });
    assert_eq!(met, 2);
}

#[test]
fn a_promise_loses_a_ticket_and_an_atomic_none() {
    assert_eq!(within(PATIENT, two_sellers_in_turn), 1);
    let seller = AtomicSeller::default();
    share(&seller, AtomicSeller::sell);
    assert_eq!(seller.sold.load(Ordering::Relaxed), 2);
}
