// Asks for the place within the task: all tasks are there at once.
// => failed no_task_waits_for_a_place

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
        let oven = Arc::clone(oven);
        let baking = bake(loaf);
        tasks.push(tokio::spawn(async move {
            let _place = oven.acquire().await.expect("nobody closes the oven");
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
