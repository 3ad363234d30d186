use super::*;
use tokio::time::timeout;
use witness::PATIENT;

const SAID: [&str; 8] = [
    "table 1", "soup", "table 2", "bread", "table 3", "fish", "table 4", "cake",
];

/// An evening, as a waiter hears it.
async fn evening<W>(waiter: W, events: &[Event], open_for: Duration) -> Evening
where
    W: AsyncFnOnce(
        mpsc::Receiver<&'static str>,
        mpsc::Receiver<()>,
        Duration,
    ) -> Evening,
{
    let ((say, parts), (ring, bell)) = (mpsc::channel(1), mpsc::channel(1));
    let playing = play(events.iter().copied(), say, ring);
    let both = async { tokio::join!(waiter(parts, bell, open_for), playing) };
    timeout(2 * PATIENT, both).await.expect("an evening ends").0
}

/// Every evening of these four orders with a bell, or none, before, between and
/// after the parts: all 512 of them.
fn evenings() -> impl Iterator<Item = Vec<Event>> {
    (0..1 << 9).map(|bells: u32| {
        let rings = |place| (bells >> place & 1 == 1).then_some(Event::Rang);
        let parts = (0..8)
            .flat_map(|place| [rings(place), Some(Event::Said(SAID[place]))]);
        parts.chain([rings(8)]).flatten().collect()
    })
}

/// The rest of an evening if each bell takes the half that has been heard.
fn with_losses(events: &[Event]) -> Evening {
    let (mut evening, mut half) = (Evening::default(), None);
    for event in events {
        match (event, half) {
            (Event::Rang, _) => {
                (evening.bells, half) = (evening.bells + 1, None)
            }
            (Event::Said(table), None) => half = Some(table),
            (Event::Said(dish), Some(table)) => {
                evening.orders.push(Order { table, dish });
                half = None;
            }
        }
    }
    evening
}

fn bells(events: &[Event]) -> usize {
    events.iter().filter(|event| **event == Event::Rang).count()
}

#[tokio::test(start_paused = true)]
async fn wherever_the_bells_ring_the_attentive_hears_every_order() {
    let orders: Vec<_> = SAID
        .chunks(2)
        .map(|said| Order { table: said[0], dish: said[1] })
        .collect();
    for events in evenings() {
        let heard = evening(attentive, &events, PATIENT).await;
        let expected =
            Evening { orders: orders.clone(), bells: bells(&events) };
        assert_eq!(heard, expected, "{events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_forgetful_loses_a_half_to_every_bell_within_an_order() {
    let mut right = 0;
    for events in evenings() {
        let heard = evening(forgetful, &events, PATIENT).await;
        assert_eq!(heard, with_losses(&events), "{events:?}");
        right += usize::from(heard.orders.len() == 4);
    }
    // With no bell in any of the four gaps between a table and its dish.
    assert_eq!(right, 512 / 16);
}

#[tokio::test(start_paused = true)]
async fn closing_time_comes_however_often_the_loop_turns() {
    let events = SAID.map(Event::Said);
    for (open_for, orders) in [(30, 0), (50, 1), (90, 2), (150, 3), (170, 4)] {
        let open_for = Duration::from_millis(open_for);
        assert_eq!(
            evening(attentive, &events, open_for).await.orders.len(),
            orders
        );
        assert_eq!(
            evening(forgetful, &events, open_for).await.orders.len(),
            orders
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_are_ready_the_upper_branch_wins() {
    for _ in 0..100 {
        let ((say, parts), (ring, bell)) = (mpsc::channel(1), mpsc::channel(1));
        ring.try_send(()).expect("there is room for one");
        drop(say); // no more orders: the lowest branch would end the evening
        assert_eq!(attentive(parts, bell, PATIENT).await.bells, 1);
    }
}
