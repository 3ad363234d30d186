//! Threads: two bakers knead at the same time, and take turns at the oven.
//!
//! cargo run -p timeline --example with_threads

use std::hint::spin_loop;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tracing::info_span;

fn main() {
    let oven = Mutex::new(());
    let timeline = timeline::timeline("two bakers, one oven");
    thread::scope(|scope| {
        for baker in ["Ada", "Bo"] {
            let loaf = info_span!("loaf", baker);
            let oven = &oven;
            scope.spawn(move || {
                loaf.in_scope(|| work(Duration::from_millis(8)));
                // Outside of the span, so the picture shows it as waiting.
                let _turn = oven.lock().expect("no baker panics");
                loaf.in_scope(|| work(Duration::from_millis(16)));
            });
        }
    });
    timeline.draw();
}

/// Keeps its thread busy.
fn work(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        spin_loop();
    }
}
