// Tries every 10 ms to get a place instead of waiting in the queue of the semaphore: unfair, late.
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
    let mut handles = Vec::new();
    for loaf in loaves {
        let place = loop {
            match Arc::clone(oven).try_acquire_owned() {
                Ok(place) => break place,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        };
        let baking = bake(loaf);
        handles.push(tokio::spawn(async move { let out = baking.await; drop(place); out }));
    }
    let mut baked = Vec::new();
    for handle in handles { baked.push(handle.await.ok()); }
    baked
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
