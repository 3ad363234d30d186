//! The command `serve`: the search as a page.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::HumanCount;
use tokio::net::TcpListener;

use super::arguments::ServeArguments;
use super::terminal::say;
use super::{Built, Failed, INTERRUPTED, Session, print};
use crate::program::index::Index;
use crate::program::run::bridge::Bridge;
use crate::program::run::{self, Threads};
use crate::program::serve::{SearchServer, bind};

/// Serves an index until Ctrl-C, and then answers what was asked before.
pub(super) fn serve(arguments: &ServeArguments) -> Result<ExitCode, Failed> {
    // A port that is taken is better known before the work than after it.
    let port = arguments.port;
    let listener = bind(port).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is taken; choose another with --port")
        }
        _ => format!("cannot open port {port}: {error}"),
    })?;
    let session = Session::new()?;
    let index = match &arguments.index {
        Some(file) => Index::load(file)?,
        None => {
            let Built { index, report, interrupted } =
                session.build(&arguments.from, true, run::run)?;
            if interrupted {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            if report.failed > 0 {
                let failed = report.failed;
                say(format_args!(
                    "{failed} documents failed and are not served; `index` lists them"
                ));
            }
            index
        }
    };
    if index.documents().is_empty() {
        return Err("no document is in the index".into());
    }
    if session.interrupt.nothing_is_left_to_do() {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let documents = HumanCount(index.documents().len() as u64);
    let address = listener.local_addr()?;
    let stop = session
        .interrupt
        .run_begins("ending (Ctrl-C again leaves immediately)");
    print(|out| {
        writeln!(
            out,
            "serving {documents} documents at http://{address}/ (Ctrl-C ends it)"
        )
    })?;
    let bridge = Bridge::new(Threads::available().rayon)?;
    let server =
        SearchServer::new(index, &arguments.reader.language(), bridge, address);
    session.runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        Arc::new(server).run(listener, stop).await;
        Ok(ExitCode::from(INTERRUPTED))
    })
}
