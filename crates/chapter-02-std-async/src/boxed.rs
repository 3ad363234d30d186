//! In a box, futures of many types become one type.
//!
//! That is what `dyn` needs of a trait.

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use crate::async_fn::block_on;
use crate::traits::{Mirror, Source};

// ANCHOR: boxed
/// [`Source`] for `dyn`: every type's future in a box, and so of one type.
pub trait DynSource {
    /// Returns the future of [`Source::fetch`].
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>>;
}

impl<S: Source> DynSource for S {
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(self.fetch(page))
    }
}
// ANCHOR_END: boxed

// ANCHOR: shelf
/// Pages at hand, by name. A page that is not there is empty.
impl Source for BTreeMap<String, String> {
    async fn fetch(&self, page: &str) -> String {
        self.get(page).cloned().unwrap_or_default()
    }
}
// ANCHOR_END: shelf

/// Fetches a page from a list of two types, then compares the sizes of their futures.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mirror = Mirror { takes: Duration::from_millis(30) };
    let shelf = BTreeMap::from([("index".to_owned(), "a page at hand".to_owned())]);

    println!("boxed by hand, in bytes");
    println!("            fetch returns   fetch_boxed returns   in the box");
    print_sizes("mirror", &mirror);
    print_sizes("shelf", &shelf);

    println!("\none list of both");
    let sources: [Box<dyn DynSource>; 2] = [Box::new(mirror), Box::new(shelf)];
    for source in &sources {
        println!("  {:?}", block_on(source.fetch_boxed("index")));
    }
    Ok(())
}

fn print_sizes<S: Source>(name: &str, source: &S) {
    let (native, boxed) = (source.fetch("index"), source.fetch_boxed("index"));
    let [native, pointer, inside] =
        [size_of_val(&native), size_of_val(&boxed), size_of_val(&*boxed)];
    println!("  {name:6} {native:>16} {pointer:>21} {inside:>12}");
}

#[cfg(all(test, not(loom)))]
mod tests;
