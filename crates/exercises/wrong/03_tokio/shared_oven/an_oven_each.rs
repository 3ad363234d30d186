// Makes a semaphore of its own: with two bakers the oven is too full.
// => failed bakers_share_the_oven

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
    let own = Arc::new(Semaphore::new(oven.available_permits().max(1)));

    let mut tasks = Vec::new();
    for loaf in loaves {
        let place = Arc::clone(&own).acquire_owned().await.expect("nobody closes it");
        let baking = bake(loaf);
        tasks.push(tokio::spawn(async move {
            let _place = place;
            baking.await
        }));
    }

    let mut baked = Vec::new();
    for task in tasks {
        baked.push(task.await.ok());
    }
    baked
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
