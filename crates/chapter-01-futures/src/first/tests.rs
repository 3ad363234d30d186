use super::*;
use witness::{PATIENT, polls, within};

#[test]
fn who_waits_is_polled_again_when_the_letter_has_come() {
    let counts = within(PATIENT, || {
        let (mailbox, letter) = oneshot::channel();
        let (reading, of_reading) = polls(read(letter));
        let (writing, of_writing) = polls(write(mailbox));
        block_on(async { join!(reading, writing) });
        [of_reading.count(), of_writing.count()]
    });
    assert_eq!(counts, [2, 1]);
}

#[test]
fn in_a_row_the_reader_waits_for_a_letter_that_nobody_writes() {
    let (mailbox, letter) = oneshot::channel();
    let (in_a_row, polls) = polls(async {
        read(letter).await;
        write(mailbox).await;
    });
    let mut in_a_row = std::pin::pin!(in_a_row);
    // Whoever polls it, and however often: the second line is never reached.
    for _ in 0..10 {
        assert!(futures::FutureExt::now_or_never(in_a_row.as_mut()).is_none());
    }
    assert_eq!(polls.count(), 10);
}
