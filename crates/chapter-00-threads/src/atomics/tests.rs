use super::*;
use witness::{PATIENT, Rendezvous, within};

#[test]
fn two_who_load_before_either_stores_count_as_one() {
    let rendezvous = Rendezvous::new(2);
    let lossy = two_guests(|guests| {
        let meet = || rendezvous.meet(PATIENT).expect("both come");
        count_in_two_steps(guests, meet);
    });
    assert_eq!(lossy, 1);
    assert_eq!(two_guests(count), 2);
}

#[test]
fn a_price_is_read_once_it_is_posted() {
    let notice = Notice::default();
    assert_eq!(notice.read(Ordering::Acquire), None);
    notice.post(42, Ordering::Release);
    assert_eq!(notice.read(Ordering::Acquire), Some(42));
}

#[test]
fn every_notice_is_read_and_none_misread() {
    let misread = within(PATIENT, || {
        misread(1_000, Ordering::Release, Ordering::Acquire)
    });
    assert_eq!(misread, 0);
}
