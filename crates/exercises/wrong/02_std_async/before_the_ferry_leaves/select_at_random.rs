// Asks one of the two at random: at the last moment it leaves half of the people.
// => failed at_the_last_second_is_in_time_each_time

#[derive(Debug, PartialEq)]
enum Ashore<E> {
    /// All ferries have left.
    Left,
    /// There was a ferry, and this is why it did not take us.
    Refused(E),
}

async fn in_time<T, E>(
    board: impl Future<Output = Result<T, E>>,
    leaves: impl Future<Output = ()>,
) -> Result<T, Ashore<E>> {
    tokio::select! {
        boarded = board => boarded.map_err(Ashore::Refused),
        () = leaves => Err(Ashore::Left),
    }
}

async fn any_of<T, E>(
    ferries: usize,
    board: impl AsyncFn() -> Result<T, E>,
    leaves: impl AsyncFn(),
) -> Result<T, Ashore<E>> {
    for _ in 0..ferries {
        match in_time(board(), leaves()).await {
            Err(Ashore::Left) => {}
            outcome => return outcome,
        }
    }
    Err(Ashore::Left)
}

fn main() {
    let leaves = async || ();
    let board = async || std::future::pending::<Result<(), &str>>().await;
    let limit = std::time::Duration::from_secs(5);
    let run = move || futures::executor::block_on(any_of(2, board, leaves));
    println!("with a truck that does not start: {:?}", witness::within(limit, run));
}
