// After a failure whoever is asked first draws, be it somebody who has just come.
// => failed who_comes_later_does_not_draw_first

use dashmap::DashMap;
use std::sync::Arc;

type Sheet = Arc<str>;
use std::sync::Mutex;
use tokio::sync::Notify;

#[derive(Default)]
struct Place {
    drawing: bool,
    sheet: Option<Sheet>,
}

#[derive(Default)]
struct Cell {
    place: Mutex<Place>,
    change: Notify,
}

#[derive(Default)]
struct Atlas {
    sheets: DashMap<String, Arc<Cell>>,
}

struct Drawing<'a>(&'a Cell);

impl Drop for Drawing<'_> {
    fn drop(&mut self) {
        let mut place = self.0.place.lock().unwrap();
        place.drawing = false;
        let there = place.sheet.is_some();
        drop(place);
        if there {
            self.0.change.notify_waiters();
        } else {
            self.0.change.notify_one();
        }
    }
}

impl Cell {
    /// Some sheet, or the right to draw, or neither.
    fn look(&self) -> (Option<Sheet>, Option<Drawing<'_>>) {
        let mut place = self.place.lock().unwrap();
        if let Some(sheet) = &place.sheet {
            return (Some(Arc::clone(sheet)), None);
        }
        if place.drawing {
            return (None, None);
        }
        place.drawing = true;
        (None, Some(Drawing(self)))
    }
}

impl Atlas {
    async fn sheet<E>(
        &self,
        region: &str,
        draw: impl Future<Output = Result<Sheet, E>>,
    ) -> Result<Sheet, E> {
        let cell = Arc::clone(&*self.sheets.entry(region.to_owned()).or_default());
        let right = loop {
            let mut change = std::pin::pin!(cell.change.notified());
            change.as_mut().enable();
            match cell.look() {
                (Some(sheet), _) => return Ok(sheet),
                (None, Some(right)) => break right,
                (None, None) => change.await,
            }
        };
        let sheet = draw.await?;
        cell.place.lock().unwrap().sheet = Some(Arc::clone(&sheet));
        drop(right);
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
