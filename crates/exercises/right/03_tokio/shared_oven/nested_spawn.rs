// A task in a task, to catch the panic (two tasks for a loaf, none waits for a place).

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
        let place = Arc::clone(oven).acquire_owned().await.unwrap();
        let baking = tokio::spawn(bake(loaf));
        handles.push(tokio::spawn(async move {
            let out = baking.await;
            drop(place);
            out.ok()
        }));
    }
    let mut baked = Vec::new();
    for handle in handles { baked.push(handle.await.unwrap()); }
    baked
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
