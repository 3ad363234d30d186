//! What concerns a whole process, each in a process of its own: this file's
//! ignored tests.

use std::process::{Command, Output};

struct Told {
    out: String,
    err: String,
    success: bool,
}

/// Runs one of the tests below, in a process without settings of its own.
fn child(name: &str, environment: &[(&str, &str)]) -> Told {
    let this = std::env::current_exe().expect("the test program has a path");
    let mut command = Command::new(this);
    for variable in
        ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_LOG"]
    {
        command.env_remove(variable);
    }
    let name = format!("alone::children::{name}");
    let Output { status, stdout, stderr } = command
        .args([
            &name,
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .envs(environment.iter().copied())
        .output()
        .expect("the test program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    let told = Told {
        out: text(stdout),
        err: text(stderr),
        success: status.success(),
    };
    assert!(told.out.contains("running 1 test"), "there is no test {name}");
    told
}

#[test]
fn two_lines_draw_to_a_pipe_without_colors_and_as_wide_as_columns_say() {
    let told = child("draws", &[("COLUMNS", "60")]);
    assert!(told.success && told.err.is_empty(), "{}", told.err);
    assert!(!told.out.contains('\u{1b}'), "{:?}", told.out);
    let picture: Vec<&str> =
        told.out.lines().skip_while(|line| !line.contains("cups")).collect();
    // The last column stays free.
    assert_eq!(picture[1].chars().count(), 59, "{}", told.out);
    assert!(
        picture[1].starts_with("  brew cup=1 │") && picture[1].contains('0'),
        "{}",
        told.out
    );
    assert!(
        picture[3].starts_with("  ░ waits   █ runs, on thread"),
        "{}",
        told.out
    );

    let wide = child("draws", &[]).out;
    assert!(wide.lines().any(|line| line.chars().count() == 79), "{wide}");
    assert!(child("draws", &[("CLICOLOR_FORCE", "1")]).out.contains('\u{1b}'));
}

#[test]
fn a_panic_that_unwinds_draws_what_there_is() {
    let told = child("panics", &[]);
    assert!(!told.success && told.err.contains("smoke"));
    assert!(
        told.out.contains("the oven") && told.out.contains("  bake │"),
        "{}",
        told.out
    );
}

#[test]
fn a_timeline_that_is_dropped_shows_nothing() {
    let told = child("drops", &[]);
    assert!(told.success && !told.out.contains("dropped here"), "{}", told.out);
}

#[test]
fn a_subscriber_without_a_recorder_is_said_once() {
    let told = child("has_a_log_only", &[]);
    assert_eq!(told.err.matches("timeline: ").count(), 1, "{}", told.err);
    assert!(
        told.err.contains("no recorder")
            && told.err.contains("timeline::layer()")
    );
    assert_eq!(
        told.out.matches("no spans were recorded").count(),
        2,
        "{}",
        told.out
    );
}

#[test]
fn a_scoped_subscriber_without_a_recorder_is_said_too() {
    let told = child("is_inside_of_a_log", &[]);
    assert!(told.err.contains("no recorder"), "{}", told.err);
}

#[test]
fn a_filter_that_keeps_all_spans_out_is_said() {
    let told = child("filters_everything", &[]);
    assert!(told.err.contains("keeps spans of level INFO out"), "{}", told.err);
    assert!(told.out.contains("no spans were recorded"), "{}", told.out);
}

#[test]
fn a_recorder_that_can_be_reloaded_is_known() {
    let told = child("reloads", &[]);
    assert!(told.success && !told.err.contains("timeline: "), "{}", told.err);
    assert!(told.out.contains("  brew │"), "{}", told.out);
}

#[test]
fn a_program_chooses_the_style_and_is_handed_what_was_drawn() {
    let told = child("hands_on", &[]);
    assert!(told.success, "{}", told.err);
    assert!(told.out.contains("█ how many are alive"), "{}", told.out);
    assert!(
        told.out.contains(r#"handed on: ["drawn", "drawn by a panic"]"#),
        "{}",
        told.out
    );
}

mod children {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Arc, Mutex};

    use timeline::{Recorder, Style, View, timeline};
    use tracing::info_span;
    use tracing_subscriber::prelude::*;
    use tracing_subscriber::{EnvFilter, fmt, registry, reload};

    #[test]
    #[ignore = "run in a process of its own"]
    fn draws() {
        let timeline = timeline("two cups");
        info_span!("brew", cup = 1).in_scope(|| {});
        timeline.draw();
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn panics() {
        let _timeline = timeline("the oven");
        info_span!("bake").in_scope(|| panic!("smoke"));
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn drops() {
        let timeline = timeline("dropped here");
        info_span!("bake").in_scope(|| {});
        drop(timeline);
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn has_a_log_only() {
        fmt().with_writer(std::io::sink).init();
        for _ in 0..2 {
            let timeline = timeline("unseen");
            info_span!("brew").in_scope(|| {});
            timeline.draw();
        }
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn is_inside_of_a_log() {
        let log = fmt().with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(log, || {
            let timeline = timeline("unseen");
            info_span!("brew").in_scope(|| {});
            timeline.draw();
        });
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn filters_everything() {
        registry().with(timeline::layer()).with(EnvFilter::new("off")).init();
        let timeline = timeline("unseen");
        info_span!("brew").in_scope(|| {});
        timeline.draw();
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn reloads() {
        registry().with(reload::Layer::new(Recorder).0).init();
        let timeline = timeline("reloaded");
        info_span!("brew").in_scope(|| {});
        timeline.draw();
    }

    #[test]
    #[ignore = "run in a process of its own"]
    fn hands_on() {
        let titles = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&titles);
        timeline::on_draw(move |recording| {
            seen.lock().expect("nobody panics here").push(recording.title);
        });
        timeline::set_style(Style { view: View::Threads, ..timeline::style() });

        let drawn = timeline("drawn");
        info_span!("brew").in_scope(|| {});
        drawn.draw();
        let _ = timeline("finished").finish();
        drop(timeline("dropped"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _timeline = timeline("drawn by a panic");
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        println!("handed on: {:?}", titles.lock().expect("nobody panics here"));
    }
}
