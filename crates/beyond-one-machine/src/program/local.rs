//! Workers of one's own: processes on this machine that end with this one.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chapter_06_pipeline::cli::say;
use chapter_06_pipeline::program::source::Source;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::process::{Child, Command};

use super::connection::Address;

/// The environment variable with the URL of the server. What stands there is
/// seen by nobody else, as a command line is.
pub const ENVIRONMENT: &str = "BEYOND_NATS";
/// The environment variable with the name of a file: the certificate of whoever
/// vouches for the server.
pub const CA: &str = "BEYOND_CA";

/// How often workers are started again that have ended.
const STARTED_AGAIN: usize = 10;
/// Until one is.
const PAUSE: Duration = Duration::from_millis(200);

/// Workers on this machine. Dropped, they are killed; if this process is
/// killed, they notice that nobody holds the other end of their input.
pub struct Workers {
    children: Vec<Child>,
    again: Box<dyn Fn() -> io::Result<Child> + Send + Sync>,
}

impl Workers {
    /// Starts workers for a server. They may read the files among the sources,
    /// and what stands beside them.
    ///
    /// # Errors
    /// If a process cannot be started.
    pub fn start(
        count: usize,
        threads: usize,
        address: &Address,
        sources: &[Source],
    ) -> io::Result<Workers> {
        let this = std::env::current_exe()?;
        let folder = common_folder(sources);
        let url = address.secret();
        let ca = address.ca().map(Path::to_owned);
        let again = move || {
            let mut command = Command::new(&this);
            command
                .args(["work", "--with-its-parent", "--threads"])
                .arg(threads.to_string())
                .env(ENVIRONMENT, &url)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .kill_on_drop(true);
            match &ca {
                Some(ca) => command.env(CA, ca),
                // Ours may be of another server.
                None => command.env_remove(CA),
            };
            if let Some(folder) = &folder {
                command.arg("--files").arg(folder);
            }
            command.spawn()
        };
        let children =
            (0..count).map(|_| again()).collect::<io::Result<Vec<_>>>()?;
        Ok(Workers { children, again: Box::new(again) })
    }

    /// Starts again what ends, for as long as it is polled. Returns if that
    /// happens again and again.
    pub async fn keep(mut self) -> io::Error {
        let mut running: FuturesUnordered<_> =
            self.children.drain(..).map(ended).collect();
        let mut again = 0;
        while let Some(status) = running.next().await {
            again += 1;
            if again > STARTED_AGAIN {
                break;
            }
            say(format_args!(
                "a local worker has ended ({status}); another one is started"
            ));
            tokio::time::sleep(PAUSE).await;
            match (self.again)() {
                Ok(child) => running.push(ended(child)),
                Err(error) => return error,
            }
        }
        if again == 0 {
            // There are none, and nothing to keep.
            std::future::pending::<()>().await;
        }
        io::Error::other("the local workers end again and again")
    }
}

async fn ended(mut child: Child) -> String {
    // Held until it has ended: to wait for a child closes its input, by which
    // it would know that we have ended.
    let _input = child.stdin.take();
    match child.wait().await {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}

/// The nearest folder that all files among the sources are in.
fn common_folder(sources: &[Source]) -> Option<std::path::PathBuf> {
    let mut folders = sources.iter().filter_map(|source| match source {
        Source::File(path) => path.parent(),
        Source::Url(_) => None,
    });
    let mut common = folders.next()?;
    for folder in folders {
        while !folder.starts_with(common) {
            common = common.parent().unwrap_or(Path::new("/"));
        }
    }
    Some(common.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_a_folder_in_common() {
        let files = |paths: &[&str]| {
            let files = paths.iter().map(|path| Source::File(path.into()));
            common_folder(&files.collect::<Vec<_>>())
        };
        assert_eq!(files(&[]), None);
        assert_eq!(files(&["/a/b/c"]), Some("/a/b".into()));
        assert_eq!(files(&["/a/b/c", "/a/bc/d"]), Some("/a".into()));
        assert_eq!(files(&["/a/b/c", "/d/e"]), Some("/".into()));
    }
}
