use super::*;
use std::time::Duration;
use tokio::time::timeout;
use tokio_test::io::Builder;
use witness::paused;

const DISHES: [&str; 4] = ["soup", "", "crème brûlée", "bread"];

/// The bytes of the dishes as frames.
fn frames() -> Vec<u8> {
    let mut bytes = BytesMut::new();
    DISHES
        .iter()
        .for_each(|dish| Orders.encode(dish, &mut bytes).expect("it is short"));
    bytes.to_vec()
}

/// A stream that brings `parts`, one a read.
fn in_parts<'a>(
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> impl AsyncRead + Unpin {
    let mut script = Builder::new();
    parts.into_iter().filter(|part| !part.is_empty()).for_each(|part| {
        script.read(part);
    });
    script.build()
}

async fn decoded(stream: impl AsyncRead + Unpin) -> io::Result<Vec<String>> {
    FramedRead::new(stream, Orders).try_collect().await
}

#[test]
fn wherever_the_bytes_are_cut_the_frames_are_the_same() {
    paused(async || {
        let bytes = frames();
        for cut in 0..=bytes.len() {
            let (left, right) = bytes.split_at(cut);
            let orders = decoded(in_parts([left, right]))
                .await
                .expect("nothing is missing");
            assert_eq!(orders, DISHES, "cut at {cut}");
        }
        let orders = decoded(in_parts(bytes.chunks(1)))
            .await
            .expect("nothing is missing");
        assert_eq!(orders, DISHES, "byte by byte");
    });
}

#[test]
fn wherever_the_bytes_are_cut_the_lines_are_the_same() {
    paused(async || {
        let bytes = b"soup\nbread\n";
        for cut in 0..=bytes.len() {
            let (left, right) = bytes.split_at(cut);
            let orders = a_line_each(in_parts([left, right]))
                .await
                .expect("all is text");
            assert_eq!(orders, ["soup", "bread"], "cut at {cut}");
        }
    });
}

#[test]
fn one_read_is_one_order_only_by_luck() {
    paused(async || {
        let right = |cut: usize| async move {
            let parts = b"soupbread".split_at(cut);
            one_read_each(in_parts([parts.0, parts.1]))
                .await
                .expect("all is read")
                == ["soup", "bread"]
        };
        for cut in 0..=9 {
            assert_eq!(right(cut).await, cut == 4, "cut at {cut}");
        }
    });
}

#[test]
fn a_frame_that_is_not_whole_is_an_error() {
    paused(async || {
        let bytes = frames();
        let error = decoded(in_parts([&bytes[..bytes.len() - 1]])).await;
        assert!(error.is_err(), "{error:?}");
    });
}

#[test]
fn a_length_that_is_too_long_is_refused_before_it_is_waited_for() {
    paused(async || {
        let (mut writing, reading) = duplex(64);
        writing.write_all(&[0xff, 0xff]).await.expect("there is room");
        let error = timeout(Duration::from_hours(1), decoded(reading)).await;
        let error = error
            .expect("it does not wait for 65,535 bytes")
            .expect_err("it is too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let long = "x".repeat(LONGEST + 1);
        assert!(Orders.encode(&long, &mut BytesMut::new()).is_err());
    });
}

#[test]
fn answers_come_after_the_last_order_was_sent() {
    paused(async || {
        let (ours, theirs) = duplex(4);
        let orders = ["soup"; 100];
        let (answers, ()) =
            tokio::try_join!(waiter(ours, &orders), kitchen(theirs))
                .expect("nobody hangs up");
        assert_eq!(answers, ["soup is ready"; 100]);
    });
}

#[test]
fn whoever_sends_all_before_it_reads_may_wait_forever() {
    paused(async || {
        let (ours, theirs) = duplex(16);
        let (_reading, writing) = split(ours);
        let mut sending = FramedWrite::new(writing, Orders);
        let send_all = async {
            for _ in 0..100 {
                sending.send("soup").await?;
            }
            Ok(())
        };
        let both = async { tokio::try_join!(send_all, kitchen(theirs)) };
        // The kitchen waits for room for an answer, and reads no order
        // meanwhile.
        assert!(timeout(Duration::from_hours(1), both).await.is_err());
    });
}
