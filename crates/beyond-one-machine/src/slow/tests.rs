use super::*;
use crate::testing::with_server;

#[test]
fn a_silent_worker_shares_its_long_job_with_others() {
    let times = with_server(async |_server, jetstream| {
        long_job(&jetstream, Duration::from_millis(100), None).await
    });
    // Of four ack waits one or two may pass while a delivery is on its way to a
    // pull that has just expired.
    assert!(times.is_none_or(|times| (2..=3).contains(&times)), "{times:?}");
}

#[test]
fn a_worker_that_reports_progress_keeps_its_job() {
    // Only a pause of a whole second would take it away.
    let times = with_server(async |_server, jetstream| {
        let progress = Some(Duration::from_millis(20));
        long_job(&jetstream, Duration::from_secs(1), progress).await
    });
    assert!(times.is_none_or(|times| times == 1), "{times:?}");
}

#[test]
fn a_job_that_always_fails_comes_back_for_ever_or_is_given_up() {
    let both = with_server(async |_server, jetstream| {
        let endless = poisoned(&jetstream, -1).await?;
        Ok([endless, poisoned(&jetstream, 3).await?])
    });
    let Some([endless, given_up]) = both else { return };
    assert_eq!(endless, (50, 3, 0), "nobody came to the jobs behind it");
    assert_eq!(given_up, (4 + 3, 0, 1), "four once, one three times");
}
