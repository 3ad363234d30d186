use super::*;

const FROM: Incarnation = Incarnation { run: 7, process: u64::MAX };

fn settings() -> fetch::Settings {
    fetch::Settings {
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(20),
        max_body: 8 << 20,
    }
}

fn job(number: u64, url: &str) -> Job {
    let source = Source::Url(url.parse().expect("it is a URL"));
    Job::new(number, &source).expect("it can be sent")
}

fn jobs(url: &str) -> Jobs {
    let jobs = vec![job(300, url), job(u64::MAX, "http://b/")];
    Jobs::new(FROM, true, &settings(), jobs)
}

fn failed() -> fetch::Error {
    fetch::Error {
        retry_after: Some(Duration::from_secs(3)),
        status: Some(503),
        answered: true,
        ..fetch::Error::transient(Kind::Status, "503 Service Unavailable")
    }
}

fn outcomes() -> [Outcome; 3] {
    let directives = Directives { noindex: true, nofollow: false };
    let digest = vec![5; 3_000];
    [
        Answer::Document { size: 9, directives, digest },
        Answer::Redirect("https://b/x".parse().expect("it is a URL")),
        Answer::Failed(failed()),
    ]
    .map(|answer| Outcome {
        worker: u64::MAX,
        slots: MOST_SLOTS,
        connections: 2,
        resent: 1,
        answer,
    })
}

#[test]
fn what_is_sent_is_what_comes() {
    let of_urls = jobs("http://me:secret@a/b?c");
    assert_eq!(Jobs::from_bytes(&of_urls.to_bytes()), Ok(of_urls.clone()));
    assert_eq!(of_urls.from(), FROM);
    let file = Source::File(std::env::temp_dir().join("a b"));
    let of_file = vec![Job::new(1, &file).expect("it can be sent")];
    let of_file = Jobs::new(FROM, false, &settings(), of_file);
    let read = Jobs::from_bytes(&of_file.to_bytes());
    let sources = read.map(|it| it.jobs()[0].source());
    assert_eq!(sources, Ok(Some(file)));
    let numbers = Numbers(vec![1, u64::MAX]);
    assert_eq!(Numbers::from_bytes(&numbers.to_bytes()), Ok(numbers));
    for outcome in outcomes() {
        assert_eq!(Outcome::from_bytes(&outcome.to_bytes()), Ok(outcome));
    }
}

#[test]
fn a_job_asks_for_no_more_than_the_command_line_can() {
    let good = jobs("http://a/");
    let of = |place: Place| Jobs {
        jobs: vec![job(1, "http://a/"), Job { number: 2, place }],
        ..good.clone()
    };
    let many =
        |count| Jobs { jobs: vec![job(1, "http://a/"); count], ..good.clone() };
    let wrong = [
        Jobs { max_body: 2 << 30, ..good.clone() },
        Jobs { max_body: 0, ..good.clone() },
        Jobs { timeout: Duration::MAX, ..good.clone() },
        of(Place::Url("ftp://a/".into())),
        of(Place::Url("file:///etc/passwd".into())),
        of(Place::File("relative".into())),
        many(0),
        many(MOST_TOGETHER + 1),
    ];
    for jobs in [&good, &many(MOST_TOGETHER)] {
        assert!(Jobs::from_bytes(&jobs.to_bytes()).is_ok());
    }
    for jobs in wrong {
        let read = Jobs::from_bytes(&jobs.to_bytes());
        assert_eq!(read, Err(Malformed), "{jobs:?}");
    }
    let too_many = Numbers(vec![1; MOST_TOGETHER + 1]);
    assert_eq!(Numbers::from_bytes(&too_many.to_bytes()), Err(Malformed));
    let mut other = good.to_bytes();
    other[0] = VERSION + 1;
    assert_eq!(Jobs::from_bytes(&other), Err(Malformed));
}

#[test]
fn what_a_worker_counts_can_be_added_up() {
    let slots = MOST_SLOTS + 1;
    let outcome = Outcome { slots, ..outcomes()[0].clone() };
    assert_eq!(Outcome::from_bytes(&outcome.to_bytes()), Err(Malformed));
    let most = MOST_COUNTED;
    for (connections, resent, is_good) in [
        (most, most, true),
        (most + 1, 0, false),
        (0, most + 1, false),
        (u64::MAX, u64::MAX, false),
    ] {
        for outcome in outcomes() {
            let outcome = Outcome { connections, resent, ..outcome };
            let read = Outcome::from_bytes(&outcome.to_bytes());
            assert_eq!(read.is_ok(), is_good, "{connections} {resent}");
        }
    }
}

#[test]
fn a_large_result_comes_in_pieces_that_fit() {
    let result: Vec<u8> = (0..10_000).map(|n| n as u8).collect();
    for most in [1, 50, 1_000, 10_000, 1 << 20] {
        let mut joined = Vec::new();
        let mut messages = Vec::new();
        for piece in pieces(1 << 40, 9, &result, most) {
            assert!(most < 50 || piece.size() <= most);
            piece.push_to(&mut messages);
        }
        let mut rest = &*messages;
        while !rest.is_empty() {
            // Those in pieces of a byte are more than are taken.
            let Ok(piece) = Piece::take(&mut rest) else { break };
            joined.extend_from_slice(piece.bytes);
        }
        assert_eq!(joined == result, most > 1, "{most}");
    }
}

#[test]
fn whatever_comes_is_a_message_or_none() {
    let of_pieces = |bytes: &[u8]| {
        let mut message = Vec::new();
        pieces(1, 2, bytes, 500).for_each(|it| it.push_to(&mut message));
        message
    };
    let outcome = outcomes().map(|outcome| outcome.to_bytes());
    let mut all = vec![jobs("http://a/").to_bytes(), of_pieces(&[7; 2_000])];
    all.extend(outcome);
    for bytes in all {
        for at in 0..bytes.len().min(300) {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                for bytes in [&bytes[..], &bytes[..at]] {
                    let _ = Jobs::from_bytes(bytes);
                    let _ = Numbers::from_bytes(bytes);
                    let _ = Outcome::from_bytes(bytes);
                    let mut rest = bytes;
                    while Piece::take(&mut rest).is_ok() {}
                }
            }
        }
    }
}
