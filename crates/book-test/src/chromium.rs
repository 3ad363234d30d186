//! Chromium, driven by the DevTools protocol over a pipe: no port is opened.

use std::error::Error;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What everything may take together, on a machine that is busy with something
/// else. Who waits longer waits for a page or a browser that hangs.
const PATIENT: Duration = Duration::from_secs(900);

/// A browser with one open page. Dropping it ends the browser.
pub(crate) struct Chromium {
    process: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    /// Events that came while an answer was awaited.
    events: Vec<Value>,
    session: Option<String>,
    last_id: u64,
    deadline: Instant,
    _profile: TempDir,
}

/// The browser on this machine: what `CHROMIUM` names, else the first of the
/// usual names that starts.
pub(crate) fn installed() -> Option<OsString> {
    let named = std::env::var_os("CHROMIUM").into_iter();
    let usual = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    named.chain(usual.map(OsString::from)).find(|program| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

impl Chromium {
    /// Starts the browser and opens an empty page.
    pub(crate) fn start(program: &OsString) -> Result<Self, Box<dyn Error>> {
        let profile = tempfile::tempdir()?;
        // The protocol wants the descriptors 3 and 4. A shell gives our two
        // pipes these numbers.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#])
            .arg(program)
            .args(["--headless=new", "--remote-debugging-pipe", "--hide-scrollbars"])
            // A container has no user namespaces for the sandbox. The pages are
            // our own.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            // It would ask its maker for updates otherwise.
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--no-first-run", "--disable-sync", "--disable-extensions"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let requests =
            process.stdin.take().ok_or("the browser has no input")?;
        let mut answers =
            BufReader::new(process.stdout.take().ok_or("it has no output")?);
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while answers
                .read_until(0, &mut message)
                .is_ok_and(|bytes| bytes > 0)
            {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Chromium {
            process,
            requests,
            messages,
            events: Vec::new(),
            session: None,
            last_id: 0,
            deadline: Instant::now() + PATIENT,
            _profile: profile,
        };
        let target = browser
            .call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach)?;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// Calls a method of the protocol and returns its result.
    pub(crate) fn call(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<Value, Box<dyn Error>> {
        self.last_id += 1;
        let mut request =
            json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.requests.write_all(request.to_string().as_bytes())?;
        self.requests.write_all(&[0])?;
        self.requests.flush()?;
        loop {
            let mut message = self.next(method)?;
            if message["id"] != json!(self.last_id) {
                self.events.push(message);
            } else if message.get("error").is_some() {
                return Err(format!("{method}: {}", message["error"]).into());
            } else {
                return Ok(message["result"].take());
            }
        }
    }

    fn next(&mut self, what: &str) -> Result<Value, Box<dyn Error>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.messages.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!(
                "it hangs: after {} s, no answer to {what}",
                PATIENT.as_secs()
            )
            .into(),
            RecvTimeoutError::Disconnected => {
                format!("the browser ended during {what}").into()
            }
        })
    }

    /// Opens an address and waits until the page has loaded.
    pub(crate) fn open(&mut self, address: &str) -> Result<(), Box<dyn Error>> {
        // The load event of the page before must not count.
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
        self.call("Page.navigate", json!({ "url": address }))?;
        while !self
            .events
            .iter()
            .any(|event| event["method"] == "Page.loadEventFired")
        {
            let event = self.next(address)?;
            self.events.push(event);
        }
        Ok(())
    }

    /// The value of an expression on the page; of a promise, what it resolves
    /// to.
    pub(crate) fn evaluate(
        &mut self,
        expression: &str,
    ) -> Result<Value, Box<dyn Error>> {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", params)?;
        if let Some(details) = answer.get("exceptionDetails") {
            return Err(
                format!("a script of the test failed: {details}").into()
            );
        }
        Ok(answer["result"]["value"].take())
    }

    /// Sets the width of the window, as on a screen of that many pixels.
    pub(crate) fn resize(
        &mut self,
        width: u32,
        height: u32,
    ) -> Result<(), Box<dyn Error>> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).map(drop)
    }

    /// Presses a key: `Tab`, `ArrowRight` and the like.
    pub(crate) fn press(
        &mut self,
        key: &str,
        code: u32,
    ) -> Result<(), Box<dyn Error>> {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// The events since the last call.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        self.events.extend(self.messages.try_iter());
        std::mem::take(&mut self.events)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address of a file on this machine.
pub(crate) fn address(file: &Path) -> String {
    format!("file://{}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_never_answers_is_left_and_what_was_asked_is_named() {
        // It reads requests, and its output is nobody's answer.
        let mut process = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("every Unix has it");
        let requests = process.stdin.take().expect("it is a pipe");
        let (_open, messages) = mpsc::channel();
        let mut browser = Chromium {
            process,
            requests,
            messages,
            events: Vec::new(),
            session: None,
            last_id: 0,
            deadline: Instant::now(),
            _profile: tempfile::tempdir()
                .expect("there is a place for temporary files"),
        };
        let error = browser
            .call("Page.printToPDF", json!({}))
            .expect_err("there is no answer");
        assert!(
            error.to_string().contains("no answer to Page.printToPDF"),
            "{error}"
        );
    }
}
