//! The picture for Perfetto and `chrome://tracing`.

use std::time::Duration;

use serde_json::{Value, json};

use super::model::Recording;

/// The recordings as one Chrome trace (JSON): a process for each recording, its threads with what
/// they ran, and every span's whole life as an asynchronous event above them.
///
/// The format: "Trace Event Format" of the Chromium project; times are microseconds.
pub fn draw(recordings: &[Recording]) -> String {
    let mut events = Vec::new();
    for (index, recording) in recordings.iter().enumerate() {
        let pid = index + 1;
        events.push(json!({
            "ph": "M", "pid": pid, "name": "process_name", "args": { "name": recording.title },
        }));
        for (tid, name) in recording.threads.iter().enumerate() {
            events.push(json!({
                "ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": { "name": name },
            }));
        }
        for (id, row) in recording.rows.iter().enumerate() {
            let fields = json!({ "fields": row.fields });
            let life = |phase: &str, at: Duration| -> Value {
                json!({
                    "ph": phase, "cat": "span", "id": format!("{pid}.{id}"), "pid": pid,
                    "name": row.label(), "ts": micros(at), "args": fields,
                })
            };
            events.push(life("b", row.start));
            events.push(life("e", row.end));
            for run in &row.runs {
                events.push(json!({
                    "ph": "X", "cat": "run", "pid": pid, "tid": run.thread, "name": row.name,
                    "ts": micros(run.start), "dur": micros(run.length()), "args": fields,
                }));
            }
        }
    }
    json!({ "traceEvents": events, "displayTimeUnit": "ms" }).to_string()
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{ms, row};
    use super::*;

    #[test]
    fn every_run_is_an_event_on_its_thread() {
        let recording = Recording {
            title: "cups".into(),
            length: ms(30),
            threads: vec!["main".into(), "helper".into()],
            rows: vec![row("brew", "cup=1", &[(0, 10, 0), (20, 30, 1)])],
            omitted: 0,
        };
        let trace: Value = serde_json::from_str(&draw(&[recording])).expect("the trace is JSON");
        let events = trace["traceEvents"].as_array().expect("a list of events");
        let runs: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
        assert_eq!(runs.len(), 2);
        assert_eq!(
            (&runs[1]["tid"], &runs[1]["ts"], &runs[1]["dur"]),
            (&json!(1), &json!(20_000.0), &json!(10_000.0))
        );
        assert!(events.iter().any(|event| event["args"]["name"] == "helper"));
    }
}
