use super::stage::reachable;
use super::*;
use proptest::prelude::*;
use std::sync::Barrier;
use witness::{PATIENT, Peak, Rendezvous, within};

/// A call, and a key for it.
#[derive(Clone, Debug)]
enum Call {
    Get(u8),
    Insert(u8, u64),
    Add(u8, u64),
    Remove(u8),
    /// Adds to a key that all threads change.
    AddShared(u8, u64),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let (key, value) = (0..6_u8, 0..100_u64);
    let call = prop_oneof![
        key.clone().prop_map(Call::Get),
        (key.clone(), value.clone())
            .prop_map(|(key, value)| Call::Insert(key, value)),
        (key.clone(), value.clone())
            .prop_map(|(key, value)| Call::Add(key, value)),
        key.clone().prop_map(Call::Remove),
        (key, value).prop_map(|(key, value)| Call::AddShared(key, value)),
    ];
    prop::collection::vec(call, 0..200)
}

/// A key: whose it is (`None`: everybody's), and its number.
type Key = (Option<usize>, u8);

/// Makes the calls on `map` and returns what they returned.
fn play(
    map: &impl SharedMap<Key, u64>,
    thread: usize,
    calls: &[Call],
) -> Vec<Option<u64>> {
    let own = |key: &u8| (Some(thread), *key);
    let add = |key, value: &u64| {
        map.update(key, |sum| {
            // If anyone could come in between, now they would.
            thread::yield_now();
            *sum += value;
        });
        None
    };
    let answer = |call: &Call| match call {
        Call::Get(key) => map.get(&own(key)),
        Call::Insert(key, value) => map.insert(own(key), *value),
        Call::Add(key, value) => add(own(key), value),
        Call::Remove(key) => map.remove(&own(key)),
        Call::AddShared(key, value) => add((None, *key), value),
    };
    calls.iter().map(answer).collect()
}

/// The same on an ordinary map.
fn model(
    map: &mut HashMap<Key, u64>,
    thread: usize,
    calls: &[Call],
) -> Vec<Option<u64>> {
    let own = |key: &u8| (Some(thread), *key);
    let mut answer = |call: &Call| match call {
        Call::Get(key) => map.get(&own(key)).copied(),
        Call::Insert(key, value) => map.insert(own(key), *value),
        Call::Remove(key) => map.remove(&own(key)),
        Call::Add(key, value) => {
            *map.entry(own(key)).or_default() += value;
            None
        }
        Call::AddShared(key, value) => {
            *map.entry((None, *key)).or_default() += value;
            None
        }
    };
    calls.iter().map(&mut answer).collect()
}

/// Each thread changes keys of its own, so it must get the answers it would get
/// alone, and all threads add to common keys, so nothing may be missing there.
/// All share the same few shards.
fn behaves_like_a_hash_map(
    map: impl SharedMap<Key, u64>,
    scripts: &[Vec<Call>],
) -> Result<(), TestCaseError> {
    let mut expected = HashMap::new();
    let alone: Vec<_> = scripts
        .iter()
        .enumerate()
        .map(|(thread, calls)| model(&mut expected, thread, calls))
        .collect();
    let start = Barrier::new(scripts.len());
    let shared: Vec<_> = thread::scope(|scope| {
        let threads = scripts.iter().enumerate().map(|(thread, calls)| {
            let (map, start) = (&map, &start);
            scope.spawn(move || {
                start.wait();
                play(map, thread, calls)
            })
        });
        let threads: Vec<_> = threads.collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no call panics"))
            .collect()
    });
    prop_assert_eq!(shared, alone);
    prop_assert_eq!(map.into_map(), expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_map_by_hand_behaves_like_a_hash_map(
        shards in 1..5_usize,
        scripts in prop::collection::vec(calls(), 1..5),
    ) {
        behaves_like_a_hash_map(Sharded::new(shards), &scripts)?;
    }

    #[test]
    fn dashmap_behaves_like_a_hash_map(
        shards in prop::sample::select(vec![2, 4]),
        scripts in prop::collection::vec(calls(), 1..5),
    ) {
        behaves_like_a_hash_map(DashMap::with_shard_amount(shards), &scripts)?;
    }
}

/// A count that is 1 only if two threads count at the same instant.
fn meeting(deadline: Duration) -> impl Fn() -> u64 + Sync {
    let all = Rendezvous::new(4);
    move || u64::from(all.meet(deadline).is_ok())
}

#[test]
fn threads_are_in_different_shards_at_once() {
    let counted = within(PATIENT, || {
        let stock = Sharded::new(64);
        let articles = four_apart(&stock);
        count_stock(&stock, articles, meeting(PATIENT / 2));
        articles.map(|article| stock.get(&article))
    });
    assert_eq!(counted, [Some(1); 4]);
}

#[test]
fn threads_take_turns_in_one_shard() {
    let (stock, peak) = (Sharded::new(1), Peak::new());
    let meet = meeting(Duration::from_millis(5));
    count_stock(&stock, [0, 1, 2, 3], || {
        let _counting = peak.enter();
        meet()
    });
    assert_eq!((peak.max(), peak.total()), (1, 4));
    assert!(stock.into_map().into_values().all(|met| met == 0));
}

#[test]
fn a_change_keeps_others_from_its_shard_only() {
    let reached = within(PATIENT, || {
        assert_eq!(reachable(&Sharded::new(1), 1_000), 0);
        let stock = Sharded::new(8);
        let own = stock.shard_of(&0);
        let apart = (1..=1_000)
            .filter(|article| stock.shard_of(article) != own)
            .count();
        assert_eq!(reachable(&stock, 1_000), apart);
        reachable(&DashMap::with_shard_amount(8), 1_000)
    });
    assert!(0 < reached && reached < 1_000);
}

#[test]
fn with_a_lock_per_key_a_delivery_is_lost() {
    let cleared =
        within(PATIENT, || cleared_in_the_gap(&LockPerKey::default()));
    assert_eq!(cleared, [Some(10), None], "five are nowhere");
}

#[test]
fn in_a_shard_nothing_is_lost() {
    let cleared = within(PATIENT, || {
        [
            cleared_meanwhile(&Sharded::new(64)),
            cleared_meanwhile(&DashMap::new()),
        ]
    });
    assert_eq!(cleared, [[Some(15), None]; 2]);
}
