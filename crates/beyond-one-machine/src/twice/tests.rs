use super::*;
use crate::testing::with_server;

#[test]
fn a_payment_that_comes_twice_is_added_twice_and_noted_once() {
    with_server(async |_server, jetstream| {
        open(&jetstream).await?;
        for subject in ["payments.1", "payments.2", "payments.3"] {
            pay(&jetstream, subject, None).await?;
        }
        let books = keep_books(&jetstream, "payments.2").await?;
        assert_eq!(books.added, 40);
        assert_eq!(books.by_key.values().sum::<u64>(), 30);
        Ok(())
    });
}

#[test]
fn an_id_is_stored_once_as_long_as_the_window_lasts() {
    with_server(async |_server, jetstream| {
        // However long a busy machine takes from one to the other.
        let window = Duration::from_secs(120);
        jetstream.create_stream(payments(window)).await?;
        assert_eq!(repeated(&jetstream, None).await?, 2);
        assert_eq!(repeated(&jetstream, Some("one")).await?, 1);
        assert_eq!(repeated(&jetstream, Some("two")).await?, 1);
        Ok(())
    });
}

#[test]
fn an_id_is_stored_again_after_the_window() {
    with_server(async |_server, jetstream| {
        open(&jetstream).await?;
        pay(&jetstream, "payments.4", Some("one")).await?;
        assert_eq!(until_forgotten(&jetstream, "one").await?, 2);
        Ok(())
    });
}

#[test]
fn an_acknowledgment_that_nobody_confirms_may_never_have_left() {
    with_server(async |server, jetstream| {
        open(&jetstream).await?;
        let options = || ConnectOptions::with_token(server.token().to_owned());
        for (twice, times) in [(false, 2), (true, 1)] {
            pay(&jetstream, "payments.5", None).await?;
            worker_gone(options(), server.url(), twice).await?;
            assert_eq!(deliveries(&jetstream).await?, times);
        }
        Ok(())
    });
}
