use super::*;

// ANCHOR: model
#[test]
#[should_panic(expected = "Causality violation")]
fn a_promised_seller_makes_a_data_race() {
    loom::model(|| {
        let [ours, theirs] = sellers();
        let other = loom::thread::spawn(move || theirs.sell(|| ()));
        ours.sell(|| ());
        other.join().expect("selling does not panic");
    });
}
// ANCHOR_END: model
