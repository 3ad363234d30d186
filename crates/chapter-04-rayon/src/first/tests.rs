use super::*;
use crate::testing::pool;

#[test]
fn the_twins_find_the_same_primes() {
    let numbers: Vec<u32> = (0..100_000).collect();
    let serial: Vec<&u32> =
        numbers.iter().filter(|number| is_prime(**number)).collect();
    assert_eq!(
        (serial.len(), serial[..5].to_vec()),
        (9_592, vec![&2, &3, &5, &7, &11])
    );
    for threads in [1, 2, 7] {
        let filter =
            || numbers.par_iter().filter(|number| is_prime(**number)).collect();
        let parallel: Vec<&u32> = pool(threads).install(filter);
        assert_eq!(parallel, serial, "{threads} threads");
    }
}
