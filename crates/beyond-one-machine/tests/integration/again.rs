//! A message that comes again: what has a result by then is not done again.

use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use beyond_one_machine::program::Lane;
use beyond_one_machine::program::connection::{Address, Connection};
use beyond_one_machine::program::message::{
    Answer, Jobs, Numbers, Outcome, pieces,
};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch;
use chapter_06_pipeline::program::run::runtime;
use origin::{Generator, Origin, Site};
use own_nats::Server;
use tokio::time::sleep;

use super::stage::{PATIENCE, Process, Task, address, folder, text};

/// A worker that gets a message, says of its first job that it has failed, and
/// then gives the message back. Returns how many jobs it had.
async fn play_a_worker(address: &Address) -> usize {
    let connection = Connection::open(address, "a worker of the test").await;
    let connection = connection.expect("the server is there");
    let message = a_message(&connection).await;
    let jobs = Jobs::from_bytes(&message.payload).expect("they are jobs");
    let first = jobs.jobs()[0].number;

    let error = fetch::Error::lasting(Kind::Status, "said by the test");
    let answer = Answer::Failed(error);
    let outcome =
        Outcome { worker: 1, slots: 1, connections: 0, resent: 0, answer };
    let mut result = Vec::new();
    for piece in pieces(first, 1, &outcome.to_bytes(), 1 << 16) {
        piece.push_to(&mut result);
    }
    // overlap.jobs.url.RUN.PROCESS.NUMBER
    let parts: Vec<&str> = message.subject.split('.').collect();
    let [_, _, _, run, process, _] = parts[..] else {
        panic!("{}", message.subject);
    };
    let subject = format!("overlap.results.{run}.{process}");
    let stored = connection.publish(&subject, "the test's", result.into());
    stored.await.expect("it is stored");

    let subject = format!("overlap.wanted.{run}.{process}");
    let question = Numbers(jobs.jobs().iter().map(|it| it.number).collect());
    loop {
        let question = question.to_bytes().into();
        let answer = connection.client.request(subject.clone(), question);
        let answer = answer.await.expect("the coordinator answers");
        let Numbers(wanted) =
            Numbers::from_bytes(&answer.payload).expect("it is an answer");
        if !wanted.contains(&first) {
            // The others are.
            assert_eq!(wanted, question_without(&jobs, first));
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    message.ack_with(AckKind::Nak(None)).await.expect("it is sent");
    connection.client.flush().await.expect("it is sent");
    jobs.jobs().len()
}

fn question_without(jobs: &Jobs, first: u64) -> Vec<u64> {
    let numbers = jobs.jobs().iter().map(|job| job.number);
    numbers.filter(|number| *number != first).collect()
}

/// The next message with jobs.
async fn a_message(connection: &Connection) -> Message {
    let consumer = connection.jobs(Lane::Url).await.expect("it is made");
    loop {
        let pull = connection.pull(&consumer, 1).await;
        let mut pull = pull.expect("the server is there");
        if let Some(message) = pull.next().await.expect("it answers") {
            return message;
        }
    }
}

#[test]
fn a_job_whose_result_has_come_is_not_done_again() {
    let Some(server) = Server::for_test() else { return };
    let site = Site::generated(Generator { pages: 12, ..Generator::default() });
    let origin = Origin::serve(site).start().expect("a server on loopback");
    let (folder, task) = (folder(), Task::of(&origin));
    let server = address(&server);
    let coordinator = task.coordinator(&server, folder.path());
    let coordinator = Process::start(coordinator);
    let played = runtime().expect("a runtime").block_on(async {
        let address = server.parse().expect("it is an address");
        let play = play_a_worker(&address);
        tokio::time::timeout(PATIENCE, play).await
    });
    assert!(played.expect("the played worker hangs") >= 1);
    let _worker = Process::worker(&server, None);
    let output = coordinator.output("the coordinator");
    let said = text(&output.stdout);
    let report: serde_json::Value =
        serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(report["failed"], 1, "{said}");
    assert_eq!(report["documents"], 11, "{said}");
    // Each of the other pages once, and that one never.
    assert_eq!(origin.counts().requests, 11);
}
