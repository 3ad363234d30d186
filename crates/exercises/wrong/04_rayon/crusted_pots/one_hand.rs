// Washes everything in one basin, one dish after another.
// => failed the_last_pots_are_shared

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    let mut basin = fill();
    dishes.iter().for_each(|dish| wash(&mut basin, dish));
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
