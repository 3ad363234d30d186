//! What may not leave its thread runs in a LocalSet.
//!
//! An `Rc` counts without a lock, so it must stay on one thread. `tokio::spawn`
//! may move a task to another one between two polls. (This error has no code.)
//!
//! ```compile_fail
//! use std::cell::Cell;
//! use std::rc::Rc;
//!
//! pub fn start() {
//!     let cents = Rc::new(Cell::new(0));
//!     tokio::spawn(async move {
//!         cents.set(cents.get() + 850);
//!     });
//! }
//! ```

// ANCHOR: program
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;
use tokio::time::sleep;

// ANCHOR: tab
/// Lets each guest order in a task of its own, and write on the tab they share.
/// An `Rc` and a `RefCell` will do: all tasks of the set run on this thread.
pub async fn shared_tab(
    guests: Vec<(&'static str, Duration)>,
) -> Vec<&'static str> {
    let tab = Rc::new(RefCell::new(Vec::new()));
    let tasks = LocalSet::new();
    for (dish, after) in guests {
        let tab = Rc::clone(&tab);
        tasks.spawn_local(async move {
            sleep(after).await;
            tab.borrow_mut().push(dish); // no await while it is borrowed
        });
    }
    tasks.await; // runs them, until all have ended
    tab.take()
}
// ANCHOR_END: tab

// ANCHOR: thread_local
thread_local! {
    static TABLE_OF_THREAD: Cell<u32> = const { Cell::new(0) };
}

/// Notes the table, takes an order, and reads the note: it belongs to the
/// thread.
pub async fn noted_on_the_thread(table: u32, takes: Duration) -> u32 {
    TABLE_OF_THREAD.set(table);
    sleep(takes).await;
    TABLE_OF_THREAD.get()
}
// ANCHOR_END: thread_local

// ANCHOR: task_local
tokio::task_local! {
    static TABLE: u32;
}

/// The same with a note that belongs to the task.
pub async fn noted_on_the_task(table: u32, takes: Duration) -> u32 {
    let take_order = async {
        sleep(takes).await;
        table_in_hand()
    };
    TABLE.scope(table, take_order).await
}

/// Reads the note, deep inside, with no argument for it.
fn table_in_hand() -> u32 {
    TABLE.get()
}
// ANCHOR_END: task_local

/// Shares a tab; then notes two tables at once, in two ways.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let tab = shared_tab(vec![("soup", ms(20)), ("bread", ms(10))]).await;
    println!("on the tab: {tab:?}");

    let two =
        [1, 2].map(|table| tokio::spawn(noted_on_the_thread(table, ms(10))));
    let [first, second] = two;
    println!(
        "thread-local: table 1 reads {}, table 2 reads {}",
        first.await?,
        second.await?
    );

    let two =
        [1, 2].map(|table| tokio::spawn(noted_on_the_task(table, ms(10))));
    let [first, second] = two;
    println!(
        "task-local:   table 1 reads {}, table 2 reads {}",
        first.await?,
        second.await?
    );
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
