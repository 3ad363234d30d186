//! The picture as a file, and the table of who did how much.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Drawn, INSIDE, View, idle_share, work};

pub(super) fn print_work(way: &str, work: &[u64], drawn: &[Drawn]) {
    println!("  {way:<17} tiles   million steps");
    for (thread, &work) in work.iter().enumerate() {
        let tiles = drawn.iter().filter(|tile| tile.thread == thread).count();
        println!(
            "    thread {thread:<8} {tiles:>5} {:>15.1}",
            work as f64 / 1e6
        );
    }
    println!(
        "    idle if all steps take equally long: {:.0} %",
        idle_share(work) * 100.0
    );
}

/// Writes the picture as `picture.png` into `folder`, or into a new one among
/// the temporary files, and returns its path. An error names its path.
pub(super) fn save(
    picture: &[u8],
    folder: Option<OsString>,
) -> io::Result<PathBuf> {
    let folder = match folder {
        Some(folder) => PathBuf::from(folder),
        None => {
            let new = tempfile::Builder::new().prefix("overlap-").tempdir();
            new.map_err(|error| at(&env::temp_dir(), &error))?.keep()
        }
    };
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    let file = folder.join("picture.png");
    fs::write(&file, picture).map_err(|error| at(&file, &error))?;
    Ok(file)
}

/// The error with the path, which the standard library leaves out.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

pub(super) type Color = [u8; 3];

/// One for each thread, in the timeline's order. After that they begin again.
const TINTS: [Color; 6] = [
    [0x3b, 0x6f, 0xb6],
    [0xd9, 0x8a, 0x1f],
    [0x3d, 0x99, 0x70],
    [0xa0, 0x5f, 0xb4],
    [0x2b, 0x9d, 0xb0],
    [0xc8, 0x50, 0x4b],
];

pub(super) fn tint(thread: usize) -> Color {
    TINTS[thread % TINTS.len()]
}

/// Dark inside the set, and the lighter the nearer to it outside.
pub(super) fn shade(color: Color, steps: u16) -> Color {
    if steps == INSIDE {
        return color.map(|part| part / 2);
    }
    let near = f64::from(steps).ln_1p() / f64::from(INSIDE).ln_1p();
    color.map(|part| (f64::from(part) + (255.0 - f64::from(part)) * near) as u8)
}

/// Red, green, blue and opacity of each pixel, row by row. What nobody paints
/// is transparent.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 4]>,
}

impl Canvas {
    /// Pictures in their threads' tints, and below each how much work each
    /// thread had.
    pub(super) fn side_by_side<const N: usize>(
        view: &View,
        threads: usize,
        ways: [&[Drawn]; N],
    ) -> Self {
        const GAP: usize = 24;
        const BAR: usize = 12;
        let width = (view.width + GAP) * N - GAP;
        let height = view.height + threads * (BAR + 4) + 8;
        let mut canvas =
            Self { width, height, pixels: vec![[0; 4]; width * height] };
        let work = ways.map(|drawn| work(drawn, threads));
        let most = work.iter().flatten().copied().max().unwrap_or(0).max(1);
        for (way, (drawn, work)) in ways.into_iter().zip(work).enumerate() {
            let left = way * (view.width + GAP);
            drawn.iter().for_each(|drawn| canvas.paint(left, drawn));
            for (thread, work) in work.into_iter().enumerate() {
                let length =
                    (work as usize * view.width).div_ceil(most as usize);
                let top = view.height + 8 + thread * (BAR + 4);
                for y in top..top + BAR {
                    (left..left + length)
                        .for_each(|x| canvas.set(x, y, tint(thread)));
                }
            }
        }
        canvas
    }

    fn paint(&mut self, left: usize, drawn: &Drawn) {
        let (tile, color) = (drawn.tile, tint(drawn.thread));
        for (index, &steps) in drawn.steps.iter().enumerate() {
            let (x, y) = (index % tile.width, index / tile.width);
            // A thin edge, or neighbors of one thread would look like one tile.
            let edge = x == 0 || y == 0;
            let color =
                if edge { color.map(|part| part / 3 * 2) } else { color };
            self.set(left + tile.x + x, tile.y + y, shade(color, steps));
        }
    }

    fn set(&mut self, x: usize, y: usize, [red, green, blue]: Color) {
        self.pixels[y * self.width + x] = [red, green, blue, 255];
    }

    pub(super) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let [width, height] = [self.width, self.height]
            .map(|size| u32::try_from(size).expect("it is in memory"));
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(file)
    }
}
