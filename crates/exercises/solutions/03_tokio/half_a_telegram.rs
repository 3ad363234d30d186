// A clerk sits at the telegraph and at the counter. A telegram comes word by word, and in between
// visitors come. `clerk` notes each telegram and each visitor as soon as they are there. It
// compiles, but whenever a visitor comes in the middle of a telegram, the words that came before
// are lost. Repair it.
//
// What is wanted: no word is lost, whatever happens at the counter. If a telegram and a visitor are
// there in the same poll, the telegram is noted first. A `None` says that no telegram will come
// anymore: then the wire is not asked again; visitors may still come. The same the other way
// around. When both have ended, `clerk` returns. If it is dropped, what it has noted stays noted,
// and visitors that were not noted are still in the channel. It starts no tasks, works on one
// thread, and waits without looking again and again.
//
// How it is judged: by what was noted at which moment, on a clock that moves only when everybody
// waits. A telegram whose future is dropped has lost the words that it had heard. Polls are
// counted.
//
// Lesson: chapter-03 select

use tokio::sync::mpsc;

trait Wire {
    /// Waits for all words of the next telegram. `None`: no more will come.
    async fn telegram(&mut self) -> Option<String>;
}

#[derive(Debug, PartialEq)]
enum Event {
    Telegram(String),
    Visitor(&'static str),
}

async fn clerk(
    wire: &mut impl Wire,
    visitors: &mut mpsc::Receiver<&'static str>,
    mut note: impl FnMut(Event),
) {
    let (mut telegrams_come, mut visitors_come) = (true, true);
    while telegrams_come {
        // It is kept until it is there, however many visitors come meanwhile.
        let mut telegram = std::pin::pin!(wire.telegram());
        let telegram = loop {
            tokio::select! {
                biased;
                telegram = &mut telegram => break telegram,
                visitor = visitors.recv(), if visitors_come => match visitor {
                    Some(visitor) => note(Event::Visitor(visitor)),
                    None => visitors_come = false,
                },
            }
        };
        match telegram {
            Some(telegram) => note(Event::Telegram(telegram)),
            None => telegrams_come = false,
        }
    }
    while let Some(visitor) = visitors.recv().await {
        note(Event::Visitor(visitor));
    }
}

/// A wire with words that have come already.
struct Words(std::vec::IntoIter<&'static str>);

impl Wire for Words {
    async fn telegram(&mut self) -> Option<String> {
        let mut telegram = self.0.next()?.to_owned();
        for word in self.0.by_ref() {
            tokio::task::yield_now().await;
            if word == "STOP" {
                break;
            }
            telegram = telegram + " " + word;
        }
        Some(telegram)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn work() {
    let words = ["arrive", "on", "friday", "STOP", "bring", "cake", "STOP"];
    let (counter, mut visitors) = mpsc::channel(2);
    let opening = async move {
        for visitor in ["a hiker", "a child"] {
            tokio::task::yield_now().await;
            let _ = counter.send(visitor).await;
        }
    };
    let mut wire = Words(Vec::from(words).into_iter());
    let clerk = clerk(&mut wire, &mut visitors, |event| println!("{event:?}"));
    tokio::join!(clerk, opening);
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), work);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep, sleep_until, timeout};
    use witness::{Log, Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    /// What is called a second here: a clock that ticks in round numbers does not meet it.
    const SECOND: Duration = Duration::from_millis(1_003);

    /// Words as they come. Who hears them has to keep them until the telegram is complete.
    struct Cable {
        words: mpsc::UnboundedReceiver<&'static str>,
        ended: bool,
        /// How many telegrams were begun.
        begun: Log<()>,
    }

    impl Wire for Cable {
        async fn telegram(&mut self) -> Option<String> {
            assert!(!self.ended, "the wire was asked again after the last telegram");
            self.begun.push(());
            let mut telegram = Vec::new();
            loop {
                match self.words.recv().await {
                    Some("STOP") => return Some(telegram.join(" ")),
                    Some(word) => telegram.push(word),
                    None => {
                        self.ended = true;
                        return None;
                    }
                }
            }
        }
    }

    /// What happens after how many seconds.
    #[derive(Clone, Copy)]
    enum Happens {
        Word(&'static str),
        NoMoreWords,
        Comes(&'static str),
        NoMoreVisitors,
    }

    use Happens::{Comes, NoMoreVisitors, NoMoreWords, Word};

    struct Seen {
        /// What was noted, and after how many seconds.
        noted: Vec<(u32, Event)>,
        /// When `clerk` returned, if it was not stopped.
        end: Option<u32>,
        /// How many telegrams were begun.
        begun: usize,
        polls: usize,
        for_nothing: usize,
        /// Visitors who came and were not noted.
        left: Vec<&'static str>,
    }

    /// Lets the clerk work for at most so many seconds, and half of one.
    fn work_for(seconds: u32, day: &[(u32, Happens)]) -> Seen {
        let day = day.to_vec();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, noted) = (Instant::now(), RefCell::new(Vec::new()));
                let (begun, polls) = (Log::new(), Polls::new());
                let (key, words) = mpsc::unbounded_channel();
                let (door, mut visitors) = mpsc::channel(100);
                let mut wire = Cable { words, ended: false, begun: begun.clone() };
                tokio::spawn(happen(start, day, key, door));

                let second = || {
                    let now = start.elapsed().div_duration_f64(SECOND);
                    assert_eq!(now.fract(), 0.0, "something was noted when nothing had happened");
                    now as u32
                };
                let note = |event| noted.borrow_mut().push((second(), event));
                let clerk = polls.watch(clerk(&mut wire, &mut visitors, note));
                let end = timeout(seconds * SECOND + SECOND / 2, clerk).await;
                let end = end.ok().map(|()| second());
                let left = std::iter::from_fn(|| visitors.try_recv().ok()).collect();
                let (polls, for_nothing) = (polls.count(), polls.spurious());
                Seen { noted: noted.take(), end, begun: begun.len(), polls, for_nothing, left }
            })
        })
    }

    /// Lets a day happen. What happens in one second has happened when somebody looks.
    async fn happen(
        start: Instant,
        day: Vec<(u32, Happens)>,
        key: mpsc::UnboundedSender<&'static str>,
        door: mpsc::Sender<&'static str>,
    ) {
        let (mut key, mut door, mut now) = (Some(key), Some(door), 0);
        for (second, happens) in day {
            if second > now {
                now = second;
                sleep_until(start + second * SECOND).await;
            }
            match happens {
                Word(word) => drop(key.as_ref().map(|key| key.send(word))),
                Comes(visitor) => drop(door.as_ref().map(|door| door.try_send(visitor))),
                NoMoreWords => key = None,
                NoMoreVisitors => door = None,
            }
        }
        // What has not ended by now does not end.
        sleep(10_000 * SECOND).await;
        drop((key, door));
    }

    fn work(day: &[(u32, Happens)]) -> Seen {
        work_for(1_000, day)
    }

    fn telegram(second: u32, words: &str) -> (u32, Event) {
        (second, Event::Telegram(words.to_owned()))
    }

    fn visitor(second: u32, name: &'static str) -> (u32, Event) {
        (second, Event::Visitor(name))
    }

    const CAKE: [(u32, Happens); 3] = [(1, Word("bring")), (3, Word("cake")), (5, Word("STOP"))];

    #[test]
    fn telegrams_and_visitors_are_noted_when_they_are_there() {
        let seen = work(&[
            (1, Comes("a hiker")),
            (2, Word("come")),
            (3, Word("STOP")),
            (4, Comes("a child")),
            (4, Comes("a dog")),
            (6, Word("STOP")),
        ]);
        let expected = [
            visitor(1, "a hiker"),
            telegram(3, "come"),
            visitor(4, "a child"),
            visitor(4, "a dog"),
            telegram(6, ""),
        ];
        assert_eq!(seen.noted, expected, "what was noted after how many seconds");
    }

    #[test]
    fn a_visitor_in_the_middle_of_a_telegram_costs_no_word() {
        let seen = work(&[CAKE[0], (2, Comes("a hiker")), CAKE[1], (4, Comes("a dog")), CAKE[2]]);
        let expected = [visitor(2, "a hiker"), visitor(4, "a dog"), telegram(5, "bring cake")];
        assert_eq!(seen.noted, expected, "the telegram has two words");
        assert_eq!(seen.begun, 2, "telegrams that were begun: the first, and one that waits");
    }

    #[test]
    fn forty_visitors_cost_no_word() {
        let mut day = vec![(1, Word("bring"))];
        day.extend((0..40).map(|nth| (2 + nth, Comes("a hiker"))));
        day.extend([(50, Word("a")), (51, Comes("a dog")), (52, Word("cake")), (60, Word("STOP"))]);
        let seen = work(&day);
        assert_eq!(seen.noted.len(), 42, "notes about 41 visitors and one telegram");
        assert_eq!(seen.noted[3], visitor(5, "a hiker"), "nobody waits for a telegram's end");
        assert_eq!(seen.noted[41], telegram(60, "bring a cake"));
    }

    #[test]
    fn in_the_same_moment_the_telegram_comes_first() {
        // Many times: who asks one of the two at random is right half of the time.
        for _ in 0..20 {
            let seen = work(&[CAKE[0], CAKE[1], (5, Comes("a hiker")), CAKE[2]]);
            let expected = [telegram(5, "bring cake"), visitor(5, "a hiker")];
            assert_eq!(seen.noted, expected, "both came in one second");
        }
    }

    #[test]
    fn whichever_poll_it_is_the_telegram_comes_first() {
        for words in 1..6 {
            let mut day: Vec<_> = (1..=words).map(|second| (second, Word("cake"))).collect();
            day.extend([(9, Comes("a hiker")), (9, Word("STOP")), (10, NoMoreWords)]);
            let noted = work(&day).noted;
            let expected =
                [telegram(9, &vec!["cake"; words as usize].join(" ")), visitor(9, "a hiker")];
            assert_eq!(noted, expected, "both came in one second, after {words} words");
        }
        let day = [(1, Word("STOP")), (1, Comes("a dog")), (1, Word("come")), (1, Word("STOP"))];
        let expected = [telegram(1, ""), telegram(1, "come"), visitor(1, "a dog")];
        assert_eq!(work(&day).noted, expected, "two telegrams were there in the same poll");
    }

    #[test]
    fn a_crowd_is_noted_at_once() {
        let mut day = vec![(1, Word("bring"))];
        day.extend(vec![(2, Comes("a hiker")); 40]);
        day.extend([(3, Word("STOP")), (4, NoMoreWords), (5, NoMoreVisitors)]);
        let seen = work(&day);
        assert_eq!(seen.noted.len(), 41, "notes about 40 visitors and one telegram");
        assert!(seen.polls <= 8, "{} polls for a crowd and a telegram", seen.polls);
        // All of it is there when the clerk comes: the visitors still are when both have ended.
        let mut day = vec![(1, NoMoreWords)];
        day.extend(vec![(1, Comes("a hiker")); 40]);
        day.push((1, NoMoreVisitors));
        let seen = work(&day);
        assert_eq!((seen.noted.len(), seen.end), (40, Some(1)), "noted, and the second of the end");
    }

    #[test]
    fn visitors_come_when_there_are_no_telegrams_anymore() {
        let seen = work(&[
            (1, Comes("a hiker")),
            (2, NoMoreWords),
            (3, Comes("a child")),
            (9, Comes("a dog")),
            (11, NoMoreVisitors),
        ]);
        let expected = [visitor(1, "a hiker"), visitor(3, "a child"), visitor(9, "a dog")];
        assert_eq!(seen.noted, expected, "what was noted after how many seconds");
        assert_eq!(seen.end, Some(11), "the second in which both had ended");
        assert!(seen.polls <= 6, "{} polls for five events", seen.polls);
    }

    #[test]
    fn telegrams_come_when_there_are_no_visitors_anymore() {
        let seen = work(&[CAKE[0], (2, NoMoreVisitors), CAKE[1], CAKE[2], (7, NoMoreWords)]);
        assert_eq!(seen.noted, [telegram(5, "bring cake")]);
        assert_eq!(seen.end, Some(7), "the second in which both had ended");
        assert!(seen.polls <= 6, "{} polls for five events", seen.polls);
    }

    #[test]
    fn when_both_have_ended_nobody_waits() {
        let seen = work(&[(0, NoMoreWords), (0, NoMoreVisitors)]);
        assert_eq!((seen.noted, seen.end), (vec![], Some(0)), "a day on which nothing happened");
    }

    #[test]
    fn the_clerk_is_polled_when_something_happens() {
        let mut day: Vec<(u32, Happens)> = Vec::new();
        for nth in 0..30 {
            day.extend([(4 * nth + 1, Word("bring")), (4 * nth + 2, Comes("a hiker"))]);
            day.extend([(4 * nth + 3, Word("cake")), (4 * nth + 4, Word("STOP"))]);
        }
        // A clerk who goes home is not polled once more by a limit.
        day.extend([(130, NoMoreWords), (140, NoMoreVisitors)]);
        let seen = work(&day);
        assert_eq!(seen.noted.len(), 60, "notes about 30 telegrams and 30 visitors");
        assert_eq!(seen.begun, 31, "telegrams that were begun: 30, and one that did not come");
        assert_eq!(seen.for_nothing, 0, "polls that nobody asked for");
        assert!(seen.polls <= 123, "{} polls for 122 events", seen.polls);
    }

    #[test]
    fn stopped_at_any_moment_it_has_noted_all_that_was_there() {
        for last in 0..=8 {
            let seen = work_for(
                last,
                &[
                    (1, Comes("a hiker")),
                    (2, Word("bring")),
                    (3, Comes("a child")),
                    (4, Word("STOP")),
                    (5, Comes("a dog")),
                    (6, Word("come")),
                    (7, Comes("a cat")),
                ],
            );
            let all = [
                visitor(1, "a hiker"),
                visitor(3, "a child"),
                telegram(4, "bring"),
                visitor(5, "a dog"),
                visitor(7, "a cat"),
            ];
            let there = all.iter().filter(|(second, _)| *second <= last).count();
            assert_eq!(
                seen.noted,
                all[..there],
                "what was noted when it was stopped after {last} s"
            );
            assert_eq!(seen.left, [""; 0], "visitors in the channel, who have come before");
            assert_eq!(seen.end, None, "both went on");
        }
    }
}
