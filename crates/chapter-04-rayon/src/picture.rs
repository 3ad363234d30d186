//! Work stealing can be seen in a picture.

// ANCHOR: program
use std::env;
use std::error::Error;
use std::io;
use std::panic;
use std::thread::{self, ScopedJoinHandle};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info_span;

use stage::{Canvas, print_work, save};

// ANCHOR: view
/// A part of the Mandelbrot set, and the size of its picture.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The imaginary part at the left edge. It grows to the right.
    pub left: f64,
    /// The real part at the upper edge. It grows downwards, so the set stands
    /// upright.
    pub top: f64,
    /// From one pixel to the next.
    pub step: f64,
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
}

/// The number of steps after which a pixel counts as inside the set.
pub const INSIDE: u16 = 600;

impl View {
    /// The number of steps it takes at this pixel to get out of a circle around
    /// the origin, at most [`INSIDE`].
    pub fn steps(&self, x: usize, y: usize) -> u16 {
        let (real, imaginary) =
            (self.top + self.step * y as f64, self.left + self.step * x as f64);
        let (mut re, mut im) = (0.0, 0.0);
        for steps in 0..INSIDE {
            if re * re + im * im > 4.0 {
                return steps;
            }
            (re, im) = (re * re - im * im + real, 2.0 * re * im + imaginary);
        }
        INSIDE
    }

    /// The whole picture, row by row.
    pub fn draw(&self) -> Vec<u16> {
        self.draw_tile(&Tile {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        })
    }
}
// ANCHOR_END: view

// ANCHOR: tiles
/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
    /// Of its upper left pixel.
    pub x: usize,
    /// Of its upper left pixel.
    pub y: usize,
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
}

/// A tile, and who drew it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Where it belongs.
    pub tile: Tile,
    /// Its pixels, row by row.
    pub steps: Vec<u16>,
    /// The number of the thread that drew it, from 0.
    pub thread: usize,
}

impl View {
    /// Cuts the picture into squares, row by row. Those at the right and at the
    /// bottom may be less.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn tiles(&self, size: usize) -> Vec<Tile> {
        let part = |at, end| size.min(end - at);
        let row = |y| {
            let (width, height) = (self.width, part(y, self.height));
            (0..width).step_by(size).map(move |x| Tile {
                x,
                y,
                width: part(x, width),
                height,
            })
        };
        (0..self.height).step_by(size).flat_map(row).collect()
    }

    /// The pixels of a tile, row by row.
    pub fn draw_tile(&self, tile: &Tile) -> Vec<u16> {
        let row =
            |y| (tile.x..tile.x + tile.width).map(move |x| self.steps(x, y));
        (tile.y..tile.y + tile.height).flat_map(row).collect()
    }

    /// Puts the tiles together: the picture, row by row.
    pub fn assemble(&self, drawn: &[Drawn]) -> Vec<u16> {
        let mut picture = vec![0; self.width * self.height];
        for Drawn { tile, steps, .. } in drawn {
            for (row, steps) in steps.chunks(tile.width).enumerate() {
                let start = (tile.y + row) * self.width + tile.x;
                picture[start..start + tile.width].copy_from_slice(steps);
            }
        }
        picture
    }
}
// ANCHOR_END: tiles

// ANCHOR: bands
/// Each thread draws a band: an equal number of tiles that follow one another.
///
/// # Panics
/// If there are no threads, or if `draw` panics.
pub fn draw_in_bands(
    tiles: &[Tile],
    threads: usize,
    draw: impl Fn(&Tile) -> Vec<u16> + Sync,
) -> io::Result<Vec<Drawn>> {
    let draw = &draw;
    let band_len = tiles.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let mut bands = Vec::new();
        for (thread, band) in tiles.chunks(band_len).enumerate() {
            let drawn =
                move |&tile: &Tile| Drawn { tile, steps: draw(&tile), thread };
            let named = thread::Builder::new().name(format!("band {thread}"));
            bands.push(named.spawn_scoped(scope, move || {
                band.iter().map(drawn).collect()
            })?);
        }
        let join = |band: ScopedJoinHandle<'_, Vec<Drawn>>| {
            band.join()
                .unwrap_or_else(|its_panic| panic::resume_unwind(its_panic))
        };
        Ok(bands.into_iter().flat_map(join).collect())
    })
}
// ANCHOR_END: bands

// ANCHOR: par_draw
/// The threads of the pool draw the tiles, and take from one another what is
/// left.
pub fn par_draw(
    pool: &ThreadPool,
    tiles: &[Tile],
    draw: impl Fn(&Tile) -> Vec<u16> + Sync,
) -> Vec<Drawn> {
    let drawn = |&tile: &Tile| {
        let thread =
            rayon::current_thread_index().expect("install enters the pool");
        Drawn { tile, steps: draw(&tile), thread }
    };
    pool.install(|| tiles.par_iter().map(drawn).collect())
}
// ANCHOR_END: par_draw

// ANCHOR: idle_share
/// The number of steps that each of the threads took.
pub fn work(drawn: &[Drawn], threads: usize) -> Vec<u64> {
    let mut work = vec![0; threads];
    for tile in drawn {
        work[tile.thread] +=
            tile.steps.iter().copied().map(u64::from).sum::<u64>();
    }
    work
}

/// The share of their time that threads wait for the last one, if all steps
/// take equally long and all threads begin together: 0.5 if one of two does
/// everything.
pub fn idle_share(work: &[u64]) -> f64 {
    let most = work.iter().copied().max().unwrap_or(0).max(1);
    1.0 - work.iter().sum::<u64>() as f64 / (most * work.len() as u64) as f64
}
// ANCHOR_END: idle_share

/// Draws the set in bands and by stealing, and writes both pictures into one
/// file.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    let threads = pool.current_num_threads();
    let view = View {
        left: -1.2565,
        top: -2.08,
        step: 0.007,
        width: 360,
        height: 384,
    };
    let tiles = view.tiles(24);
    let draw =
        |tile: &Tile| info_span!("tile").in_scope(|| view.draw_tile(tile));

    let timeline =
        timeline::timeline("a band per thread: who has the lower one is late");
    let bands = draw_in_bands(&tiles, threads, draw)?;
    timeline.draw();
    println!();

    let timeline =
        timeline::timeline("tiles to steal: nobody stands idle for long");
    let stolen = par_draw(&pool, &tiles, draw);
    timeline.draw();

    println!("\n{} tiles; threads: {threads}", tiles.len());
    print_work("a band per thread", &work(&bands, threads), &bands);
    print_work("stealing", &work(&stolen, threads), &stolen);
    let serial = view.draw();
    let equal =
        [&bands, &stolen].iter().all(|drawn| view.assemble(drawn) == serial);
    println!("both pictures equal to the serial one: {equal}");

    let picture =
        Canvas::side_by_side(&view, threads, [&bands, &stolen]).png()?;
    println!(
        "look at it: {}",
        save(&picture, env::var_os("OVERLAP_PICTURES"))?.display()
    );
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
