// Get then insert.
// => failed two_who_have_both_found_nothing_share_a_drawing

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
        // two threads that both find none put in a cell each, and both draw
        let known = self.sheets.get(region).map(|cell| Arc::clone(&cell));
        let cell = match known {
            Some(cell) => cell,
            None => {
                let cell = Arc::new(OnceCell::new());
                self.sheets.insert(region.to_owned(), Arc::clone(&cell));
                cell
            }
        };
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
