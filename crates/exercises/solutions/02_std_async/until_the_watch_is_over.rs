// At a coast radio somebody is on watch and listens to a boat. Two times are running: the watch is
// over at one moment, whatever happens, and a silence that lasts too long ends the listening as
// well. `listen` returns the words that were heard, in their order, and why it ended.
//
// What is wanted: `word` returns the next word, or `None` when the boat signs off. `silence` is
// ready when it has been silent for too long: it begins anew after each word. `over` is ready when
// the watch is over; it is one future for all words. If several are ready in the same poll, the
// word comes first (or the signing off), then the end of the watch, then the silence. A word that
// came at the last moment is heard, but when the watch is over no further word is waited for: so
// after each word ask `over`, even if a flood of words comes without any pause. Each future is made
// once and kept until it is ready or its turn is over, and what is not needed anymore is dropped.
// No poll that nobody asked for, and no task. The standard library is enough.
//
// How it is judged: on a clock that moves only when everybody waits. Guards note what was dropped.
//
// Lesson: chapter-02 timeout

use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::task::Poll;

#[derive(Debug, PartialEq)]
enum End {
    /// The boat has said that it is done.
    SignedOff,
    /// There was no word for too long.
    Silence,
    /// It was time to go home.
    WatchOver,
}

async fn listen<W>(
    mut word: impl AsyncFnMut() -> Option<W>,
    silence: impl AsyncFn(),
    over: impl Future<Output = ()>,
) -> (Vec<W>, End) {
    let mut over = pin!(over);
    let mut words = Vec::new();
    loop {
        let heard = {
            let (mut next, mut silence) = (pin!(word()), pin!(silence()));
            poll_fn(|cx| {
                if let Poll::Ready(word) = next.as_mut().poll(cx) {
                    return Poll::Ready(word.ok_or(End::SignedOff));
                }
                if over.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(End::WatchOver));
                }
                silence.as_mut().poll(cx).map(|()| Err(End::Silence))
            })
            .await
        };
        match heard {
            Ok(word) => words.push(word),
            Err(end) => return (words, end),
        }

        // The next word may be there already, and the one after it: somebody has to look.
        if poll_fn(|cx| Poll::Ready(over.as_mut().poll(cx).is_ready())).await {
            return (words, End::WatchOver);
        }
    }
}

