// Keeps the sheet of whoever is first to finish: everybody draws, and most of it is thrown away.
// => failed who_asks_for_the_same_sheet_waits_for_one_drawing

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<OnceCell<Sheet>>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        let cell = Arc::clone(&self.sheets.entry(region.to_owned()).or_default());
        if cell.get().is_none() {
            let sheet = draw.await?;
            return Ok(cell.get_or_init(|| async { sheet }).await.clone());
        }
        Ok(cell.get().cloned().expect("it was there a moment ago"))
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
