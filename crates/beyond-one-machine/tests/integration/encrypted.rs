//! An encrypted connection: the server is known by a certificate of a CA of
//! one's own, and nothing is said before it is known.
//!
//! `openssl` makes the certificates, in a folder of the test. Where it is not
//! installed, a test says in a line that it was left out.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use own_nats::Server;

use super::stage::{
    Process, Task, beyond, folder, made, refused, site_with_faults,
};

/// Runs `openssl` in a folder; says why that cannot be done.
fn openssl(folder: &Path, arguments: &str) -> Result<(), String> {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(arguments.split(' '));
    let output = openssl.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("openssl: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A CA, another one, and a server's certificate that is of the first one.
fn certificates(folder: &Path) -> Result<(), String> {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for ca in ["ca", "other"] {
        openssl(
            folder,
            &format!(
                "req -x509 {key} -keyout {ca}.key -out {ca}.pem -days 2 -subj /CN={ca}"
            ),
        )?;
    }
    openssl(
        folder,
        &format!(
            "req {key} -keyout server.key -out server.csr -subj /CN=server"
        ),
    )?;
    // By this the client knows that it is the one that it has asked for.
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\n")
        .map_err(|error| error.to_string())?;
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    )
}

/// A server that wants encrypted connections, and its address; nothing where a
/// program is missing.
fn server(folder: &Path) -> Option<(Server, String)> {
    own_nats::installed_for_test()?;
    if let Err(why) = certificates(folder) {
        eprintln!("left out, for there are no certificates: {}", why.trim());
        return None;
    }
    let settings = format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, timeout: 30 }}",
        folder.join("server.pem"),
        folder.join("server.key"),
    );
    let server = Server::start_with(&settings).expect("it is installed");
    let host = server.url().replace("nats://", "");
    let address = format!("tls://{}@{host}", server.token());
    Some((server, address))
}

#[test]
fn over_an_encrypted_connection_the_index_is_the_same() {
    let certificates = folder();
    let Some((_server, address)) = server(certificates.path()) else { return };
    let ca = certificates.path().join("ca.pem");
    let origin = site_with_faults(12);
    let task = Task::of(&origin);
    let expected = task.by_chapter_6();
    let folder = folder();
    let mut work = beyond("work", &address);
    work.env("BEYOND_CA", &ca).args(["--jobs", "4", "--threads", "1"]);
    let _worker = Process::start(work);
    let mut command = task.coordinator(&address, folder.path());
    // And a worker of its own, to which it passes that on.
    command.arg("--ca").arg(&ca).args(["--workers", "1"]);
    let output = Process::start(command).output("the coordinator");
    made(&output, folder.path()).assert_is(&expected, "encrypted");
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused_in_a_line() {
    let folder = folder();
    let Some((server, address)) = server(folder.path()) else { return };
    let with_ca = |address: &str, name: &str| {
        let mut work = beyond("work", address);
        work.arg("--ca").arg(folder.path().join(name));
        refused(work)
    };
    // By the system's, which know nothing of it, and by another CA.
    for said in [
        refused(beyond("work", &address)),
        refused(beyond("work", &address.replace("tls://", "nats://"))),
        with_ca(&address, "other.pem"),
    ] {
        assert!(said.contains("no encrypted connection"), "{said}");
        assert!(said.contains("--ca FILE"), "{said}");
        assert!(!said.contains(server.token()), "{said}");
    }
    let said = with_ca(&address, "nowhere.pem");
    assert!(said.contains("nowhere.pem cannot be read"), "{said}");
    // The certificate is for an address, and not for this name of it.
    let named = address.replace("127.0.0.1", "localhost");
    let said = with_ca(&named, "ca.pem");
    assert!(said.contains("no encrypted connection"), "{said}");
}

#[test]
fn a_server_that_does_not_encrypt_is_refused_where_that_is_asked_for() {
    let Some(server) = Server::for_test() else { return };
    let folder = folder();
    if let Err(why) = certificates(folder.path()) {
        eprintln!("left out, for there are no certificates: {}", why.trim());
        return;
    }
    let address = |scheme: &str| {
        let host = server.url().replace("nats://", "");
        format!("{scheme}://{}@{host}", server.token())
    };
    let ca = folder.path().join("ca.pem");
    let mut with_ca = beyond("work", &address("nats"));
    with_ca.arg("--ca").arg(ca);
    for command in [beyond("work", &address("tls")), with_ca] {
        let said = refused(command);
        assert!(said.contains("no encrypted connection"), "{said}");
    }
}
