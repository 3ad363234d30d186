use super::*;
use crate::testing::with_server;

/// How many of 300 jobs a stream accepted and has, and its bytes.
fn flooded(max_bytes: i64, discard: DiscardPolicy) -> Option<(u32, u64, u64)> {
    with_server(async move |_server, jetstream| {
        let mut stream = anew(&jetstream, jobs(max_bytes, discard)).await?;
        let accepted = flood(&jetstream, 300).await?;
        let has = &stream.info().await?.state;
        Ok((accepted, has.messages, has.bytes))
    })
}

#[test]
fn without_a_bound_the_server_keeps_whatever_comes() {
    let Some((accepted, kept, bytes)) = flooded(-1, DiscardPolicy::Old) else {
        return;
    };
    assert_eq!((accepted, kept), (300, 300));
    assert!(bytes > 300 * 1024, "{bytes}");
}

#[test]
fn a_stream_that_discards_the_old_accepts_jobs_and_loses_them() {
    let Some((accepted, kept, bytes)) = flooded(BOUND, DiscardPolicy::Old)
    else {
        return;
    };
    assert_eq!(accepted, 300, "nobody was told");
    assert!(kept < 64 && bytes <= BOUND as u64, "{kept} {bytes}");
}

#[test]
fn a_stream_that_refuses_the_new_keeps_what_it_accepted() {
    let Some((accepted, kept, bytes)) = flooded(BOUND, DiscardPolicy::New)
    else {
        return;
    };
    assert_eq!(u64::from(accepted), kept);
    assert!(kept < 64 && bytes <= BOUND as u64, "{kept} {bytes}");
}

#[test]
fn a_publisher_that_waits_gets_all_its_jobs_done_within_the_bound() {
    let both = with_server(async |_server, jetstream| {
        let stream = anew(&jetstream, jobs(BOUND, DiscardPolicy::New)).await?;
        let already = flood(&jetstream, 100).await?;
        assert!(already < 100, "it is full before the worker begins");
        tokio::try_join!(
            all_done(&stream, 200 + already),
            observed(&jetstream, &stream, 200)
        )
    });
    let Some((done, (_, most))) = both else { return };
    assert!(done >= 200 && most <= BOUND as u64, "{done} {most}");
}

#[test]
fn a_refusal_that_is_no_full_stream_is_an_error() {
    let none = with_server(async |_server, jetstream| {
        Ok(patiently(&jetstream, 1).await.is_err())
    });
    assert!(none.is_none_or(|refused| refused), "there is no stream");
}

#[test]
fn workers_together_hold_no_more_than_max_ack_pending() {
    let held = with_server(async |_server, jetstream| {
        let mut all = Vec::new();
        for (max_ack_pending, batch) in
            [(1000, 200), (1000, 5), (8, 200), (8, 5)]
        {
            let config = jobs(-1, DiscardPolicy::Old);
            let stream = anew(&jetstream, config).await?;
            flood(&jetstream, 200).await?;
            // Long enough for a busy machine, and none comes again meanwhile.
            let wait = Duration::from_secs(60);
            let consumer = workers(&stream, max_ack_pending, wait).await?;
            all.push(held(&consumer, batch, Duration::from_secs(1)).await?);
        }
        Ok(all)
    });
    let Some(held) = held else { return };
    assert_eq!(held, [[200, 0], [5, 5], [8, 0], [5, 3]]);
}
