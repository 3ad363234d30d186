// Looks, draws if there is nothing, and puts the sheet there: all who look before the first is done draw.
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
        if let Some(sheet) = self.sheets.get(region).and_then(|cell| cell.get().cloned()) {
            return Ok(sheet);
        }
        let sheet = draw.await?;
        self.sheets.insert(region.to_owned(), Arc::new(OnceCell::from(Arc::clone(&sheet))));
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
