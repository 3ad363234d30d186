use super::*;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use witness::{PATIENT, within};

/// A connection, and the first line that a server says on it.
fn greeted(port: u16) -> io::Result<(BufReader<TcpStream>, String)> {
    let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut connection = BufReader::new(connection);
    let mut greeting = String::new();
    connection.read_line(&mut greeting)?;
    Ok((connection, greeting))
}

/// What a server replies to who says this token.
fn replied(port: u16, token: &str) -> String {
    let (mut connection, _) = greeted(port).expect("it listens");
    let hello =
        format!("CONNECT {{\"verbose\":false,\"auth_token\":{token:?}}}\r\n");
    let asked = format!("{hello}PING\r\n");
    connection.get_mut().write_all(asked.as_bytes()).expect("it is open");
    let mut reply = String::new();
    connection.read_line(&mut reply).expect("it replies");
    reply
}

#[test]
fn a_server_has_jetstream_and_lets_in_only_who_knows_its_token() {
    within(PATIENT, || {
        let Some(server) = Server::for_test() else { return };
        let (_, greeting) = greeted(server.port).expect("it listens");
        assert!(greeting.contains("\"jetstream\":true"), "{greeting}");
        assert_eq!(replied(server.port, server.token()), "PONG\r\n");
        let refused = replied(server.port, "another");
        assert!(refused.contains("Authorization"), "{refused}");
        assert!(server.url().ends_with(&format!("127.0.0.1:{}", server.port)));
    });
}

#[test]
fn a_killed_server_comes_back_on_its_port_and_knows_its_token() {
    within(PATIENT, || {
        let Some(mut server) = Server::for_test() else { return };
        let port = server.port;
        server.kill();
        assert!(greeted(port).is_err(), "nobody listens");
        server.start_again().expect("its port is free");
        assert_eq!(server.port, port);
        assert_eq!(replied(port, server.token()), "PONG\r\n");
        assert!(server.folder.path().join("store").is_dir());
    });
}

#[test]
fn a_panic_ends_the_server_and_removes_its_folder() {
    within(PATIENT, || {
        let Some(server) = Server::for_test() else { return };
        let (port, folder) = (server.port, server.folder.path().to_owned());
        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _server = server;
            std::panic::resume_unwind(Box::new("on purpose"));
        }));
        assert!(panicked.is_err());
        assert!(greeted(port).is_err() && !folder.exists());
    });
}

#[test]
fn two_servers_have_two_ports_and_two_tokens() {
    within(PATIENT, || {
        let Some(one) = Server::for_test() else { return };
        let two = Server::start().expect("it is installed");
        assert_ne!(one.port, two.port);
        assert_ne!(one.token, two.token);
    });
}

#[test]
fn a_server_that_does_not_start_says_why() {
    within(PATIENT, || {
        let Some(server) = Server::for_test() else { return };
        let folder = tempfile::tempdir().expect("a folder can be made");
        let again =
            launch(&server.program, folder.path(), server.port, "x", "");
        let why = again.expect_err("the port is taken").to_string();
        assert!(why.contains("in use"), "{why}");
    });
}

/// The process of the test below: this very test program.
#[test]
#[ignore = "the test below starts it, as a process"]
fn a_program_that_is_killed() {
    if std::env::var_os(KILLED).is_none() {
        return;
    }
    let server = Server::start().expect("it is installed");
    println!("has {} {}", server.port, server.folder.path().display());
    // Until the test is gone, too.
    let _ = io::stdin().read_line(&mut String::new());
    process::abort();
}

/// Set where the test has started it.
const KILLED: &str = "OWN_NATS_KILLED";

#[test]
#[cfg(unix)]
fn a_killed_program_leaves_no_server_and_no_folder() {
    within(PATIENT, || {
        if installed_for_test().is_none() {
            return;
        }
        let program = std::env::current_exe().expect("it has a path");
        let mut program = Command::new(program)
            .args(["--exact", "tests::a_program_that_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(KILLED, "yes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let said = program.stdout.take().expect("it is a pipe");
        let has = BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("has ")?.1.to_owned()));
        program.kill().expect("it runs");
        program.wait().expect("it is ours");
        let has = has.expect("it has a server");
        let (port, folder) = has.split_once(' ').expect("both are there");
        let port = port.parse().expect("it is a number");
        while greeted(port).is_ok() || Path::new(folder).exists() {
            thread::sleep(Duration::from_millis(10));
        }
    });
}

#[test]
fn a_setting_that_is_none_is_named() {
    within(PATIENT, || {
        if installed_for_test().is_none() {
            return;
        }
        let started = Server::start_with("nonsense: 1").map(|_| ());
        let why = started.expect_err("there is no such setting").to_string();
        assert!(why.contains("nonsense"), "{why}");
    });
}

#[test]
fn a_server_is_looked_for_in_the_path() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let name = format!("nats-server{}", std::env::consts::EXE_SUFFIX);
    let program = folder.path().join(name);
    assert_ne!(found(folder.path().as_os_str()), Some(program.clone()));
    fs::write(&program, "").expect("the folder can be written");
    assert_eq!(found(folder.path().as_os_str()), Some(program));
}

#[test]
fn what_is_missing_is_said_in_one_line_with_how_to_get_it() {
    let said = Error::Missing.to_string();
    assert!(said.contains("apt install nats-server") && !said.contains('\n'));
}

/// The process of the test below: this very test program.
#[test]
#[ignore = "the test below starts it, as a process"]
fn a_program_that_needs_a_server() {
    Server::start_or_exit();
}

#[test]
fn without_a_server_a_program_says_so_in_a_line_and_ends_with_2() {
    let program = std::env::current_exe().expect("it has a path");
    let ended = Command::new(program)
        .args(["--exact", "tests::a_program_that_needs_a_server"])
        .args(["--ignored", "--nocapture"])
        .env("NATS_SERVER", "/nowhere/nats-server")
        .output()
        .expect("it can be started");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert_eq!(said.trim_end(), format!("error: {}", Error::Missing));
}
