// Draws a thousand sheets at once, and no more.
// => failed different_sheets_are_drawn_at_the_same_time

use dashmap::DashMap;
use std::sync::Arc;

type Sheet = Arc<str>;
use tokio::sync::{OnceCell, Semaphore};

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<OnceCell<Sheet>>>,
}

static PENS: Semaphore = Semaphore::const_new(1000);

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        let cell = Arc::clone(&*self.sheets.entry(region.to_owned()).or_default());
        let draw = async {
            let _pen = PENS.acquire().await;
            draw.await
        };
        cell.get_or_try_init(|| draw).await.map(Arc::clone)
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
