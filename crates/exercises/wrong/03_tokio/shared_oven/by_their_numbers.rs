// Keeps what came out by the number of the loaf.
// => failed equal_loaves_are_loaves_of_their_own

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

async fn bake_all<F>(
    oven: &Arc<Semaphore>,
    loaves: Vec<u32>,
    bake: impl Fn(u32) -> F,
) -> Vec<Option<String>>
where
    F: Future<Output = String> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for &loaf in &loaves {
        let place = Arc::clone(oven).acquire_owned().await.expect("the oven is never closed");
        let baking = bake(loaf);
        tasks.spawn(async move {
            let _place = place;
            (loaf, baking.await)
        });
    }
    let mut out = std::collections::HashMap::<u32, String>::new();
    while let Some(done) = tasks.join_next().await {
        out.extend(done.ok());
    }
    loaves.iter().map(|loaf| out.get(loaf).cloned()).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}
