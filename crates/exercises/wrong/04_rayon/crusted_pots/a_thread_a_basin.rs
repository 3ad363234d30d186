// Starts a thread for each basin: it is shared, but by as many threads as there are basins.
// => failed the_last_pots_are_shared

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    std::thread::scope(|scope| {
        for chunk in dishes.chunks(4) {
            let (fill, wash) = (&fill, &wash);
            scope.spawn(move || {
                let mut basin = fill();
                chunk.iter().for_each(|dish| wash(&mut basin, dish));
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
