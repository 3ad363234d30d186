//! The Rust documentation that rustup installs with a toolchain.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::site::SiteError;

/// The folders of the Rust documentation that [`Site::rust_docs`](crate::Site::rust_docs) serves:
/// five books, some 1,770 pages and 66 MB. The rest, mostly the standard library's reference, is
/// ten times that.
pub const DEFAULT_RUST_DOCS: [&str; 5] =
    ["book", "rust-by-example", "reference", "nomicon", "cargo"];

/// The folder that holds the documentation of the toolchain in use here.
pub(crate) fn folder() -> Result<PathBuf, SiteError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let failed = |reason: String| SiteError::NoToolchain {
        rustc: rustc.clone(),
        reason,
    };
    let output = Command::new(&rustc)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    let sysroot = String::from_utf8_lossy(&output.stdout);
    let folder = PathBuf::from(sysroot.trim()).join("share/doc/rust/html");
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(SiteError::NoRustDocs { folder })
    }
}
