use super::*;
use crate::testing::with_server;

#[test]
fn limits_in_each_worker_add_up_at_the_host() {
    // The host answers nobody before it has seen all twelve.
    let most = with_server(async |_server, jetstream| {
        most_asked(&jetstream, 4, 1000, 12).await
    });
    assert!(most.is_none_or(|most| most == 12), "{most:?}");
}

#[test]
fn one_limit_for_all_holds_at_the_host_and_is_used() {
    for workers in [1, 2, 5] {
        let most = with_server(async move |_server, jetstream| {
            most_asked(&jetstream, workers, 3, 3).await
        });
        assert!(most.is_none_or(|most| most == 3), "{workers}: {most:?}");
    }
}

#[test]
fn there_are_as_many_workers_as_the_jobs_that_are_left_ask_for() {
    let workers = [0, 1, 20, 21, 79, 81, 1000].map(|left| wanted(left, 20, 4));
    assert_eq!(workers, [0, 1, 1, 2, 4, 4, 4]);
    assert_eq!(wanted(u64::MAX, 1, 4), 4);
}

#[test]
fn workers_come_with_the_jobs_and_go_with_them() {
    let changes = with_server(async |_server, jetstream| {
        let jobs = published(&jetstream, 100).await?;
        let consumer = consumer_of(&jobs, "host", 1000).await?;
        scaled(&jobs, &consumer, &Arc::new(Host::new(0))).await
    });
    let Some(changes) = changes else { return };
    assert_eq!(changes.first(), Some(&(4, 100)));
    assert_eq!(changes.last(), Some(&(0, 0)));
    // Nothing is published meanwhile, so they only leave.
    assert!(changes.is_sorted_by(|a, b| a.0 > b.0), "{changes:?}");
    assert!(changes.is_sorted_by(|a, b| a.1 > b.1), "{changes:?}");
}

#[test]
fn each_host_has_a_limit_of_its_own_whatever_its_name() {
    let names = with_server(async |_server, jetstream| {
        let jobs = published(&jetstream, 0).await?;
        let one = consumer_of(&jobs, "docs.rs", 3).await?;
        let other = consumer_of(&jobs, "host", 2).await?;
        Ok([one, other].map(|consumer| {
            let config = &consumer.cached_info().config;
            (config.filter_subject.clone(), config.max_ack_pending)
        }))
    });
    let Some(names) = names else { return };
    assert_eq!(names, [("jobs.docs-rs".into(), 3), ("jobs.host".into(), 2)]);
}
