// A lock of Tokio for each sheet: who has it draws.

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::Mutex;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<Mutex<Option<Sheet>>>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        // A statement of its own: the guard is gone before anybody waits.
        let cell = Arc::clone(&self.sheets.entry(region.to_owned()).or_default());
        let mut sheet = cell.lock().await;
        if let Some(sheet) = &*sheet {
            return Ok(Arc::clone(sheet));
        }
        Ok(Arc::clone(sheet.insert(draw.await?)))
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
