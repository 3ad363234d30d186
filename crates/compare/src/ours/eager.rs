//! Who starts when: a future, and a task.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::yield_now;

use super::{Line, argument};

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<&'static str>>>);

impl Events {
    fn note(&self, event: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

async fn work(events: Events) -> u32 {
    events.note("begins");
    42
}

/// `future` or `task`.
pub(super) fn run(arguments: &[String]) -> Line {
    let (kind, events) = (argument::<String>(arguments, 0)?, Events::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let value = runtime.block_on(async {
        events.note("call");
        if kind == "future" {
            let called = work(events.clone());
            events.note("returns");
            // Everybody else gets a turn.
            yield_now().await;
            events.note("awaits");
            Ok(called.await)
        } else {
            let called = tokio::spawn(work(events.clone()));
            events.note("returns");
            yield_now().await;
            events.note("awaits");
            called.await
        }
    })?;
    events.note("value");
    let events =
        events.0.lock().unwrap_or_else(PoisonError::into_inner).join(",");
    Ok(format!("result={value} events={events}"))
}
