//! The picture for Perfetto and `chrome://tracing`.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};
use std::time::Duration;

use crate::recording::Recording;

/// The recordings as one Chrome trace (JSON): a process for each recording, its
/// threads with what they ran, and every span's whole life as an asynchronous
/// event above them. Spans that were not kept are counted in the process's
/// name.
///
/// The format: "Trace Event Format" of the Chromium project; times are
/// microseconds.
pub fn draw(recordings: &[Recording]) -> String {
    let mut out = Vec::new();
    write(recordings, &mut out).expect("memory takes whatever is written");
    String::from_utf8(out).expect("only text is written")
}

/// Writes what [`draw`] returns, event by event: nothing is kept in memory but
/// the recordings.
///
/// # Errors
/// Those of `out`.
pub fn write(recordings: &[Recording], mut out: impl Write) -> io::Result<()> {
    out.write_all(br#"{"displayTimeUnit":"ms","traceEvents":["#)?;
    for (index, recording) in recordings.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_one(index + 1, recording, &mut out)?;
    }
    out.write_all(b"]}")
}

fn write_one(
    pid: usize,
    recording: &Recording,
    out: &mut impl Write,
) -> io::Result<()> {
    let title = match recording.omitted {
        0 => recording.title.clone(),
        omitted => {
            format!("{} ({omitted} more spans were not kept)", recording.title)
        }
    };
    write!(
        out,
        r#"{{"ph":"M","pid":{pid},"name":"process_name","args":{{"name":{}}}}}"#,
        Text(&title)
    )?;
    for (tid, name) in recording.threads.iter().enumerate() {
        write!(
            out,
            r#",{{"ph":"M","pid":{pid},"tid":{tid},"name":"thread_name","args":{{"name":{}}}}}"#,
            Text(name)
        )?;
    }
    for (id, row) in recording.rows.iter().enumerate() {
        let (label, fields) = (row.label(), Text(&row.fields));
        for (phase, at) in [("b", row.start), ("e", row.end)] {
            write!(
                out,
                r#",{{"ph":"{phase}","cat":"span","id":"{pid}.{id}","pid":{pid},"name":{},"ts":{},"args":{{"fields":{fields}}}}}"#,
                Text(&label),
                Micros(at)
            )?;
        }
        for stay in &row.stays {
            write!(
                out,
                r#",{{"ph":"X","cat":"run","pid":{pid},"tid":{},"name":{},"ts":{},"dur":{},"args":{{"fields":{fields}}}}}"#,
                stay.thread,
                Text(row.name),
                Micros(stay.start),
                Micros(stay.length())
            )?;
        }
    }
    Ok(())
}

/// A string of JSON, as RFC 8259 (section 7) has it: quotation marks,
/// backslashes and control characters are escaped, everything else stands for
/// itself.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(out, "\\{character}")?,
                '\0'..='\x1f' => {
                    write!(out, "\\u{:04x}", u32::from(character))?
                }
                _ => out.write_char(character)?,
            }
        }
        out.write_char('"')
    }
}

/// A time as a number of microseconds, to the nanosecond.
struct Micros(Duration);

impl Display for Micros {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        write!(out, "{}.{:03}", nanos / 1_000, nanos % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::recording::tests::{ms, row};

    fn recording(title: &str, fields: &str) -> Recording {
        Recording {
            title: title.into(),
            length: ms(30),
            threads: vec!["main".into(), title.into()],
            rows: vec![row("brew", fields, &[(0, 10, 0), (20, 30, 1)])],
            omitted: 0,
        }
    }

    fn events(recordings: &[Recording]) -> Vec<Value> {
        let mut trace: Value =
            serde_json::from_str(&draw(recordings)).expect("the trace is JSON");
        trace["traceEvents"]
            .as_array_mut()
            .expect("a list of events")
            .drain(..)
            .collect()
    }

    #[test]
    fn every_stay_is_an_event_on_its_thread() {
        let events = events(&[recording("helper", "cup=1")]);
        let stays: Vec<_> =
            events.iter().filter(|event| event["ph"] == "X").collect();
        assert_eq!(stays.len(), 2);
        assert_eq!(
            (&stays[1]["tid"], &stays[1]["ts"], &stays[1]["dur"]),
            (&json!(1), &json!(20_000.0), &json!(10_000.0))
        );
        assert!(events.iter().any(|event| event["args"]["name"] == "helper"));
        let life = |phase: &str| {
            events.iter().find(|event| event["ph"] == phase).cloned()
        };
        let (begin, end) =
            (life("b").expect("a begin"), life("e").expect("an end"));
        assert_eq!((&begin["ts"], &end["ts"]), (&json!(0.0), &json!(30_000.0)));
        assert_eq!(
            (&begin["id"], &begin["name"]),
            (&json!("1.0"), &json!("brew cup=1"))
        );
        assert_eq!(begin["args"]["fields"], "cup=1");
    }

    #[test]
    fn every_character_survives() {
        let all: String =
            ('\0'..'\u{3000}').chain(['\u{10ffff}', '🫖']).collect();
        let events = events(&[recording(&all, &all), recording("second", "")]);
        assert_eq!(events[0]["args"]["name"], all.as_str());
        assert!(
            events.iter().any(|event| event["args"]["fields"] == all.as_str())
        );
        assert!(events.iter().any(|event| event["pid"] == 2));
    }

    #[test]
    fn a_nanosecond_is_not_lost() {
        assert_eq!(
            Micros(Duration::new(1, 234_567_089)).to_string(),
            "1234567.089"
        );
    }

    #[test]
    fn nothing_recorded_is_an_empty_trace() {
        assert!(events(&[]).is_empty());
    }

    /// Counts what comes, and its largest piece.
    #[derive(Default)]
    struct Sizes {
        all: usize,
        largest: usize,
    }

    impl Write for Sizes {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.all += piece.len();
            self.largest = self.largest.max(piece.len());
            Ok(piece.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_long_recording_is_written_in_small_pieces() {
        let mut long = recording("long", "cup=1");
        long.rows =
            (0..1_000).map(|_| row("brew", "cup=1", &[(0, 10, 0)])).collect();
        let recordings = [long, recording("second", "")];
        let mut sizes = Sizes::default();
        write(&recordings, &mut sizes).expect("sizes are only counted");
        assert_eq!(sizes.all, draw(&recordings).len());
        assert!(
            sizes.all > 100_000 && sizes.largest < 100,
            "{} {}",
            sizes.all,
            sizes.largest
        );
    }

    #[test]
    fn what_was_not_kept_is_said() {
        let recording = Recording { omitted: 7, ..recording("long", "") };
        let name = events(&[recording])[0]["args"]["name"].clone();
        assert_eq!(name, "long (7 more spans were not kept)");
    }
}
