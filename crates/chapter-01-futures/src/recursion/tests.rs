use super::*;
use witness::{PATIENT, within};

#[test]
fn recursion_reaches_the_innermost_parcel() {
    let weight = within(PATIENT, || {
        let mut parcel = Parcel { weight: 1, inside: Vec::new() };
        for _ in 1..100 {
            parcel = Parcel { weight: 1, inside: vec![parcel] };
        }
        block_on(weigh(&parcel))
    });
    assert_eq!(weight, 100);
}
