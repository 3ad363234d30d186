//! A folder of letters, on a drive far away.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tracing::info_span;

use super::{Drive, Listing};

/// The file system, with a pause before each listing, as on a drive far away.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlowDrive {
    /// The length of each pause.
    pub(super) pause: Duration,
}

impl Drive for SlowDrive {
    fn list(&self, folder: &Path) -> io::Result<Listing> {
        info_span!("list", folder = name(folder)).in_scope(|| {
            thread::sleep(self.pause);
            let mut listing = Listing::default();
            for entry in
                fs::read_dir(folder).map_err(|error| at(folder, &error))?
            {
                let entry = entry?;
                let is_folder = entry.file_type()?.is_dir();
                if is_folder {
                    &mut listing.folders
                } else {
                    &mut listing.files
                }
                .push(entry.path());
            }
            // The system has its own order.
            listing.folders.sort();
            listing.files.sort();
            Ok(listing)
        })
    }

    fn words(&self, file: &Path) -> io::Result<u64> {
        info_span!("count", file = name(file)).in_scope(|| {
            let text =
                fs::read_to_string(file).map_err(|error| at(file, &error))?;
            Ok(text.split_whitespace().count() as u64)
        })
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
}

/// The error with the path, which the standard library leaves out.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

/// Four years of letters, two to a year.
pub(super) fn write_letters(folder: &Path) -> io::Result<()> {
    for year in 1840..1844 {
        let folder = folder.join(year.to_string());
        fs::create_dir_all(&folder)?;
        for month in ["may", "june"] {
            let file = folder.join(format!("{month}-{year}.txt"));
            fs::write(
                file,
                "My dear Ada, the Engine is not finished. ".repeat(25_000),
            )?;
        }
    }
    Ok(())
}
