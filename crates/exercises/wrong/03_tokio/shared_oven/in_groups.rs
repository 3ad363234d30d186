// Bakes in groups: a place is empty until the slowest loaf of the group is done.
// => failed no_place_is_left_empty

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
    let mut baked = Vec::new();
    for group in loaves.chunks(oven.available_permits().max(1)) {
        let mut tasks = Vec::new();
        for &loaf in group {
            let place = Arc::clone(oven).acquire_owned().await.expect("nobody closes the oven");
            let baking = bake(loaf);
            tasks.push(tokio::spawn(async move {
                let _place = place;
                baking.await
            }));
        }
        for task in tasks {
            baked.push(task.await.ok());
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
