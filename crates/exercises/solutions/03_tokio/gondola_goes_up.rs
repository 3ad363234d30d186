// A gondola goes up as soon as four are aboard, or a minute after its first passenger got in,
// whichever comes first. When nobody will come anymore, those aboard go up at once. This does not
// compile. Repair it.
//
// How it is judged: by who goes up at which moment, on a clock that moves only when everybody
// waits. Everybody goes up, once. Polls are counted: nobody looks again and again into the queue.
//
// Lesson: chapter-03 select

use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::sleep;

const SEATS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

async fn run_gondola(mut queue: Receiver<u32>, mut go_up: impl FnMut(Vec<u32>)) {
    while let Some(first) = queue.recv().await {
        let mut aboard = vec![first];
        let mut too_long = pin!(sleep(PATIENCE));
        while aboard.len() < SEATS {
            tokio::select! {
                () = &mut too_long => break,
                next = queue.recv() => match next {
                    Some(passenger) => aboard.push(passenger),
                    None => break,
                },
            }
        }
        go_up(aboard);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), example);
}

#[tokio::main(flavor = "current_thread")]
async fn example() {
    let (sender, queue) = mpsc::channel(10);
    for passenger in 1..=6 {
        sender.send(passenger).await.expect("the queue is there");
    }
    drop(sender);
    run_gondola(queue, |aboard| println!("{aboard:?} go up")).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep_until};
    use witness::{Log, polls, within};

    const LIMIT: Duration = Duration::from_secs(20);
    /// All come so much after a full second: a clock that ticks in round numbers misses them.
    const ODD: Duration = Duration::from_millis(137);

    /// Passengers 1, 2, … come in these seconds, and then nobody anymore. Returns who went up, and
    /// in which seconds.
    fn gondolas(come: Vec<u64>) -> Vec<(u64, Vec<u32>)> {
        let count = come.len();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, gondolas) = (Instant::now(), Log::new());
                let (sender, queue) = mpsc::channel(100);
                let passengers = async move {
                    for (passenger, second) in (1..).zip(come) {
                        sleep_until(start + Duration::from_secs(second) + ODD).await;
                        sender.send(passenger).await.expect("the queue ends before the last came");
                    }
                };
                let go_up = |aboard| {
                    // Each goes up when somebody has come, or a minute after somebody has.
                    let since = start.elapsed() - ODD;
                    assert_eq!(since.subsec_millis(), 0, "it went up late");
                    gondolas.push((since.as_secs(), aboard));
                };
                let (running, polls) = polls(run_gondola(queue, go_up));
                tokio::join!(running, passengers);
                // The passengers share its task, so it is polled for them, too.
                let most = 4 * count + 10;
                assert!(polls.count() <= most, "{} polls for {count} passengers", polls.count());
                gondolas.events()
            })
        })
    }

    #[test]
    fn a_full_gondola_goes_up_at_once() {
        let seen = gondolas(vec![0, 1, 2, 3, 100, 110, 120, 130]);
        assert_eq!(seen, [(3, vec![1, 2, 3, 4]), (130, vec![5, 6, 7, 8])]);
        let seen = gondolas(vec![7; 8]);
        assert_eq!(seen, [(7, vec![1, 2, 3, 4]), (7, vec![5, 6, 7, 8])]);
    }

    #[test]
    fn nobody_waits_longer_than_a_minute() {
        let seen = gondolas(vec![0, 50, 100, 130, 150, 300]);
        let expected = [(60, vec![1, 2]), (160, vec![3, 4, 5]), (300, vec![6])];
        assert_eq!(seen, expected, "a minute after 0, after 100, and at the end");
    }

    #[test]
    fn no_more_than_four_get_in() {
        // Six come in the very moment at which the minute is over.
        for _ in 0..20 {
            let seen = gondolas(vec![0, 60, 60, 60, 60, 60, 60]);
            let aboard: Vec<usize> = seen.iter().map(|(_, aboard)| aboard.len()).collect();
            assert!(aboard.iter().all(|aboard| *aboard <= 4), "so many went up: {aboard:?}");
            assert_eq!(aboard.iter().sum::<usize>(), 7, "so many went up: {aboard:?}");
        }
    }

    #[test]
    fn everybody_goes_up_once() {
        for pause in 1..=70 {
            let seen = gondolas((0..10).map(|passenger| passenger * pause).collect());
            let up: Vec<u32> = seen.into_iter().flat_map(|(_, aboard)| aboard).collect();
            let all: Vec<u32> = (1..=10).collect();
            assert_eq!(up, all, "who went up when one came every {pause} s");
        }
    }

    #[test]
    fn when_nobody_will_come_those_aboard_go_up() {
        let seen = gondolas(vec![0, 1, 2, 3, 4, 5]);
        assert_eq!(seen, [(3, vec![1, 2, 3, 4]), (5, vec![5, 6])]);
        assert_eq!(gondolas(vec![]), [], "an empty gondola went up");
    }
}
