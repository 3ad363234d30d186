use super::*;
use std::sync::{Arc, mpsc};
use witness::{PATIENT, paused};

const SHORT: Duration = Duration::from_millis(20);

fn line() -> Line {
    Line { thinks: Duration::from_secs(60), calls: 0 }
}

#[test]
fn with_tokios_mutex_the_second_waits_and_both_are_served() {
    let told = start(async |tell| {
        tokio::time::pause();
        let line = tokio::sync::Mutex::new(line());
        let answers = beside_a_clock(
            [1, 2].map(|caller| call_with_tokio(&line, caller, &tell)),
        )
        .await;
        tell.send(format!("answers: {answers:?}")).expect("the test listens");
    });
    assert_eq!(
        watch(&told, PATIENT).expect("the clock is virtual"),
        [
            "caller 1 wants the line",
            "caller 1 has it",
            "caller 2 wants the line",
            "caller 1 is done",
            "caller 2 has it",
            "caller 2 is done",
            "answers: [1, 2]"
        ]
    );
}

#[test]
fn with_a_std_mutex_the_second_keeps_the_thread_from_the_first() {
    let line = Arc::new(Mutex::new(line()));
    let shared = Arc::clone(&line);
    let told = start(async move |tell| {
        tokio::time::pause();
        let calls = [1, 2].map(|caller| call_with_std(&shared, caller, &tell));
        let neighbor =
            async { say(&tell, 3, "has nothing to do with the line") };
        tokio::join!(beside_a_clock(calls), neighbor);
    });
    let steps =
        [(); 3].map(|()| told.recv_timeout(PATIENT).expect("it gets so far"));
    let expected = [
        "caller 1 wants the line",
        "caller 1 has it",
        "caller 2 wants the line",
    ];
    assert_eq!(steps, expected);
    // The clock is virtual, so there is nothing to wait for; nor is the
    // neighbor ever polled.
    let stuck = watch(&told, SHORT).expect_err("nobody is there to go on");
    assert_eq!(stuck.heard, [""; 0]);
    assert!(line.try_lock().is_err(), "caller 1 has it for good");
}

#[test]
fn a_job_that_ends_is_not_stuck() {
    let told = start(async |tell| say(&tell, 7, "is done"));
    assert_eq!(watch(&told, PATIENT), Ok(vec!["caller 7 is done".to_owned()]));
}

#[test]
fn the_watchdog_names_the_last_step() {
    let (tell, told) = mpsc::channel();
    say(&tell, 7, "wants the line");
    let stuck = watch(&told, SHORT).expect_err("the teller is still there");
    assert_eq!(
        stuck.to_string(),
        "stuck: silent for 20ms, and the last was 'caller 7 wants the line'"
    );
}

#[test]
fn tasks_may_share_the_line_and_the_bill() {
    let bill = paused(async || {
        let shared = Arc::new((tokio::sync::Mutex::new(line()), Mutex::new(0)));
        let call = |caller| {
            let shared = Arc::clone(&shared);
            let (tell, _) = mpsc::channel();
            // It compiles: no guard that must stay on its thread is in the
            // future.
            tokio::spawn(async move {
                paid_call(&shared.0, &shared.1, caller, &tell).await
            })
        };
        for call in [call(1), call(2), call(3)] {
            call.await.expect("no caller panics");
        }
        *shared.1.lock().expect("nobody panicked")
    });
    assert_eq!(bill, 60);
}
