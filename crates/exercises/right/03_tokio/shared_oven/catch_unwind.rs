// Catch_unwind in the task, join_all of the handles.

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
    use futures::FutureExt;
    let mut handles = Vec::with_capacity(loaves.len());
    for loaf in loaves {
        let place = oven.clone().acquire_owned().await.unwrap();
        let baking = std::panic::AssertUnwindSafe(bake(loaf)).catch_unwind();
        handles.push(tokio::spawn(baking.map(move |out| {
            drop(place);
            out.ok()
        })));
    }
    futures::future::join_all(handles).await.into_iter().map(|out| out.ok().flatten()).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
