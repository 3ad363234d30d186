// Binds the permit to `_`, which drops it at once.
// => failed the_oven_is_full_and_never_too_full

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
    let mut tasks = Vec::new();
    for loaf in loaves {
        let _ = oven.acquire().await.expect("nobody closes the oven");
        tasks.push(tokio::spawn(bake(loaf)));
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
