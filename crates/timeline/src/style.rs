//! How to draw, and how this process draws.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

/// How to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the whole picture in a terminal. The labels and figures have
    /// theirs in any case, and a bar has ten.
    pub width: usize,
    /// The rows to draw.
    pub view: View,
    /// The greatest number of rows that [`View::Auto`] draws as tasks.
    pub most_rows: usize,
}

/// The rows to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// As [`Tasks`](Self::Tasks), or as [`Threads`](Self::Threads) where there
    /// are more spans than [`Style::most_rows`].
    #[default]
    Auto,
    /// A row for each span.
    Tasks,
    /// A row for each stage (how many spans of that name were alive) and a row
    /// for each thread.
    Threads,
}

impl Default for Style {
    /// 80 columns, and a row for each span if there are at most 24.
    fn default() -> Self {
        Style { width: 80, view: View::Auto, most_rows: 24 }
    }
}

static CHOSEN: Mutex<Option<Style>> = Mutex::new(None);

/// Makes `style` the one in which [`Timeline::draw`](crate::Timeline::draw)
/// draws, in the whole process and from now on.
pub fn set_style(style: Style) {
    *CHOSEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(style);
}

/// The style of this process: what [`set_style`] was given last. Without it the
/// default, as wide as the terminal of the standard output; where that is none,
/// as the environment variable `COLUMNS` says; else 80. Never narrower than 40
/// columns nor wider than 160.
pub fn style() -> Style {
    let chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    chosen.unwrap_or_else(|| Style { width: width(), ..Style::default() })
}

fn width() -> usize {
    let terminal = io::stdout()
        .is_terminal()
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(asked).unwrap_or(80).clamp(40, 160)
}
