// A permit for each sheet: who has it draws.

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<(Semaphore, std::sync::OnceLock<Sheet>)>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        // A statement of its own: the guard is gone before anybody waits.
        let cell = Arc::clone(
            &self
                .sheets
                .entry(region.to_owned())
                .or_insert_with(|| Arc::new((Semaphore::new(1), Default::default())))
                .value(),
        );
        let _turn = cell.0.acquire().await.expect("nobody closes it");
        if let Some(sheet) = cell.1.get() {
            return Ok(Arc::clone(sheet));
        }
        let sheet = draw.await?;
        Ok(Arc::clone(cell.1.get_or_init(|| sheet)))
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
