//! The Rust documentation that rustup installs with a toolchain.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::generate::Generator;
use crate::site::{Files, Site, SiteError};

/// The folders of the Rust documentation that [`Site::rust_docs`] serves: five
/// books, some 1,770 pages and 66 MB. The rest, mostly the standard library's
/// reference, is ten times that.
pub const DEFAULT_RUST_DOCS: [&str; 5] =
    ["book", "rust-by-example", "reference", "nomicon", "cargo"];

/// Styles and scripts of the reference pages; the books have their own.
const STATIC_FILES: &str = "static.files";

impl Site {
    /// The Rust documentation installed with the toolchain:
    /// [`DEFAULT_RUST_DOCS`]. `RUSTC` names another compiler, as it does for
    /// Cargo.
    ///
    /// # Errors
    /// [`SiteError::NoToolchain`] and [`SiteError::NoRustDocs`] where there is
    /// none.
    pub fn rust_docs() -> Result<Self, SiteError> {
        Self::rust_docs_of(&DEFAULT_RUST_DOCS)
    }

    /// Where the folders of [`DEFAULT_RUST_DOCS`] stand on this disk, for those
    /// who read the files themselves.
    ///
    /// # Errors
    /// As [`Site::rust_docs`].
    pub fn rust_docs_folders() -> Result<Vec<PathBuf>, SiteError> {
        let root = folder()?;
        Ok(DEFAULT_RUST_DOCS.iter().map(|name| root.join(name)).collect())
    }

    /// Some folders of the Rust documentation, such as `["std",
    /// "edition-guide"]`.
    ///
    /// # Errors
    /// As [`Site::rust_docs`], and [`SiteError::NoFolder`] for a folder that is
    /// not there.
    pub fn rust_docs_of(
        folders: &[impl AsRef<str>],
    ) -> Result<Self, SiteError> {
        let root = folder()?;
        let names: Vec<&str> = folders.iter().map(AsRef::as_ref).collect();
        let mut files = Files::new(format!(
            "the Rust documentation ({})",
            names.join(", ")
        ));
        for name in names {
            files.add_child(&root, name)?;
        }
        if root.join(STATIC_FILES).is_dir() {
            files.add_child(&root, STATIC_FILES)?;
        }
        Ok(Self::of_files(files))
    }

    /// All of the Rust documentation: tens of thousands of pages, most of a
    /// gigabyte.
    ///
    /// # Errors
    /// As [`Site::rust_docs`].
    pub fn all_rust_docs() -> Result<Self, SiteError> {
        let root = folder()?;
        let mut files = Files::new("all of the Rust documentation".to_owned());
        files.add(&root, &root)?;
        Ok(Self::of_files(files))
    }

    /// The most real site this machine has: the Rust documentation, or else
    /// generated pages. [`Site::describe`] says which.
    #[must_use]
    pub fn best() -> Self {
        Self::rust_docs()
            .unwrap_or_else(|_| Self::generated(Generator::default()))
    }
}

/// The folder that holds the documentation of the toolchain in use here.
fn folder() -> Result<PathBuf, SiteError> {
    folder_of(
        std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")),
    )
}

fn folder_of(rustc: OsString) -> Result<PathBuf, SiteError> {
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// A script cannot be run while a child of another test, not yet started,
    /// still holds it open for writing: "text file busy". So these tests run
    /// one at a time.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn a_compiler_that_is_not_there_is_named() {
        let _alone = alone();
        let error = folder_of("/no/such/rustc".into())
            .expect_err("there is no such compiler");
        assert!(matches!(error, SiteError::NoToolchain { .. }), "{error:?}");
        assert!(error.to_string().contains("/no/such/rustc"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn a_compiler_that_fails_is_quoted() {
        let _alone = alone();
        let (_folder, rustc) =
            script("echo 'toolchain is not installed' >&2; exit 1");
        let error = folder_of(rustc).expect_err("it fails");
        assert!(matches!(error, SiteError::NoToolchain { .. }), "{error:?}");
        assert!(
            error.to_string().contains("toolchain is not installed"),
            "{error}"
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_toolchain_without_documentation_says_how_to_get_it() {
        let _alone = alone();
        let (folder, rustc) = script("dirname \"$0\"");
        let error = folder_of(rustc.clone()).expect_err("nothing is installed");
        assert!(matches!(error, SiteError::NoRustDocs { .. }), "{error:?}");
        assert!(
            error.to_string().contains("rustup component add rust-docs"),
            "{error}"
        );

        let docs = folder.path().join("share/doc/rust/html");
        std::fs::create_dir_all(&docs).expect("a temporary folder is writable");
        assert_eq!(folder_of(rustc).expect("it is installed now"), docs);
    }

    /// A compiler of one line, in a folder of its own.
    #[cfg(unix)]
    fn script(line: &str) -> (tempfile::TempDir, OsString) {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a temporary folder");
        let rustc = folder.path().join("rustc");
        std::fs::write(&rustc, format!("#!/bin/sh\n{line}\n"))
            .expect("it is writable");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&rustc, executable).expect("it is ours");
        (folder, rustc.into())
    }
}
