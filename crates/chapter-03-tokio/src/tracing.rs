//! An event has fields, and happens inside spans.

// ANCHOR: program
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt};

use futures::future::join_all;
use tokio::time::sleep;
use tracing::field::Empty;
use tracing::instrument::WithSubscriber;
use tracing::{Level, Span, Subscriber, debug, error, info};
// The same as `tracing::instrument`.
use tracing_attributes::instrument;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};

// ANCHOR: fields
/// Makes a drink.
#[instrument(skip(bar), fields(ml = Empty), err)]
pub async fn order(
    bar: &Bar,
    id: u32,
    drink: &str,
) -> Result<(), NotEnoughMilk> {
    grind(9).await;
    let ml = milk_for(drink);
    if ml > 0 {
        Span::current().record("ml", ml);
        steam(bar, ml).await?;
    }
    info!("served");
    Ok(())
}

#[instrument]
async fn grind(grams: u32) {
    sleep(STEP).await;
    debug!("ground");
}

#[instrument(skip(bar))]
async fn steam(bar: &Bar, ml: u32) -> Result<(), NotEnoughMilk> {
    let left_ml = bar.take_milk(ml)?;
    sleep(2 * STEP).await;
    debug!(left_ml, "steamed");
    Ok(())
}
// ANCHOR_END: fields

// ANCHOR: words
/// Makes a drink, and logs sentences.
pub async fn order_in_words(
    bar: &Bar,
    id: u32,
    drink: &str,
) -> Result<(), NotEnoughMilk> {
    info!("order {id}: one {drink}");
    sleep(STEP).await;
    info!("ground 9 g");
    let ml = milk_for(drink);
    if ml > 0 {
        let left_ml =
            bar.take_milk(ml).inspect_err(|error| error!("{error}"))?;
        sleep(2 * STEP).await;
        info!("steamed, {left_ml} ml left");
    }
    info!("served");
    Ok(())
}
// ANCHOR_END: words

/// Makes three drinks at once, logged in words and in fields.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let filter = match env::var("RUST_LOG") {
        Ok(directives) => directives.parse()?,
        Err(_) => Targets::new().with_default(Level::INFO),
    };

    println!("three orders at once, told in words");
    let bar = Bar::new(MILK);
    let orders =
        join_all(DRINKS.map(|(id, drink)| order_in_words(&bar, id, drink)));
    orders.with_subscriber(lines(&filter)).await;

    println!("\ntold in fields");
    let bar = Bar::new(MILK);
    let timeline = timeline::timeline("the same spans as a timeline");
    let orders = join_all(DRINKS.map(|(id, drink)| order(&bar, id, drink)));
    orders.with_subscriber(lines(&filter)).await;
    println!();
    timeline.draw();
    Ok(())
}

/// Prints a line for each event that the filter keeps, and records the
/// timeline.
fn lines(filter: &Targets) -> impl Subscriber + Send + Sync + use<> {
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(false);
    tracing_subscriber::registry()
        .with(timeline::layer())
        .with(lines.with_filter(filter.clone()))
}

/// Three orders: a number and a drink.
pub const DRINKS: [(u32, &str); 3] =
    [(1, "espresso"), (2, "latte"), (3, "latte")];
/// Milk for one latte and a half.
pub const MILK: u32 = 300;
const STEP: Duration = Duration::from_millis(20);

fn milk_for(drink: &str) -> u32 {
    match drink {
        "latte" => 200,
        "flat white" => 120,
        _ => 0,
    }
}

/// Where drinks are made.
#[derive(Debug)]
pub struct Bar {
    milk_ml: Mutex<u32>,
}

impl Bar {
    /// A bar with `milk_ml` milliliters of milk.
    pub fn new(milk_ml: u32) -> Self {
        Bar { milk_ml: Mutex::new(milk_ml) }
    }

    /// Takes milk out. Returns how much is left, in milliliters.
    fn take_milk(&self, ml: u32) -> Result<u32, NotEnoughMilk> {
        let mut milk =
            self.milk_ml.lock().unwrap_or_else(PoisonError::into_inner);
        *milk = milk.checked_sub(ml).ok_or(NotEnoughMilk { left_ml: *milk })?;
        Ok(*milk)
    }
}

/// A drink that could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEnoughMilk {
    /// The bar's stock, in milliliters.
    pub left_ml: u32,
}

impl fmt::Display for NotEnoughMilk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not enough milk, {} ml left", self.left_ml)
    }
}

impl Error for NotEnoughMilk {}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
