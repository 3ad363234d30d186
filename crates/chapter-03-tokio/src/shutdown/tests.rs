use super::stage::customer;
use super::*;
use tokio::runtime::{Builder, Handle};
use tokio::time::Instant;
use witness::{PATIENT, paused, within};

const UNIT: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn transfer(id: u64, wire: Duration) -> Transfer {
    Transfer { id, amount: 100, wire }
}

fn tokens() -> [CancellationToken; 2] {
    [CancellationToken::new(), CancellationToken::new()]
}

async fn cancel_after(wait: Duration, token: CancellationToken) {
    sleep(wait).await;
    token.cancel();
}

#[test]
fn the_careless_loses_what_is_on_the_wire() {
    let (bank, alive) = within(PATIENT, || {
        let mut paused = Builder::new_current_thread();
        let runtime =
            paused.enable_time().start_paused(true).build().expect("no thread");
        let bank = Bank::new(1_000);
        let alive = runtime.block_on(async {
            let (sender, transfers) = mpsc::channel(1);
            let [stop, _] = tokens();
            tokio::spawn(cancel_after(UNIT * 5 / 2, stop.clone()));
            tokio::spawn(customer(sender, UNIT, |id| {
                if id == 1 { UNIT } else { HOUR }
            }));
            careless(transfers, Arc::clone(&bank), stop).await;
            bank.total()
        });
        drop(runtime);
        (bank, alive)
    });
    // Transfers came at 0, 1 and 2; the first was done at 1.
    assert_eq!(alive, 800);
    assert_eq!(bank.total(), 800, "dropping the runtime brought nothing back");
    assert_eq!(Arc::strong_count(&bank), 1, "nobody is left who could");
}

#[test]
fn the_careful_finishes_all_it_has_accepted_and_no_task_is_left() {
    paused(async || {
        let (sender, transfers) = mpsc::channel(4);
        let [stop, cut] = tokens();
        let bank = Bank::new(1_000);
        tokio::spawn(cancel_after(UNIT * 7 / 2, stop.clone()));
        let customer =
            tokio::spawn(customer(sender, UNIT, |id| 10 * UNIT * id as u32));
        let report = careful(transfers, Arc::clone(&bank), stop, cut).await;
        assert_eq!(report, Report { taken: 4, unfinished: vec![] });
        assert_eq!(bank.total(), 1_000);
        assert_eq!(bank.theirs.load(Relaxed), 400);
        assert_eq!(customer.await.expect("it does not panic"), report.taken);
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn what_waits_in_the_channel_was_accepted() {
    paused(async || {
        let (sender, transfers) = mpsc::channel(4);
        let [stop, cut] = tokens();
        for id in 1..=4 {
            sender.send(transfer(id, UNIT)).await.expect("there is room");
        }
        stop.cancel();
        let bank = Bank::new(1_000);
        let too_late = async {
            // It waits for room, and finds the channel closed.
            sender.send(transfer(5, UNIT)).await.map_err(|refused| refused.0.id)
        };
        let careful = careful(transfers, Arc::clone(&bank), stop, cut);
        let (too_late, report) = tokio::join!(too_late, careful);
        assert_eq!(too_late, Err(5));
        assert_eq!(report, Report { taken: 4, unfinished: vec![] });
        assert_eq!(bank.theirs.load(Relaxed), 400);
    });
}

#[test]
fn nobody_stops_it_it_ends_when_no_more_transfers_can_come() {
    paused(async || {
        let (sender, transfers) = mpsc::channel(4);
        let [stop, cut] = tokens();
        let send = async move {
            for id in 1..=9 {
                sender.send(transfer(id, UNIT)).await.expect("it takes them");
            }
        };
        let (report, ()) =
            tokio::join!(careful(transfers, Bank::new(1_000), stop, cut), send);
        assert_eq!(report, Report { taken: 9, unfinished: vec![] });
    });
}

#[test]
fn what_will_not_end_is_cut_off_and_named() {
    paused(async || {
        let (sender, transfers) = mpsc::channel(4);
        let [stop, cut] = tokens();
        let bank = Bank::new(1_000);
        for (id, wire) in [(1, UNIT), (2, HOUR), (3, UNIT), (4, HOUR)] {
            sender.send(transfer(id, wire)).await.expect("there is room");
        }
        tokio::spawn(cancel_after(Duration::ZERO, stop.clone()));
        tokio::spawn(cancel_after(2 * UNIT, cut.clone()));
        let report = careful(transfers, Arc::clone(&bank), stop, cut).await;
        assert_eq!(report, Report { taken: 4, unfinished: vec![2, 4] });
        assert_eq!(bank.total(), 800);
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        assert_eq!(Arc::strong_count(&bank), 1);
    });
}

/// When each token was canceled, in seconds, and the reason for the second.
/// `interrupts` are the seconds before each of two interrupts, or before
/// listening fails.
async fn canceled_at(
    interrupts: [Result<u64, u64>; 2],
    patience: u64,
) -> (u64, u64, &'static str) {
    let [stop, cut] = tokens();
    let mut interrupts = interrupts.into_iter();
    let interrupt = async || {
        let interrupt = interrupts.next().expect("two at most");
        let (Ok(after) | Err(after)) = interrupt;
        sleep(Duration::from_secs(after)).await;
        interrupt.map(drop).map_err(|_| io::ErrorKind::Other.into())
    };
    let begin = Instant::now();
    let at = async |token: CancellationToken| {
        token.cancelled().await;
        begin.elapsed().as_secs()
    };
    let patience = Duration::from_secs(patience);
    let ending = on_interrupt(interrupt, patience, stop.clone(), cut.clone());
    let (why, stop, cut) = tokio::join!(ending, at(stop), at(cut));
    (stop, cut, why.expect("no interrupt failed"))
}

#[test]
fn the_second_interrupt_cuts() {
    paused(async || {
        assert_eq!(
            canceled_at([Ok(3), Ok(4)], 10).await,
            (3, 7, "interrupted again")
        );
    });
}

#[test]
fn so_does_the_end_of_patience() {
    paused(async || {
        assert_eq!(
            canceled_at([Ok(3), Ok(100)], 10).await,
            (3, 13, "out of patience")
        );
    });
}

#[test]
fn a_listener_that_fails_is_no_interrupt() {
    paused(async || {
        assert_eq!(
            canceled_at([Ok(3), Err(1)], 10).await,
            (3, 13, "out of patience")
        );
    });
}
