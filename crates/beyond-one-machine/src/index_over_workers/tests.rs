use std::time::Duration;

use witness::within;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_shared_map_takes_two_messages_a_word_and_documents_far_fewer() {
    let Some(server) = Server::for_test() else { return };
    within(PATIENCE, move || {
        let address = Address::with_token(&server.url(), server.token());
        let address = address.expect("it has an address");
        let (origin, sources) = stage::site().expect("a server on loopback");
        runtime().expect("a runtime").block_on(async {
            let connection = Connection::open(&address, "a worker").await;
            let client = connection.expect("it is there").client;
            let map = Map::serve(&address).await.expect("it is there");
            let before = traffic([&client]);
            let put = word_by_word(&client, "a word and a Word").await;
            assert_eq!(put.expect("the map answers"), 5);
            assert_eq!(traffic([&client]) - before, 2 * 5);
            assert_eq!(map.len(), 3);

            let over = over_workers(2, &address, stage::plan(), sources);
            let (_, report, messages) =
                Box::pin(over).await.expect("it is there");
            assert_eq!(report.documents, 60);
            assert!(messages < report.words / 10, "{messages}");
            // One request at a time for each of 16 permits, whoever makes it.
            assert!(origin.counts().peak_in_flight <= 16);
        });
    });
}
