use super::*;
use crate::testing::pool;
use witness::{PATIENT, Rendezvous, within};

#[test]
fn the_twins_find_the_same_primes() {
    let numbers: Vec<u32> = (0..100_000).collect();
    let serial: Vec<&u32> = numbers.iter().filter(|number| is_prime(**number)).collect();
    assert_eq!((serial.len(), serial[..5].to_vec()), (9_592, vec![&2, &3, &5, &7, &11]));
    for threads in [1, 2, 7] {
        let filter = || numbers.par_iter().filter(|number| is_prime(**number)).collect();
        let parallel: Vec<&u32> = pool(threads).install(filter);
        assert_eq!(parallel, serial, "{threads} threads");
    }
}

#[test]
fn two_numbers_are_filtered_at_the_same_instant() {
    let met = within(PATIENT, || {
        let pair = Rendezvous::new(2);
        let meet = || [2, 3].par_iter().filter(|_| pair.meet(PATIENT / 2).is_ok()).count();
        pool(2).install(meet)
    });
    assert_eq!(met, 2);
}
