use super::*;
use witness::paused;

fn prices(range: RangeInclusive<u32>) -> Vec<Heard> {
    range.map(Heard::Price).collect()
}

#[test]
fn a_lagged_receiver_is_told_how_many_it_missed() {
    paused(async || {
        let [prompt, late] = broadcast_prices(4, 1..=10, until_closed).await;
        assert_eq!(prompt, prices(1..=10));
        assert_eq!(late[0], Heard::Missed(6));
        assert_eq!(late[1..], prices(7..=10));
    });
}

#[test]
fn a_receiver_that_is_late_but_within_the_room_misses_nothing() {
    paused(async || {
        let [prompt, late] = broadcast_prices(4, 1..=4, until_closed).await;
        assert_eq!([prompt, late], [prices(1..=4), prices(1..=4)]);
    });
}

#[test]
fn who_takes_a_gap_for_the_end_hears_nothing_anymore() {
    paused(async || {
        let [_, late] = broadcast_prices(4, 1..=4, until_an_error).await;
        assert_eq!(late, prices(1..=4), "nothing was missed");
        let [_, late] = broadcast_prices(4, 1..=5, until_an_error).await;
        assert_eq!(late, []);
    });
}

#[test]
fn watch_keeps_the_latest_and_nothing_else() {
    paused(async || {
        let [prompt, late] = watch_prices(1..=10).await;
        assert_eq!(prompt, prices(1..=10));
        assert_eq!(late, prices(10..=10));
    });
}
