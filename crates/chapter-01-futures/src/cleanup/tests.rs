use super::*;
use witness::{PATIENT, within};

#[test]
fn a_guard_says_goodbye_once_on_every_way_out() {
    let letters: &[&str] = &["to Ada", "to Grace", "to Alan"];
    let goodbyes = within(PATIENT, || {
        let guarded = WAYS[2].1;
        let dropped: Vec<_> =
            (0..=6).map(|polls| guarded(letters, polls)).collect();
        (dropped, ENDS.map(|(letters, polls)| guarded(letters, polls)))
    });
    assert_eq!(goodbyes, (vec![1; 7], [1; 4]));
}

#[test]
fn an_owner_says_goodbye_once_if_nobody_drops_the_owner() {
    let (lent, dropped) = within(PATIENT, || {
        let lent = ENDS.map(|(letters, polls)| WAYS[1].1(letters, polls));
        let dropped = served(|line, _| {
            first_polls(2, owner(line, &["to Ada"; 3], usize::MAX))
        });
        (lent, dropped.0)
    });
    assert_eq!((lent, dropped), ([1; 4], 0));
}

#[test]
fn an_owner_passes_the_panic_on_after_the_goodbye() {
    let end = within(PATIENT, || {
        served(|line, _| owner(line, &["torn"], usize::MAX))
    });
    assert_eq!(end.0, 1);
    assert!(end.1.is_err());
}

#[test]
fn a_close_at_the_end_is_reached_by_whoever_gets_there() {
    let goodbyes = within(PATIENT, || {
        ENDS.map(|(letters, polls)| WAYS[0].1(letters, polls))
    });
    assert_eq!(goodbyes, [1, 0, 0, 0]);
}

#[test]
fn block_on_in_drop_panics_inside_another_block_on() {
    let (goodbyes, end) = within(PATIENT, || {
        served(|line, _| async move { drop(Blocking(Some(line))) })
    });
    assert_eq!(goodbyes, 0);
    let panic = end
        .expect_err("it panics")
        .downcast::<String>()
        .expect("it has a message");
    assert!(panic.contains("from within another executor"), "{panic}");
}

#[test]
fn without_another_block_on_it_waits_for_a_server_elsewhere() {
    let goodbyes = within(PATIENT, || {
        let (line, messages) = mpsc::unbounded();
        let server = thread::spawn(|| block_on(serve(messages)));
        drop(Blocking(Some(Line { server: line })));
        server.join().expect("it does not panic")
    });
    assert_eq!(goodbyes, 1);
}
