//! Numbers that depend on a seed and on nothing else: not on time, platform or
//! scheduling.

/// SplitMix64 (Steele, Lea and Flood, 2014). Written out, because the pages and
/// the faults of a seed must stay the same when a dependency improves its
/// generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream for one thing among many, such as page `index` of a site.
    pub(crate) fn of(seed: u64, index: u64) -> Self {
        Self(finish(seed ^ finish(index.wrapping_add(GAMMA))))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        finish(self.0)
    }

    /// A number in `0..bound`. The bias of the multiply-shift is under `bound /
    /// 2^64`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }
}

/// A number in `0.0..1.0` for one draw: the `visit`th request of `path`, for
/// the purpose `salt`.
pub(crate) fn unit(seed: u64, path: &str, visit: u64, salt: u64) -> f64 {
    // FNV-1a, then SplitMix64's finisher for the avalanche FNV lacks.
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut random =
        Random::new(finish(hash ^ finish(seed)) ^ finish(visit ^ finish(salt)));
    (random.next() >> 11) as f64 / (1u64 << 53) as f64
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_matches_the_published_values() {
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn units_spread_over_the_whole_range() {
        let mut tenths = [0; 10];
        for visit in 0..10_000 {
            tenths[(unit(7, "/book/index.html", visit, 0) * 10.0) as usize] +=
                1;
        }
        assert!(tenths.iter().all(|&n| (850..1150).contains(&n)), "{tenths:?}");
    }

    #[test]
    fn every_input_of_a_unit_matters() {
        let base = unit(1, "/a", 0, 0);
        for other in [
            unit(2, "/a", 0, 0),
            unit(1, "/b", 0, 0),
            unit(1, "/a", 1, 0),
            unit(1, "/a", 0, 1),
        ] {
            assert_ne!(base, other);
        }
    }
}
