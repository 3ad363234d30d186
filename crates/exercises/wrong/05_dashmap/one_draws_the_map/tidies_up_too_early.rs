// Removes the cell after a failure, while others still use it: who comes next gets another cell, and draws as well.
// => failed after_a_failure_the_next_one_draws

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
        let sheet = cell.get_or_try_init(|| draw).await.cloned();
        if sheet.is_err() {
            self.sheets.remove(region);
        }
        sheet
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
