// Threads of its own take one four after the other: the pool has nothing to do.
// => failed the_last_pots_are_shared

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    let whole = (dishes.len() / 4).saturating_sub(1) * 4;
    let (front, last) = dishes.split_at(whole);
    let pieces = front.chunks_exact(4).chain((!last.is_empty()).then_some(last));
    let pieces = std::sync::Mutex::new(pieces);
    std::thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| {
                let next = || pieces.lock().expect("no panic").next();
                while let Some(piece) = next() {
                    let mut basin = fill();
                    piece.iter().for_each(|dish| wash(&mut basin, dish));
                }
            });
        }
    });
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
