// Spawns each piece; the rest goes with the last.

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    let (fill, wash) = (&fill, &wash);
    rayon::scope(|scope| {
        let mut rest = dishes;
        while !rest.is_empty() {
            let (few, others) = rest.split_at(if rest.len() < 8 { rest.len() } else { 4 });
            rest = others;
            scope.spawn(move |_| {
                let mut basin = fill();
                few.iter().for_each(|dish| wash(&mut basin, dish));
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
