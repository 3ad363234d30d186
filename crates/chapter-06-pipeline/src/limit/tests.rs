use super::*;
use origin::Generator;

#[test]
fn all_arms_see_the_same_pages() {
    witness::within(Duration::from_secs(60), || {
        let generator = Generator { pages: 30, ..Generator::default() };
        let origin = Origin::serve(Site::generated(generator))
            .start()
            .expect("a server on loopback");
        // `measure` itself asserts that the arms agree.
        let times = measure(&origin, 8, 1).expect("nothing fails on loopback");
        assert!(times.overlap() > 0.0);
    });
}
