use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use witness::{PATIENT, Rendezvous, within};

#[test]
fn in_two_steps_all_who_have_looked_draw_a_plan() {
    let (mut plans, drawn) = within(PATIENT, || {
        let (kept, drawn, all) =
            (Mutex::new(None), AtomicU32::new(0), Rendezvous::new(4));
        let plans = four_sellers(|_| {
            plan_if_missing(&kept, || {
                all.meet(PATIENT / 2).expect("all of them find no plan");
                next(&drawn)
            })
        });
        (plans, drawn.into_inner())
    });
    plans.sort_unstable();
    assert_eq!((plans, drawn), ([1, 2, 3, 4], 4));
}

#[test]
fn a_once_lock_is_filled_once_while_all_ask_at_once() {
    for _ in 0..100 {
        let (plans, drawn) = within(PATIENT, || {
            let (kept, drawn, all) =
                (OnceLock::new(), AtomicU32::new(0), Rendezvous::new(4));
            let plans = four_sellers(|_| {
                all.meet(PATIENT / 2).expect("all of them ask");
                plan(&kept, || {
                    thread::yield_now();
                    next(&drawn)
                })
            });
            (plans, drawn.into_inner())
        });
        assert_eq!((plans, drawn), ([1; 4], 1));
    }
}

#[test]
fn whoever_asks_while_the_plan_is_drawn_waits_for_it() {
    let (early, plans) = within(PATIENT, || {
        let (kept, drawing, open) =
            (OnceLock::new(), Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                plan(&kept, || {
                    drawing.wait();
                    open.wait();
                    7
                })
            });
            drawing.wait();
            let second = scope.spawn(|| {
                plan(&kept, || unreachable!("the first one draws it"))
            });
            for _ in 0..1_000 {
                thread::yield_now();
            }
            let early = second.is_finished();
            open.wait();
            (
                early,
                [first, second].map(|seller| {
                    seller.join().expect("asking does not panic")
                }),
            )
        })
    });
    assert_eq!((early, plans), (false, [7, 7]));
}

#[test]
fn a_lazy_static_is_made_once_whoever_asks() {
    let plans = within(PATIENT, || four_sellers(|_| *PLAN));
    assert_eq!((plans, DRAWN.load(Ordering::Relaxed)), ([1; 4], 1));
}

#[test]
fn each_thread_takes_one_pad_and_keeps_it() {
    let (mut pads, taken) = within(PATIENT, || {
        let taken = AtomicU32::new(0);
        (
            four_sellers(|_| [(); 3].map(|()| pad(|| next(&taken)))),
            taken.into_inner(),
        )
    });
    pads.sort_unstable();
    assert_eq!((pads, taken), ([[1; 3], [2; 3], [3; 3], [4; 3]], 4));
}

#[test]
fn after_a_panic_a_once_lock_is_tried_again_and_a_lazy_lock_is_not() {
    let kept = OnceLock::new();
    assert!(catch_unwind(|| plan(&kept, || panic!("on purpose"))).is_err());
    assert_eq!(plan(&kept, || 2), 2);

    let tries = AtomicU32::new(0);
    let lazy = LazyLock::new(|| assert!(next(&tries) > 1, "on purpose"));
    for _ in 0..2 {
        assert!(
            catch_unwind(AssertUnwindSafe(|| LazyLock::force(&lazy))).is_err()
        );
    }
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}
