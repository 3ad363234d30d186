use super::*;
use tokio::runtime::Runtime;
use witness::{PATIENT, within};

/// A worker process of the tests below: this very test program, which runs
/// nothing but this.
#[test]
#[ignore = "the other tests start it, as a process"]
fn a_worker() {
    let Ok(order) = env::var("WORK") else { return };
    let runtime = Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let jetstream = connect().await.expect("the server is there");
        work(&jetstream, &order).await.expect("the server stays");
    });
}

/// Lets a worker be killed at a step. `None` where no server is installed.
fn killed_at(order: &'static str, step: &'static str) -> Option<Round> {
    within(PATIENT, move || {
        let server = Server::for_test()?;
        let runtime = Runtime::new().expect("a runtime starts");
        let round = runtime.block_on(async {
            let options = ConnectOptions::with_token(server.token().to_owned());
            let client = options.connect(server.url()).await?;
            round(&jetstream::new(client), step, || {
                let program = env::current_exe().expect("it has a path");
                let mut worker = Command::new(program);
                worker.args(["--exact", "queue::tests::a_worker"]);
                worker.args(["--ignored", "--nocapture", "--test-threads=1"]);
                worker.env("WORK", order).env("NATS_URL", server.url());
                worker.env("NATS_TOKEN", server.token());
                worker
            })
            .await
        });
        Some(round.expect("the second worker ends"))
    })
}

#[test]
fn acknowledged_last_every_job_has_its_result_wherever_its_worker_dies() {
    for step in ["pulled", "stored", "acknowledged"] {
        let Some(round) = killed_at("last", step) else { return };
        assert_eq!(round.results, 3, "{step}");
        assert!(round.deliveries >= 3, "{step}: {round:?}");
    }
}

#[test]
fn a_job_whose_worker_dies_before_it_acknowledges_comes_again() {
    for step in ["pulled", "stored"] {
        let Some(round) = killed_at("last", step) else { return };
        assert!(round.deliveries >= 4, "{step}: {round:?}");
    }
}

#[test]
fn acknowledged_first_the_job_of_a_dead_worker_is_lost() {
    let Some(round) = killed_at("first", "acknowledged") else { return };
    assert_eq!(round.results, 2);
    let Some(round) = killed_at("first", "stored") else { return };
    assert_eq!(round.results, 3, "it was done already");
}

#[test]
fn a_killed_server_has_its_jobs_when_it_comes_back() {
    let messages = within(PATIENT, || {
        let mut server = Server::for_test()?;
        let runtime = Runtime::new().expect("a runtime starts");
        runtime.block_on(async {
            let connect = async |server: &Server| {
                let token = server.token().to_owned();
                let options = ConnectOptions::with_token(token);
                let client = options.connect(server.url()).await;
                jetstream::new(client.expect("it listens"))
            };
            let jetstream = connect(&server).await;
            open(&jetstream).await.expect("it is new");
            for job in 1..=20 {
                publish(&jetstream, job).await.expect("it is stored");
            }
            server.kill();
            server.start_again().expect("its port is free");
            let jobs = connect(&server).await.get_stream("JOBS").await;
            let jobs = jobs.expect("it has its streams").cached_info().clone();
            Some(jobs.state.messages)
        })
    });
    if let Some(messages) = messages {
        assert_eq!(messages, 20);
    }
}
