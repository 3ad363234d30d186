use super::*;
use tokio::runtime::Runtime;
use witness::{PATIENT, within};

/// What a test asks of a server of its own, or `None` where none is installed.
fn with_server<T: Send + 'static, F: Future<Output = Result<T, Error>>>(
    test: impl FnOnce(Context) -> F + Send + 'static,
) -> Option<T> {
    within(PATIENT, || {
        let server = Server::for_test()?;
        let runtime = Runtime::new().expect("a runtime starts");
        let done = runtime.block_on(async {
            let options = ConnectOptions::with_token(server.token().to_owned());
            let client = options.connect(server.url()).await?;
            test(jetstream::new(client)).await
        });
        Some(done.expect("the server answers"))
    })
}

#[test]
fn limits_in_each_worker_add_up_at_the_host() {
    // The host answers nobody before it has seen all twelve.
    let most = with_server(async |jetstream| {
        most_asked(&jetstream, 4, 1000, 12).await
    });
    assert!(most.is_none_or(|most| most == 12), "{most:?}");
}

#[test]
fn one_limit_for_all_holds_at_the_host_and_is_used() {
    for workers in [1, 2, 5] {
        let most = with_server(async move |jetstream| {
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
    let changes = with_server(async |jetstream| {
        let jobs = published(&jetstream, 100).await?;
        let consumer = consumer_of(&jobs, "host", 1000).await?;
        scaled(&jobs, &consumer, &Arc::new(Host::new(0))).await
    });
    let Some(changes) = changes else { return };
    assert_eq!(changes.first(), Some(&(4, 100)));
    assert_eq!(changes.last(), Some(&(0, 0)));
    for (workers, left) in changes {
        assert_eq!(workers, wanted(left, 20, 4));
    }
}
