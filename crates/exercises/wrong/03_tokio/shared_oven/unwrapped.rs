// Unwraps what a task returned: one panic takes all loaves with it.
// => failed a_loaf_that_burns_gives_back_its_place

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
        let place = Arc::clone(oven).acquire_owned().await.expect("nobody closes the oven");
        let baking = bake(loaf);
        tasks.push(tokio::spawn(async move {
            let _place = place;
            baking.await
        }));
    }

    let mut baked = Vec::new();
    for task in tasks {
        baked.push(Some(task.await.unwrap()));
    }
    baked
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
