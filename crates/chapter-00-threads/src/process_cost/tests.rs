use super::*;

#[test]
fn a_number_is_found_by_its_field() {
    let text = "VmPeak:\t    3060 kB\nVmSize:\t    2048 kB\nThreads:\t1\n";
    assert_eq!(kib(text, "VmSize:"), Some(2048.0));
    assert_eq!(kib(text, "Threads:"), None);
    assert_eq!(kib(text, "VmRSS:"), None);
}
