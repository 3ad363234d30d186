// Leaves a note in the map, `None`, that somebody draws, and the others ask again and again: if that one gives up, the note stays.
// => failed if_one_gives_up_the_next_one_draws

use dashmap::DashMap;
use std::sync::Arc;
use tokio::sync::OnceCell;

type Sheet = Arc<str>;

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Option<Sheet>>,
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        loop {
            match self.sheets.entry(region.to_owned()) {
                dashmap::Entry::Occupied(found) => {
                    if let Some(sheet) = found.get() {
                        return Ok(Arc::clone(sheet));
                    }
                }
                dashmap::Entry::Vacant(free) => {
                    free.insert(None);
                    break;
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let sheet = draw.await;
        match &sheet {
            Ok(sheet) => self.sheets.insert(region.to_owned(), Some(Arc::clone(sheet))),
            Err(_) => self.sheets.remove(region).map(|(_, note)| note),
        };
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
