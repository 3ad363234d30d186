use super::*;
use crate::program::failure::Kind;

/// A report with something in every part.
pub(crate) fn report() -> Report {
    let failures = (0..12)
        .map(|n| Failure {
            url: format!("http://a/{n}\u{7}"),
            kind: Kind::Status,
            detail: "404 Not Found".into(),
        })
        .collect();
    Report {
        documents: 1_772,
        failed: 12,
        skipped: 1,
        unfinished: 0,
        resumed: 0,
        bytes: 66_213_422,
        words: 1_700_000,
        terms: 31_000,
        top: vec![Count { word: "the".into(), count: 99_000 }],
        failures,
        skips: vec![Failure {
            url: "http://a/private".into(),
            kind: Kind::Robots,
            detail: "robots.txt disallows it".into(),
        }],
        follow: Some(Followed {
            depth: 2,
            pages: 1_790,
            redirects: 5,
            truncated: true,
            delays: vec![Delay {
                site: "http://a".into(),
                asked: 60.0,
                kept: 30.0,
            }],
        }),
        seconds: 0.5,
        stages: Stages::default(),
        requests: 1_790,
        retries: 6,
        connections: 64,
        concurrency: 64,
        peak_in_flight: 64,
        peak_bytes: 2_500_000,
        threads: 2,
    }
}

#[test]
fn json_has_the_documented_names() {
    let json: serde_json::Value =
        serde_json::from_str(&report().to_json()).expect("it is JSON");
    for name in [
        "documents",
        "failed",
        "skipped",
        "bytes",
        "words",
        "terms",
        "top",
        "failures",
        "skips",
        "follow",
        "seconds",
    ] {
        assert!(json.get(name).is_some(), "{name}");
    }
    assert_eq!(json["failures"][0]["kind"], "status");
    assert_eq!(json["top"][0]["count"], 99_000);
}
