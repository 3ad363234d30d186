// The place comes back with the loaf, when the baker is polled.
// => failed a_baker_who_sleeps_keeps_no_place

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

async fn bake_all<F>(
    oven: &Arc<Semaphore>,
    loaves: Vec<u32>,
    bake: impl Fn(u32) -> F,
) -> Vec<Option<String>>
where
    F: Future<Output = String> + Send + 'static,
{
    let mut tasks: JoinSet<(usize, String, OwnedSemaphorePermit)> = JoinSet::new();
    let mut out = vec![None; loaves.len()];
    for (nth, loaf) in loaves.into_iter().enumerate() {
        let mut waiting = std::pin::pin!(Arc::clone(oven).acquire_owned());
        let place = loop {
            tokio::select! {
                place = &mut waiting => break place.expect("the oven is never closed"),
                Some(done) = tasks.join_next() => {
                    if let Ok((nth, bread, _place)) = done {
                        out[nth] = Some(bread);
                    }
                }
            }
        };
        let baking = bake(loaf);
        tasks.spawn(async move { (nth, baking.await, place) });
    }
    while let Some(done) = tasks.join_next().await {
        if let Ok((nth, bread, _place)) = done {
            out[nth] = Some(bread);
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
