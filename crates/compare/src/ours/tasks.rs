//! Many that wait at the same time: tasks of Tokio, and threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::{Line, argument, resident, seconds, since};

/// `tokio` or `threads`, and how many.
pub(super) fn run(arguments: &[String]) -> Line {
    let (way, count): (String, usize) =
        (argument(arguments, 0)?, argument(arguments, 1)?);
    match way.as_str() {
        "tokio" => tokio::runtime::Builder::new_multi_thread()
            .build()?
            .block_on(tasks(count)),
        _ => threads(count),
    }
}

async fn tasks(count: usize) -> Line {
    let (before, start) = (resident()?, Instant::now());
    let (signal, receiver) = watch::channel(false);
    let (waiting, all_wait) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (mut receiver, waiting) = (receiver.clone(), Arc::clone(&waiting));
        let all_wait = Arc::clone(&all_wait);
        tasks.spawn(async move {
            if waiting.fetch_add(1, Ordering::Relaxed) + 1 == count {
                all_wait.notify_one();
            }
            receiver.wait_for(|on| *on).await.is_ok()
        });
    }
    all_wait.notified().await;
    let started = start.elapsed();
    let each = resident()?.saturating_sub(before) / count as u64;
    signal.send_replace(true);
    let mut ended = 0;
    while let Some(woken) = tasks.join_next().await {
        ended += usize::from(woken?);
    }
    let (took, started) = (since(start), seconds(started));
    Ok(format!("seconds={took} start={started} each={each} result={ended}"))
}

#[derive(Default)]
struct Gate {
    /// How many wait, and whether the gate is open.
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

fn threads(count: usize) -> Line {
    let (before, start) = (resident()?, Instant::now());
    let (gate, all_wait) =
        (Arc::new(Gate::default()), Arc::new(Condvar::new()));
    let mut threads = Vec::with_capacity(count);
    for _ in 0..count {
        let (gate, all_wait) = (Arc::clone(&gate), Arc::clone(&all_wait));
        threads.push(thread::Builder::new().spawn(move || {
            let mut state =
                gate.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 += 1;
            if state.0 == count {
                all_wait.notify_one();
            }
            drop(gate.changed.wait_while(state, |(_, open)| !*open));
        })?);
    }
    let state = gate.state.lock().unwrap_or_else(PoisonError::into_inner);
    let state = all_wait.wait_while(state, |(waiting, _)| *waiting < count);
    let mut state = state.unwrap_or_else(PoisonError::into_inner);
    let started = start.elapsed();
    let each = resident()?.saturating_sub(before) / count as u64;
    state.1 = true;
    drop(state);
    gate.changed.notify_all();
    let ended =
        threads.into_iter().filter_map(|thread| thread.join().ok()).count();
    let (took, started) = (since(start), seconds(started));
    Ok(format!("seconds={took} start={started} each={each} result={ended}"))
}
