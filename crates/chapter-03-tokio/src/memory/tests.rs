use super::*;

#[test]
fn each_is_what_the_additional_ones_take() {
    let few = Memory { resident: 1_000, reserved: 50_000 };
    let many = Memory { resident: 4_000, reserved: 51_000 };
    assert_eq!(
        difference(few, many, 10),
        Memory { resident: 300, reserved: 100 }
    );
}

#[test]
fn a_number_is_found_by_its_field() {
    let text = "VmPeak:\t    3060 kB\nVmSize:\t    2048 kB\nThreads:\t1\n";
    assert_eq!(field(text, "VmSize:"), Some(2 << 20));
    assert_eq!((field(text, "Threads:"), field(text, "VmRSS:")), (None, None));
}

#[test]
fn an_order_that_nobody_understands_is_an_error() {
    assert!(stage::obey("").is_err());
    assert!(stage::obey("Nothing many").is_err());
    assert!(stage::obey("Elephants(3) 1").is_err());
}
