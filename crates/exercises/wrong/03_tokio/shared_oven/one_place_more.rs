// Waits for a place before it sees that no loaf is left.
// => failed who_has_no_loaf_left_waits_for_no_place

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
    let mut loaves = loaves.into_iter();
    loop {
        let place = Arc::clone(oven).acquire_owned().await.expect("the oven is never closed");
        let Some(loaf) = loaves.next() else { break };
        let baking = bake(loaf);
        tasks.push(tokio::spawn(async move {
            let _place = place;
            baking.await
        }));
    }
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.ok());
    }
    out
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
