//! A stream of bytes has no messages: a frame says where one ends.

// ANCHOR: program
use std::error::Error;
use std::io;

use futures::{SinkExt, TryStreamExt};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt,
    BufReader, duplex, split,
};
use tokio_util::bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder, FramedRead, FramedWrite};

// ANCHOR: one_read
/// Takes what one `read` brings for one order.
pub async fn one_read_each(
    mut stream: impl AsyncRead + Unpin,
) -> io::Result<Vec<String>> {
    let (mut orders, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(orders);
        }
        orders.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
    }
}
// ANCHOR_END: one_read

// ANCHOR: lines
/// An order is a line.
pub async fn a_line_each(
    stream: impl AsyncRead + Unpin,
) -> io::Result<Vec<String>> {
    let (mut orders, mut lines) = (Vec::new(), BufReader::new(stream).lines());
    while let Some(order) = lines.next_line().await? {
        orders.push(order);
    }
    Ok(orders)
}
// ANCHOR_END: lines

// ANCHOR: codec
/// An order is a frame: its length in two bytes, then its text.
#[derive(Debug)]
pub struct Orders;

/// The longest text of an order, in bytes.
pub const LONGEST: usize = 200;

impl Decoder for Orders {
    type Item = String;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<String>> {
        let Some(length) = bytes.first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an order is too long",
            ));
        }
        if bytes.len() < 2 + length {
            return Ok(None); // more has to come
        }
        bytes.advance(2);
        let text = bytes.split_to(length).to_vec();
        String::from_utf8(text).map(Some).map_err(io::Error::other)
    }
}

impl Encoder<&str> for Orders {
    type Error = io::Error;

    fn encode(&mut self, order: &str, bytes: &mut BytesMut) -> io::Result<()> {
        if order.len() > LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an order is too long",
            ));
        }
        bytes.put_u16(order.len() as u16);
        bytes.put_slice(order.as_bytes());
        Ok(())
    }
}
// ANCHOR_END: codec

// ANCHOR: kitchen
/// Answers each order, until the other side sends no more.
pub async fn kitchen(stream: impl AsyncRead + AsyncWrite) -> io::Result<()> {
    let (reading, writing) = split(stream);
    let (mut orders, mut answers) =
        (FramedRead::new(reading, Orders), FramedWrite::new(writing, Orders));
    while let Some(order) = orders.try_next().await? {
        answers.send(&format!("{order} is ready")).await?;
    }
    Ok(())
}

/// Sends the orders, and meanwhile reads the answers.
pub async fn waiter(
    stream: impl AsyncRead + AsyncWrite,
    orders: &[&str],
) -> io::Result<Vec<String>> {
    let (reading, writing) = split(stream);
    let mut sending = FramedWrite::new(writing, Orders);
    let send = async {
        for order in orders {
            sending.send(order).await?;
        }
        // No more orders; answers may still come.
        sending.get_mut().shutdown().await
    };
    let read = FramedRead::new(reading, Orders).try_collect();
    let ((), answers) = tokio::try_join!(send, read)?;
    Ok(answers)
}
// ANCHOR_END: kitchen

/// Sends two orders through pipes of two sizes, and reads them in two ways;
/// then as frames, both ways.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    for room in [64, 7] {
        println!("two lines through a pipe with room for {room} bytes");
        println!(
            "  one read each: {:?}",
            one_read_each(sent(room, b"soup\nbread\n")).await?
        );
        println!(
            "  a line each:   {:?}",
            a_line_each(sent(room, b"soup\nbread\n")).await?
        );
    }
    let (ours, theirs) = duplex(7);
    let (answers, ()) =
        tokio::try_join!(waiter(ours, &["soup", "bread"]), kitchen(theirs))?;
    println!("frames, both ways\n  answers: {answers:?}");
    Ok(())
}

/// The receiving end of a pipe with room for `room` bytes, into which a task
/// writes `bytes`.
fn sent(room: usize, bytes: &'static [u8]) -> impl AsyncRead + Unpin {
    let (mut writing, reading) = duplex(room);
    // An error means that the reader has gone.
    tokio::spawn(async move { writing.write_all(bytes).await });
    reading
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
