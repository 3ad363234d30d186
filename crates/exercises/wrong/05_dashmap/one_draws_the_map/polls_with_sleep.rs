// Polls with sleep.
// => failed who_asks_for_the_same_sheet_waits_for_one_drawing

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<(std::sync::atomic::AtomicBool, std::sync::Mutex<Option<Sheet>>)>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
        struct Free<'a>(&'a AtomicBool);
        impl Drop for Free<'_> { fn drop(&mut self) { self.0.store(false, SeqCst); } }
        let place = self.sheets.entry(region.to_owned()).or_default().clone();
        // asks again every few milliseconds; needs Tokio's clock, so `main` does not work
        while place.0.swap(true, SeqCst) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let _free = Free(&place.0);
        if let Some(sheet) = place.1.lock().unwrap().clone() { return Ok(sheet); }
        let sheet = draw.await?;
        *place.1.lock().unwrap() = Some(sheet.clone());
        Ok(sheet)
    }
}


fn main() {
    let atlas = Atlas::default();
    let draw = async {
        println!("drawing the north");
        Ok::<Sheet, ()>("here be dragons".into())
    };
    futures::executor::block_on(async {
        println!("{:?}", atlas.sheet("north", draw).await);
        println!("{:?}", atlas.sheet("north", async { Err("nobody draws it again") }).await);
    });
}
