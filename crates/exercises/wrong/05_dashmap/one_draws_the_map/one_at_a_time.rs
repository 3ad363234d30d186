// One lock for the whole atlas, held while somebody draws: each sheet is drawn once, one after another.
// => failed different_sheets_are_drawn_at_the_same_time

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<OnceCell<Sheet>>>,
    table: tokio::sync::Mutex<()>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        let _table = self.table.lock().await;
        let cell = Arc::clone(&self.sheets.entry(region.to_owned()).or_default());
        cell.get_or_try_init(|| draw).await.cloned()
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
