// Queues anew for its next place whenever one of its loaves has come out.
// => failed who_waits_keeps_their_place_in_the_queue

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

async fn bake_all<F>(
    oven: &Arc<Semaphore>,
    loaves: Vec<u32>,
    bake: impl Fn(u32) -> F,
) -> Vec<Option<String>>
where
    F: Future<Output = String> + Send + 'static,
{
    let mut tasks: JoinSet<(usize, String)> = JoinSet::new();
    let mut out = vec![None; loaves.len()];
    let mut left = loaves.into_iter().enumerate().peekable();
    while left.peek().is_some() || !tasks.is_empty() {
        tokio::select! {
            place = Arc::clone(oven).acquire_owned(), if left.peek().is_some() => {
                let place = place.expect("the oven is never closed");
                if let Some((nth, loaf)) = left.next() {
                    let baking = bake(loaf);
                    tasks.spawn(async move {
                        let _place = place;
                        (nth, baking.await)
                    });
                }
            }
            Some(done) = tasks.join_next() => {
                if let Ok((nth, bread)) = done {
                    out[nth] = Some(bread);
                }
            }
        }
    }
    out
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
