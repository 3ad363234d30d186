// One run of pages for each scribe, rounded up: three of four scribes copy five pages.
// => failed all_scribes_copy_at_the_same_time_and_nobody_else_does

use futures::executor::block_on;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn copy<P, C>(
    scribes: &ThreadPool,
    book: Vec<P>,
    copy: impl Fn(&P) -> C + Send + Sync + 'static,
) -> Vec<C>
where
    P: Send + Sync + 'static,
    C: Send + 'static,
{
    let (tell, told) = oneshot::channel::<Vec<C>>();
    let run = book.len().div_ceil(scribes.current_num_threads()).max(1);
    scribes.spawn(move || {
        let copies: Option<Vec<C>> = book
            .par_iter()
            .with_min_len(run)
            .map(|page| if tell.is_closed() { None } else { Some(copy(page)) })
            .collect();
        drop(book);
        if let Some(copies) = copies {
            let _ = tell.send(copies);
        }
    });
    told.await.expect("the scribes copy all of it")
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let scribes = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let book = vec!["in the beginning", "a long journey", "the end"];
        println!("{:?}", block_on(copy(&scribes, book, |page| page.to_uppercase())));
    });
}
