use super::*;
use futures::FutureExt;

fn letter() -> Letter {
    oneshot::channel().1
}

/// Every list of `length` steps.
fn lists(length: u32) -> impl Iterator<Item = Vec<Step>> {
    let all = [Step::Poll, Step::FirstComes, Step::SecondComes];
    (0..3_usize.pow(length)).map(move |number| {
        (0..length).map(|place| all[number / 3_usize.pow(place) % 3]).collect()
    })
}

#[test]
fn in_every_order_of_polls_and_letters_both_answer_the_same() {
    let mut ready = 0;
    for steps in (1..=7).flat_map(lists) {
        let polled = answers(&steps, weigh);
        assert_eq!(polled, answers(&steps, Weigh::new), "{steps:?}");
        ready += usize::from(polled.contains(&Some("Ready(50)".to_owned())));
    }
    assert!(ready > 0);
}

#[test]
fn a_letter_that_was_awaited_is_gone_and_its_weight_has_stayed() {
    let (sender, first) = oneshot::channel();
    let (_second_sender, second) = oneshot::channel();
    let mut weighing = Weigh::new(first, second);
    assert_eq!((&mut weighing).now_or_never(), None);
    assert!(matches!(weighing, Weigh::AtFirst { .. }));
    sender.send(20).expect("it is awaited");
    assert_eq!((&mut weighing).now_or_never(), None);
    assert!(matches!(weighing, Weigh::AtSecond { grams: 20, .. }));
}

#[test]
#[should_panic(expected = "polled after its end")]
fn by_hand_a_poll_after_the_end_panics() {
    let _ = Weigh::Done.now_or_never();
}

#[test]
#[should_panic(expected = "`async fn` resumed after completion")]
fn a_poll_of_an_async_fn_after_the_end_panics() {
    let mut ended = Box::pin(async {});
    assert_eq!(ended.as_mut().now_or_never(), Some(()));
    let _ = ended.as_mut().now_or_never();
}

#[test]
fn only_what_is_still_there_at_an_await_is_in_the_future() {
    let (heavy, light) =
        (size_of_val(&heavy(letter())), size_of_val(&light(letter())));
    assert!(heavy >= 4096, "{heavy}");
    assert!(light < 100, "{light}");
    assert!(size_of_val(&both(letter(), letter())) >= 2 * heavy);
}