fn main() {
    let mut words = ["mayday", "out of fuel"].into_iter();
    let word = async move || match words.next() {
        Some(word) => Some(word),
        None => pending().await,
    };
    let listening =
        move || futures::executor::block_on(listen(word, async || ready(()).await, pending()));
    println!("{:?}", witness::within(std::time::Duration::from_secs(5), listening));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::VecDeque;
    use std::future::{pending, poll_fn};
    use std::task::Poll;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep};
    use witness::{Drops, Peak, Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What is called a second here: a clock that ticks in round numbers does not meet it.
    const SECOND: Duration = Duration::from_millis(1_003);

    #[derive(Debug, PartialEq)]
    struct Seen {
        words: Vec<usize>,
        end: End,
        seconds: f64,
    }

    /// How the futures were treated.
    struct Treated {
        /// How many futures of words were made.
        words: usize,
        /// How many silences were made, and the most at once.
        silences: (usize, usize),
        /// What was still there after the end.
        left: usize,
        polls: usize,
        for_nothing: usize,
        /// Polls of all futures of words.
        word_polls: usize,
    }

    /// Listens to words that come after so many seconds each. After the last, the boat signs off
    /// with `signs_off`, and is silent without.
    fn hear(gaps: &[u32], signs_off: Option<u32>, silence: u32, over: u32) -> (Seen, Treated) {
        let mut gaps: VecDeque<u32> = gaps.iter().copied().collect();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, drops) = (Instant::now(), Drops::new());
                let (asked, silences, polls) = (Peak::new(), Peak::new(), Polls::new());
                let (mut nth, word_polls) = (0, Polls::new());
                let word = async || {
                    let (_guard, _asked) = (drops.guard(), asked.enter());
                    let gap = gaps.pop_front();
                    let after = word_polls.watch(async {
                        match gap.or(signs_off) {
                            Some(after) => seconds(after).await,
                            None => pending().await,
                        }
                    });
                    after.await;
                    nth += 1;
                    gap.map(|_| nth)
                };
                let silence = async || {
                    let (_guard, _silence) = (drops.guard(), silences.enter());
                    seconds(silence).await;
                };
                let over_guard = drops.guard();
                let over = async move {
                    let _guard = over_guard;
                    seconds(over).await;
                };
                let (words, end) = polls.watch(listen(word, silence, over)).await;
                let seconds = start.elapsed().div_duration_f64(SECOND);
                let treated = Treated {
                    words: asked.total(),
                    silences: (silences.total(), silences.max()),
                    left: drops.alive(),
                    polls: polls.count(),
                    for_nothing: polls.spurious(),
                    word_polls: word_polls.count(),
                };
                (Seen { words, end, seconds }, treated)
            })
        })
    }

    /// Waits so many seconds. None are over at once.
    async fn seconds(seconds: u32) {
        if seconds > 0 {
            sleep(seconds * SECOND).await;
        }
    }

    fn seen(words: usize, end: End, seconds: f64) -> Seen {
        Seen { words: (1..=words).collect(), end, seconds }
    }

    #[test]
    fn all_words_are_heard_until_the_boat_signs_off() {
        let (heard, _) = hear(&[1, 2, 1], Some(2), 5, 100);
        assert_eq!(heard, seen(3, End::SignedOff, 6.0));
        assert_eq!(hear(&[], Some(3), 5, 100).0, seen(0, End::SignedOff, 3.0), "no word at all");
    }

    #[test]
    fn a_silence_begins_anew_after_each_word() {
        let (heard, _) = hear(&[4; 9], None, 5, 1_000);
        assert_eq!(heard, seen(9, End::Silence, 41.0), "9 words after 4 s each, 5 s are too long");
        assert_eq!(hear(&[4, 6, 1], None, 5, 1_000).0, seen(1, End::Silence, 9.0));
        assert_eq!(hear(&[], None, 5, 1_000).0, seen(0, End::Silence, 5.0), "no word at all");
    }

    #[test]
    fn the_watch_is_over_whatever_is_said() {
        let (heard, _) = hear(&[4; 40], None, 5, 30);
        assert_eq!(heard, seen(7, End::WatchOver, 30.0), "a word every 4 s, a watch of 30 s");
        assert_eq!(hear(&[], None, 50, 3).0, seen(0, End::WatchOver, 3.0), "no word at all");
    }

    #[test]
    fn a_word_comes_before_all_else() {
        // Many times: who asks one of them at random is right now and then.
        for _ in 0..20 {
            let (heard, _) = hear(&[5, 5], Some(5), 5, 100);
            assert_eq!(heard, seen(2, End::SignedOff, 15.0), "as long as a silence may be");
            let (heard, _) = hear(&[5, 5, 1], None, 9, 10);
            assert_eq!(heard, seen(2, End::WatchOver, 10.0), "a word in the watch's last moment");
            let (heard, _) = hear(&[10, 0, 0], None, 20, 10);
            assert_eq!(heard, seen(1, End::WatchOver, 10.0), "three words in the last moment");
            let (heard, _) = hear(&[5], Some(5), 9, 10);
            assert_eq!(heard, seen(1, End::SignedOff, 10.0), "signed off in the last moment");
        }
    }

    #[test]
    fn the_end_of_the_watch_comes_before_the_silence() {
        for _ in 0..20 {
            assert_eq!(hear(&[5], None, 5, 10).0, seen(1, End::WatchOver, 10.0));
        }
    }

    #[test]
    fn no_time_at_all() {
        let (heard, _) = hear(&[0, 0, 3], None, 0, 100);
        assert_eq!(heard, seen(2, End::Silence, 0.0), "two words at once, no silence is allowed");
        assert_eq!(hear(&[0, 0], None, 5, 0).0, seen(1, End::WatchOver, 0.0), "no time to watch");
    }

    #[test]
    fn a_flood_of_words_ends_with_the_watch() {
        for last in [1, 3, 40, 1_100] {
            let (heard, polls) = within(LIMIT, move || {
                let (said, is_over, polls) = (Cell::new(0), Cell::new(false), Polls::new());
                // All words are there at once. With one of them the watch is over.
                let word = async || {
                    said.set(said.get() + 1);
                    is_over.set(said.get() >= last);
                    (said.get() < 5_000).then(|| said.get())
                };
                let over = poll_fn(|_| if is_over.get() { Poll::Ready(()) } else { Poll::Pending });
                let listening = polls.watch(listen(word, pending, over));
                (futures::executor::block_on(listening), polls.count())
            });
            let expected = ((1..=last).collect::<Vec<u32>>(), End::WatchOver);
            assert_eq!(heard, expected, "the watch was over with word {last}");
            assert_eq!(polls, 1, "polls: nobody had to wait, and nobody woke");
        }
    }

    #[test]
    fn each_future_is_made_once_and_nothing_is_left() {
        let (_, treated) = hear(&[1, 2, 3, 4], None, 5, 100);
        assert_eq!(treated.words, 5, "futures of 4 words, and of one that did not come");
        assert_eq!(treated.silences, (5, 1), "silences, one for each word; and the most at once");
        assert_eq!(treated.left, 0, "futures that are still there when `listen` has returned");
        let (_, treated) = hear(&[4; 9], None, 5, 30);
        assert_eq!((treated.words, treated.silences, treated.left), (8, (8, 1), 0), "watch over");
    }

    #[test]
    fn no_poll_that_nobody_asked_for() {
        let (_, treated) = hear(&[4; 9], None, 5, 1_000);
        assert_eq!(treated.polls, 11, "polls: the first, and one for each word and the silence");
        assert_eq!(treated.for_nothing, 0, "polls that nobody asked for");
        // In each poll the word that is waited for is asked, once, and then perhaps the next.
        assert!(treated.word_polls <= 20, "{} polls of ten words", treated.word_polls);
    }
}
