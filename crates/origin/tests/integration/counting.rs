//! The counts are evidence, so they are exact.

use std::thread;

use origin::{Counts, Fault, Generator, Origin, Site};

use crate::raw::{ask, connect, eventually, get, read_all, read_one};

fn site() -> Site {
    Site::generated(Generator {
        pages: 50,
        words_per_page: 50,
        ..Generator::default()
    })
}

#[test]
fn one_after_the_other_is_never_two_at_once() {
    let origin = Origin::serve(site()).start().expect("loopback");
    for path in site().paths() {
        get(&origin, &path);
        assert_eq!(
            origin.counts().in_flight,
            0,
            "a client that has it all finds it counted out"
        );
    }
    let Counts { requests, connections, peak_in_flight, .. } = origin.counts();
    assert_eq!((requests, connections, peak_in_flight), (50, 50, 1));
}

#[test]
fn a_connection_kept_alive_is_counted_once() {
    let origin = Origin::serve(site()).start().expect("loopback");
    let mut stream = connect(&origin);
    for path in site().paths() {
        ask(&mut stream, &path);
        assert_eq!(
            Some(&read_one(&mut stream)[..]),
            site().page(&path).as_deref()
        );
    }
    let Counts { requests, connections, in_flight, peak_in_flight, .. } =
        origin.counts();
    assert_eq!(
        (requests, connections, in_flight, peak_in_flight),
        (50, 1, 0, 1)
    );
}

#[test]
fn those_that_hang_are_all_in_flight_until_their_clients_leave() {
    let path = &site().paths()[0];
    let origin = Origin::serve(site())
        .fault(path, Fault::Hang)
        .start()
        .expect("loopback");
    let mut waiting: Vec<_> = (0..20).map(|_| connect(&origin)).collect();
    waiting.iter_mut().for_each(|stream| ask(stream, path));
    eventually("20 in flight", || origin.counts().in_flight == 20);
    drop(waiting);
    eventually("none in flight", || origin.counts().in_flight == 0);
    assert_eq!(
        (origin.counts().peak_in_flight, origin.requests_of(path)),
        (20, 20)
    );
}

#[test]
fn a_body_under_way_is_in_flight() {
    let path = &site().paths()[0];
    let origin = Origin::serve(site())
        .fault(path, Fault::Endless)
        .start()
        .expect("loopback");
    let mut stream = connect(&origin);
    ask(&mut stream, path);
    eventually("a body under way", || origin.counts().bytes > 100_000);
    assert_eq!(origin.counts().in_flight, 1);
    drop(stream);
    eventually("none in flight", || origin.counts().in_flight == 0);
}

#[test]
fn what_is_still_to_be_sent_at_a_low_bandwidth_is_in_flight() {
    let site = Site::pages([("/long.html", "x".repeat(100_000))]);
    let origin =
        Origin::serve(site).bandwidth(1_000).start().expect("loopback");
    let mut stream = connect(&origin);
    ask(&mut stream, "/long.html");
    // The head takes longer than its first slice, so this sees the page on its
    // way.
    let mut byte = [0];
    std::io::Read::read_exact(&mut stream, &mut byte).expect("a first byte");
    assert_eq!(origin.counts().in_flight, 1);
    drop(stream);
    eventually("none in flight", || origin.counts().in_flight == 0);
}

#[test]
fn paths_are_counted_whatever_their_spelling() {
    let origin = Origin::serve(Site::pages([("/a b.html", "")]))
        .start()
        .expect("loopback");
    for path in ["/a%20b.html", "/a%20%62.html", "/a%20b.html?again"] {
        assert_eq!(get(&origin, path).status, 200);
    }
    assert_eq!(origin.requests_of("/a b.html"), 3);
    assert_eq!(origin.requests_of("/a%20b.html"), 3);
    assert_eq!(origin.requests_of("/other"), 0);
}

#[test]
fn a_reset_starts_anew_but_for_what_is_in_flight() {
    let paths = site().paths();
    let origin = Origin::serve(site())
        .fault(&paths[0], Fault::Hang)
        .start()
        .expect("loopback");
    let mut waiting = connect(&origin);
    ask(&mut waiting, &paths[0]);
    get(&origin, &paths[1]);
    eventually("both counted", || origin.counts().requests == 2);
    origin.reset_counts();
    let in_flight =
        Counts { in_flight: 1, peak_in_flight: 1, ..Counts::default() };
    assert_eq!(origin.counts(), in_flight);
    assert_eq!(origin.requests_of(&paths[1]), 0);
}

#[test]
fn many_clients_at_once_are_counted_exactly() {
    let origin = Origin::serve(site()).start().expect("loopback");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                site().paths().iter().for_each(|path| drop(get(&origin, path)))
            });
        }
    });
    let counts = origin.counts();
    let bytes: usize = site()
        .paths()
        .iter()
        .filter_map(|path| site().page(path))
        .map(|p| p.len())
        .sum();
    assert_eq!(
        (counts.requests, counts.connections, counts.in_flight),
        (400, 400, 0)
    );
    assert_eq!(counts.bytes, 8 * bytes as u64);
    assert!(counts.peak_in_flight <= 8);
    assert!(site().paths().iter().all(|path| origin.requests_of(path) == 8));
}

#[test]
fn no_more_connections_are_accepted_than_allowed() {
    let origin =
        Origin::serve(site()).max_connections(1).start().expect("loopback");
    let path = &site().paths()[0];
    let mut first = connect(&origin);
    let mut second = connect(&origin);
    ask(&mut second, path);
    // Each answer is a turn of the accept loop with the second connection
    // waiting in front of it.
    for _ in 0..100 {
        ask(&mut first, path);
        read_one(&mut first);
    }
    assert_eq!(origin.counts().connections, 1);
    drop(first);
    read_one(&mut second);
    assert_eq!(origin.counts().connections, 2);
}

#[test]
#[cfg(target_os = "linux")]
fn serving_takes_cpu_time() {
    let origin = Origin::serve(site()).start().expect("loopback");
    let before = origin.cpu_time().expect("Linux tells");
    site().paths().iter().for_each(|path| drop(get(&origin, path)));
    eventually("CPU time spent", || origin.cpu_time() > Some(before));
}

#[test]
fn a_request_cut_short_leaves_nothing_behind() {
    let path = &site().paths()[0];
    let origin = Origin::serve(site())
        .fault(path, Fault::Reset)
        .start()
        .expect("loopback");
    let mut stream = connect(&origin);
    ask(&mut stream, path);
    assert!(read_all(&mut stream).end.is_err());
    eventually("none in flight", || origin.counts().in_flight == 0);
}
