use super::*;
use proptest::prelude::*;
use std::sync::Barrier;
use witness::{PATIENT, within};

/// A call on a thread's own keys, or a change of a key that all threads share.
#[derive(Clone, Debug)]
enum Call {
    Get(u32),
    Insert(u32, u64),
    Add(u32, u64),
    Remove(u32),
    AddShared(u32, u64),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let (key, value) = (0..6_u32, 0..100_u64);
    let call = prop_oneof![
        key.clone().prop_map(Call::Get),
        (key.clone(), value.clone())
            .prop_map(|(key, value)| Call::Insert(key, value)),
        (key.clone(), value.clone())
            .prop_map(|(key, value)| Call::Add(key, value)),
        key.clone().prop_map(Call::Remove),
        (key, value).prop_map(|(key, value)| Call::AddShared(key, value)),
    ];
    prop::collection::vec(call, 0..100)
}

/// The number of a key of a thread. The shared keys are those of thread 0.
fn key(thread: usize, key: u32) -> u32 {
    100 * u32::try_from(thread).expect("few threads") + key
}

/// Makes the calls on `map`, and returns what they returned.
fn play(
    map: &dyn SharedMap,
    thread: usize,
    calls: &[Call],
) -> Vec<Option<u64>> {
    let own = |number: &u32| key(thread, *number);
    let add = |key, more: &u64| {
        map.change(key, &mut |value| {
            // If anyone could come in between, now they would.
            thread::yield_now();
            value + more
        });
        None
    };
    let answer = |call: &Call| match call {
        Call::Get(number) => map.get(own(number)),
        Call::Insert(number, value) => {
            map.insert(own(number), *value);
            None
        }
        Call::Add(number, more) => add(own(number), more),
        Call::Remove(number) => map.remove(own(number)),
        Call::AddShared(number, more) => add(key(0, *number), more),
    };
    calls.iter().map(answer).collect()
}

/// The same on an ordinary map.
fn model(
    map: &mut HashMap<u32, u64>,
    thread: usize,
    calls: &[Call],
) -> Vec<Option<u64>> {
    let mut answer = |call: &Call| match call {
        Call::Get(number) => map.get(&key(thread, *number)).copied(),
        Call::Insert(number, value) => {
            map.insert(key(thread, *number), *value);
            None
        }
        Call::Add(number, more) => {
            *map.entry(key(thread, *number)).or_default() += more;
            None
        }
        Call::Remove(number) => map.remove(&key(thread, *number)),
        Call::AddShared(number, more) => {
            *map.entry(key(0, *number)).or_default() += more;
            None
        }
    };
    calls.iter().map(&mut answer).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_map_behaves_like_a_hash_map(scripts in prop::collection::vec(calls(), 1..4)) {
        let mut expected = HashMap::new();
        let alone: Vec<_> =
            (1..).zip(&scripts).map(|(thread, calls)| model(&mut expected, thread, calls)).collect();
        for (name, map) in maps(10_000) {
            let start = Barrier::new(scripts.len());
            let shared: Vec<_> = thread::scope(|scope| {
                let threads = (1..).zip(&scripts).map(|(thread, calls)| {
                    let (map, start) = (&*map, &start);
                    scope.spawn(move || {
                        start.wait();
                        play(map, thread, calls)
                    })
                });
                let threads: Vec<_> = threads.collect();
                threads.into_iter().map(|it| it.join().expect("no call panics")).collect()
            });
            prop_assert_eq!(&shared, &alone, "{}", name);
            for key in 0..100 * (scripts.len() as u32 + 1) {
                prop_assert_eq!(map.get(key), expected.get(&key).copied(), "{}: {}", name, key);
            }
        }
    }
}

#[test]
fn only_papaya_reads_a_value_that_is_being_changed_and_only_it_runs_a_change_again()
 {
    within(PATIENT, || {
        for (name, map) in maps(100) {
            let lock_free = name == "papaya";
            // Without a lock the answer must come, however late. With one it
            // cannot.
            let patience = if lock_free { PATIENT / 4 } else { PATIENCE };
            assert_eq!(reads_meanwhile(&*map, patience), lock_free, "{name}");
            let runs = if lock_free { 2 } else { 1 };
            assert_eq!(runs_of_a_change(&*map, patience), runs, "{name}");
        }
    });
}

#[test]
fn only_the_cache_forgets_and_keeps_its_bound() {
    for (name, map) in maps(100) {
        (0..1_000).for_each(|key| map.insert(key, 1));
        let kept = (0..1_000).filter(|&key| map.get(key).is_some()).count();
        if name == "quick_cache" {
            assert!((1..=100).contains(&kept), "{kept}");
        } else {
            assert_eq!(kept, 1_000, "{name}");
        }
    }
}
