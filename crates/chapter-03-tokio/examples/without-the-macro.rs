//! The lesson `first` without `#[tokio::main]`: what the macro writes is
//! written by hand.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::sleep;

fn main() -> std::io::Result<()> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        sleep(Duration::from_millis(300)).await;
        println!("the soup is ready");
    });
    Ok(())
}
