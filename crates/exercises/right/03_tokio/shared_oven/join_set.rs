// A `JoinSet`, and the place of each task in the list.

use std::sync::Arc;
use tokio::sync::Semaphore;

async fn bake_all<F>(
    oven: &Arc<Semaphore>,
    loaves: Vec<u32>,
    bake: impl Fn(u32) -> F,
) -> Vec<Option<String>>
where
    F: Future<Output = String> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    let mut baked = vec![None; loaves.len()];
    for (nth, loaf) in loaves.into_iter().enumerate() {
        let place = Arc::clone(oven).acquire_owned().await.expect("nobody closes the oven");
        let baking = bake(loaf);
        tasks.spawn(async move {
            let _place = place;
            (nth, baking.await)
        });
    }
    while let Some(end) = tasks.join_next().await {
        if let Ok((nth, loaf)) = end {
            baked[nth] = Some(loaf);
        }
    }
    baked
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
