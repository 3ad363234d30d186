// Cell.

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
        let known = self.sheets.get(region).map(|cell| Arc::clone(&cell));
        let cell = match known {
            Some(cell) => cell,
            None => Arc::clone(self.sheets.entry(region.into()).or_insert_with(|| Arc::new(OnceCell::new())).value()),
        };
        let sheet = cell.get_or_try_init(move || draw).await?;
        Ok(Arc::clone(sheet))
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
