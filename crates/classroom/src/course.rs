//! A plan for a class: a course of one day, and one of three.
//!
//! Nothing here is counted by hand. Lessons and their minutes come from the
//! tables of the book's chapters, exercises and theirs from `info.toml`;
//! `course.toml` only says which lesson is given when. What does not fit
//! together is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anstyle::Style;
use serde::{Deserialize, Serialize};

use crate::set::{Exercise, Set};

/// A course by its days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Course {
    /// How many days it takes.
    pub days: usize,
    /// Its half-days: a morning and an afternoon for each day.
    pub half_days: Vec<HalfDay>,
    /// Exercises to lessons of the course for which there is no time; some of a
    /// class are faster.
    pub more_exercises: Vec<Item>,
}

/// A morning or an afternoon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HalfDay {
    /// Counted from 1.
    pub day: usize,
    /// `morning` or `afternoon`.
    pub part: &'static str,
    /// Its subject.
    pub title: String,
    /// Its lessons, exercises and breaks, in order.
    pub items: Vec<Item>,
    /// Their sums.
    pub minutes: Minutes,
}

/// The sums of a half-day, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Minutes {
    /// Of its lessons.
    pub lessons: u32,
    /// Of its exercises.
    pub exercises: u32,
    /// Of its breaks.
    pub breaks: u32,
    /// The time left for questions.
    pub questions: u32,
    /// All of them: the length of the half-day.
    pub total: u32,
}

/// A lesson, an exercise or a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Which of the three.
    pub kind: Kind,
    /// Its chapter, `chapter-03`; empty for a break.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub chapter: String,
    /// Its name; empty for a break.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A lesson's title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub shows: String,
    /// How long it takes.
    pub minutes: u32,
    /// When it begins: minutes since the half-day began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
}

/// The kind of an [`Item`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A page of the book, and its program.
    Lesson,
    /// One of the set.
    Exercise,
    /// Nothing.
    Break,
}

/// A chapter with all its lessons, each followed by its exercises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// `chapter-03`.
    pub name: String,
    /// The heading of its first page.
    pub title: String,
    /// Lessons and exercises.
    pub items: Vec<Item>,
}

/// Everything there is, and the courses made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// In reading order.
    pub chapters: Vec<Chapter>,
    /// The course of one day and the course of three.
    pub courses: Vec<Course>,
    #[serde(skip)]
    rules: Rules,
}

/// What holds for every half-day and every evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rules {
    /// The minutes of a break.
    r#break: u32,
    /// Minutes that are kept free.
    free: u32,
}

/// Minutes of work after which an evening has a break.
const WITHOUT_A_BREAK: u32 = 100;

/// How to print a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person.
    Table,
    /// For the book.
    Markdown,
    /// For a program.
    Json,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// A file cannot be read.
    #[error("cannot read '{}': {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// `course.toml` is not what it should be.
    #[error("'{}' cannot be understood: {source}", path.display())]
    Toml {
        /// Which.
        path: PathBuf,
        /// The parser's error.
        source: Box<toml::de::Error>,
    },
    /// The files do not fit together: a line for each problem.
    #[error("{}", .0.join("\n"))]
    Problems(Vec<String>),
    /// An evening has no room for something.
    #[error(
        "an evening of {minutes} minutes has no room for {item}, which takes {takes} beside breaks and questions"
    )]
    TooShort {
        /// Minutes of the evening.
        minutes: u32,
        /// The lesson or exercise.
        item: String,
        /// Its minutes.
        takes: u32,
    },
}

/// `course.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Choice {
    half_day: u32,
    breaks: u32,
    r#break: u32,
    free: u32,
    one_day: Vec<Half>,
    three_days: Vec<Half>,
    at_home: AtHome,
    practices: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Half {
    title: String,
    lessons: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtHome {
    lessons: Vec<String>,
}

impl Class {
    /// The plan of this repository, with a set's exercises.
    ///
    /// # Errors
    /// If a file cannot be read, or the files do not fit together.
    pub fn own(set: &Set) -> Result<Self, CourseError> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::read(&here.join("course.toml"), &here.join("../../docs/src"), set)
    }

    /// The plan that a `course.toml` makes of a book's pages and a set's
    /// exercises.
    ///
    /// # Errors
    /// If a file cannot be read, or the files do not fit together.
    pub fn read(
        choice: &Path,
        pages: &Path,
        set: &Set,
    ) -> Result<Self, CourseError> {
        let text = read(choice)?;
        let choice: Choice =
            toml::from_str(&text).map_err(|source| CourseError::Toml {
                path: choice.to_owned(),
                source: Box::new(source),
            })?;
        Self::new(&choice, &lessons(pages)?, &set.exercises)
    }

    fn new(
        choice: &Choice,
        chapters: &[Chapter],
        exercises: &[Exercise],
    ) -> Result<Self, CourseError> {
        let problems = problems(choice, chapters, exercises);
        if !problems.is_empty() {
            return Err(CourseError::Problems(problems));
        }
        let lesson = |id: &String| {
            let lessons = chapters.iter().flat_map(|chapter| &chapter.items);
            lessons
                .clone()
                .find(|item| item.id() == *id)
                .expect("it was looked for")
                .clone()
        };
        let practice = |lesson: &Item| {
            let id = lesson.id();
            let own = exercises
                .iter()
                .filter(move |it| choice.practices[&it.name] == id);
            own.map(Item::exercise).collect::<Vec<_>>()
        };
        let course = |days: usize, halves: &[Half]| {
            let mut more_exercises = Vec::new();
            let mut half_days = Vec::new();
            for (nth, half) in halves.iter().enumerate() {
                let lessons: Vec<Item> =
                    half.lessons.iter().map(lesson).collect();
                let (items, more) = half_day(choice, &lessons, practice);
                more_exercises.extend(more);
                half_days.push(HalfDay {
                    day: nth / 2 + 1,
                    part: ["morning", "afternoon"][nth % 2],
                    title: half.title.clone(),
                    minutes: sums_of(&items, choice.half_day),
                    items,
                });
            }
            Course { days, half_days, more_exercises }
        };
        let courses =
            vec![course(1, &choice.one_day), course(3, &choice.three_days)];
        let whole = |chapter: &Chapter| Chapter {
            items: chapter
                .items
                .iter()
                .flat_map(|lesson| {
                    [vec![lesson.clone()], practice(lesson)].concat()
                })
                .collect(),
            ..chapter.clone()
        };
        let rules = Rules { r#break: choice.r#break, free: choice.free };
        Ok(Class {
            chapters: chapters.iter().map(whole).collect(),
            courses,
            rules,
        })
    }

    /// The names of the exercises that a course's plan names, those for whoever
    /// is faster included; `None` if there is no such course.
    pub fn exercises(&self, days: usize) -> Option<BTreeSet<String>> {
        let course = self.courses.iter().find(|course| course.days == days)?;
        let items = course.half_days.iter().flat_map(|half| &half.items);
        let items = items.chain(&course.more_exercises);
        let exercises = items.filter(|item| item.kind == Kind::Exercise);
        Some(exercises.map(|item| item.name.clone()).collect())
    }

    /// The lessons of the three days with all their exercises, on evenings of
    /// `minutes` minutes each.
    ///
    /// # Errors
    /// If something takes longer than an evening.
    pub fn evenings(&self, minutes: u32) -> Result<Course, CourseError> {
        let three = self.courses.iter().find(|course| course.days == 3);
        let lessons = three.into_iter().flat_map(|course| &course.half_days);
        let lessons: BTreeSet<String> =
            lessons.flat_map(|half| &half.items).map(Item::id).collect();
        // In the book's order: a lesson, and behind it its exercises.
        let mut chosen = false;
        let items =
            self.chapters.iter().flat_map(|chapter| &chapter.items).filter(
                |item| {
                    if item.kind == Kind::Lesson {
                        chosen = lessons.contains(&item.id());
                    }
                    chosen
                },
            );
        let breaks = minutes / WITHOUT_A_BREAK;
        let room = minutes
            .saturating_sub(breaks * self.rules.r#break + self.rules.free);
        let mut evenings: Vec<Vec<Item>> = Vec::new();
        for item in items {
            if item.minutes > room {
                let (item, takes) = (item.name.clone(), item.minutes);
                return Err(CourseError::TooShort { minutes, item, takes });
            }
            match evenings.last_mut() {
                Some(last) if sum(last.iter()) + item.minutes <= room => {
                    last.push(item.clone())
                }
                _ => evenings.push(vec![item.clone()]),
            }
        }
        let evening = |(nth, items): (usize, Vec<Item>)| {
            let mut titles: Vec<&str> = Vec::new();
            for item in &items {
                let chapter = self
                    .chapters
                    .iter()
                    .find(|chapter| chapter.name == item.chapter);
                titles.extend(chapter.map(|chapter| chapter.title.as_str()));
            }
            titles.dedup();
            let (day, part, title) = (nth + 1, "evening", titles.join(", "));
            let items = with_breaks(breaks, self.rules.r#break, items);
            let minutes = sums_of(&items, minutes);
            HalfDay { day, part, title, items, minutes }
        };
        let half_days: Vec<HalfDay> =
            evenings.into_iter().enumerate().map(evening).collect();
        Ok(Course {
            days: half_days.len(),
            half_days,
            more_exercises: Vec::new(),
        })
    }

    /// The plan as text, with ANSI styles if it is a table. All of it, or the
    /// course of `days` days; `None` if there is no such course.
    pub fn print(&self, days: Option<usize>, format: Format) -> Option<String> {
        let course =
            |days| self.courses.iter().find(|course| course.days == days);
        Some(match (days, format) {
            (None, Format::Table) => {
                let courses = self
                    .courses
                    .iter()
                    .map(|course| format!("\n{}", table(course)));
                overview(&self.chapters) + &courses.collect::<String>()
            }
            (None, Format::Markdown) => {
                let courses =
                    self.courses.iter().map(markdown).collect::<Vec<_>>();
                courses.join("\n")
            }
            (None, Format::Json) => json(self),
            (Some(days), format) => course(days)?.print(format),
        })
    }
}

impl Course {
    /// The plan as text, with ANSI styles if it is a table.
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Table => table(self),
            Format::Markdown => markdown(self),
            Format::Json => json(self),
        }
    }
}

impl Item {
    /// How `course.toml` names it.
    fn id(&self) -> String {
        format!("{}/{}", self.chapter, self.name)
    }

    fn exercise(exercise: &Exercise) -> Self {
        Item {
            kind: Kind::Exercise,
            chapter: exercise.chapter(),
            name: exercise.name.clone(),
            shows: String::new(),
            minutes: exercise.minutes,
            from: None,
        }
    }
}

/// The sums of a time's items; what is left of its `total` minutes is for
/// questions.
fn sums_of(items: &[Item], total: u32) -> Minutes {
    let sum = |kind| sum(items.iter().filter(|item| item.kind == kind));
    let (lessons, exercises) = (sum(Kind::Lesson), sum(Kind::Exercise));
    let breaks = sum(Kind::Break);
    let questions = total - lessons - exercises - breaks;
    Minutes { lessons, exercises, breaks, questions, total }
}

fn sum<'a>(items: impl Iterator<Item = &'a Item>) -> u32 {
    items.map(|item| item.minutes).sum()
}

/// A line for each contradiction between the files.
fn problems(
    choice: &Choice,
    chapters: &[Chapter],
    exercises: &[Exercise],
) -> Vec<String> {
    let mut problems = Vec::new();
    let lessons: BTreeSet<String> = chapters
        .iter()
        .flat_map(|chapter| chapter.items.iter().map(Item::id))
        .collect();
    let mut listed = |list: &str, ids: &mut dyn Iterator<Item = &String>| {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !lessons.contains(id) {
                problems.push(format!(
                    "course.toml: {list}: there is no lesson '{id}'"
                ));
            }
            if !seen.insert(id.clone()) {
                problems.push(format!(
                    "course.toml: {list}: '{id}' stands there twice"
                ));
            }
        }
        seen
    };
    let one = listed(
        "one-day",
        &mut choice.one_day.iter().flat_map(|half| &half.lessons),
    );
    let three = listed(
        "three-days",
        &mut choice.three_days.iter().flat_map(|half| &half.lessons),
    );
    let home = listed("at-home", &mut choice.at_home.lessons.iter());
    for id in one.difference(&three) {
        problems
            .push(format!("course.toml: '{id}' is in the one-day course only"));
    }
    for id in three.intersection(&home) {
        problems
            .push(format!("course.toml: '{id}' is in a course and at-home"));
    }
    for id in &lessons {
        if !three.contains(id) && !home.contains(id) {
            problems.push(format!(
                "course.toml: '{id}' is in no list; add it to one"
            ));
        }
    }
    for (exercise, lesson) in &choice.practices {
        if !exercises.iter().any(|known| known.name == *exercise) {
            problems.push(format!(
                "course.toml: practices: there is no exercise '{exercise}'"
            ));
        }
        if !lessons.contains(lesson) {
            problems.push(format!(
                "course.toml: practices: there is no lesson '{lesson}'"
            ));
        }
    }
    for exercise in exercises {
        let name = &exercise.name;
        if !choice.practices.contains_key(name) {
            problems.push(format!(
                "course.toml: practices: add {name} = \"{}/LESSON\"",
                exercise.chapter()
            ));
        }
    }
    if choice.one_day.len() != 2 || choice.three_days.len() != 6 {
        problems.push("course.toml: a day has two half-days".to_owned());
    }
    let minutes = |id: &String| {
        let mut items = chapters.iter().flat_map(|chapter| &chapter.items);
        items.find(|item| item.id() == *id).map_or(0, |item| item.minutes)
    };
    for half in choice.one_day.iter().chain(&choice.three_days) {
        let lessons: u32 = half.lessons.iter().map(minutes).sum();
        // Whoever only listens learns little: half of the time at least is for
        // doing.
        let room = (choice.half_day - choice.breaks * choice.r#break) * 2 / 3;
        if lessons > room {
            let title = &half.title;
            problems.push(format!(
                "course.toml: the lessons of '{title}' take {lessons} minutes; \
                 more than {room} leave too few for exercises"
            ));
        }
    }
    problems
}

/// A half-day's lessons with exercises behind them for as long as it lasts, and
/// with breaks; and the exercises that were left out. Each lesson gets one
/// exercise before any gets a second.
fn half_day(
    choice: &Choice,
    lessons: &[Item],
    practice: impl Fn(&Item) -> Vec<Item>,
) -> (Vec<Item>, Vec<Item>) {
    let taken =
        choice.breaks * choice.r#break + sum(lessons.iter()) + choice.free;
    let mut room = choice.half_day.saturating_sub(taken);
    let own: Vec<Vec<Item>> = lessons.iter().map(practice).collect();
    let mut taken = BTreeSet::new();
    for round in 0..own.iter().map(Vec::len).max().unwrap_or(0) {
        for exercise in own.iter().filter_map(|exercises| exercises.get(round))
        {
            if exercise.minutes <= room {
                room -= exercise.minutes;
                taken.insert(exercise.name.clone());
            }
        }
    }
    let (mut items, mut more) = (Vec::new(), Vec::new());
    for (lesson, exercises) in lessons.iter().zip(own) {
        items.push(lesson.clone());
        let (now, later): (Vec<_>, Vec<_>) = exercises
            .into_iter()
            .partition(|exercise| taken.contains(&exercise.name));
        items.extend(now);
        more.extend(later);
    }
    (with_breaks(choice.breaks, choice.r#break, items), more)
}

/// The items with their beginnings, and a break of `minutes` near each of the
/// points that cut the time into equal parts.
fn with_breaks(breaks: u32, minutes: u32, items: Vec<Item>) -> Vec<Item> {
    let (work, parts) = (sum(items.iter()), breaks + 1);
    let ends: Vec<u32> = items
        .iter()
        .scan(0, |end, item| {
            *end += item.minutes;
            Some(*end)
        })
        .collect();
    let breaks: BTreeSet<usize> = (1..=breaks)
        .filter_map(|nth| {
            let point = work * nth / parts;
            // Not behind the last: then the half-day is over.
            (0..ends.len().saturating_sub(1))
                .min_by_key(|&at| ends[at].abs_diff(point))
        })
        .collect();
    let mut all = Vec::new();
    let mut now = 0;
    for (nth, item) in items.into_iter().enumerate() {
        let end = now + item.minutes;
        all.push(Item { from: Some(now), ..item });
        now = end;
        if breaks.contains(&nth) {
            let (kind, from) = (Kind::Break, Some(now));
            let (chapter, name, shows) = Default::default();
            all.push(Item { kind, chapter, name, shows, minutes, from });
            now += minutes;
        }
    }
    all
}

/// The chapters with their lessons, from the tables on their first pages.
fn lessons(pages: &Path) -> Result<Vec<Chapter>, CourseError> {
    let failed = |source| CourseError::Io { path: pages.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(pages).map_err(failed)? {
        let name =
            entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.starts_with("chapter-") {
            names.push(name);
        }
    }
    names.sort();
    let chapter = |name: String| {
        let text = read(&pages.join(&name).join("index.md"))?;
        let title = text
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .unwrap_or(&name);
        let items: Vec<Item> =
            text.lines().filter_map(|line| row(&name, line)).collect();
        if items.is_empty() {
            let problem = format!(
                "{name}/index.md has no table '| lesson | title | minutes |'"
            );
            return Err(CourseError::Problems(vec![problem]));
        }
        Ok(Chapter { title: title.to_owned(), items, name })
    };
    names.into_iter().map(chapter).collect()
}

/// What a chapter's table puts behind a lesson of the first path.
const PATH_MARK: char = '●';

/// A lesson from its row: `| [spawn](spawn.md) ● | a task runs on its own | 20 |`.
fn row(chapter: &str, line: &str) -> Option<Item> {
    let cells: Vec<&str> =
        line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').collect();
    let [link, shows, minutes] = cells.as_slice() else { return None };
    let name = link
        .split_once("](")?
        .1
        .trim()
        .trim_end_matches(PATH_MARK)
        .trim()
        .strip_suffix(".md)")?;
    Some(Item {
        kind: Kind::Lesson,
        chapter: chapter.to_owned(),
        name: name.to_owned(),
        shows: shows.trim().to_owned(),
        minutes: minutes.trim().parse().ok()?,
        from: None,
    })
}

fn read(path: &Path) -> Result<String, CourseError> {
    fs::read_to_string(path)
        .map_err(|source| CourseError::Io { path: path.to_owned(), source })
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn overview(chapters: &[Chapter]) -> String {
    let mut out = String::new();
    let of = |chapters: &[Chapter], kind| {
        let items = chapters.iter().flat_map(|chapter| &chapter.items);
        let items: Vec<&Item> =
            items.filter(|item| item.kind == kind).collect();
        let what = if kind == Kind::Lesson { "lesson" } else { "exercise" };
        let plural = if items.len() == 1 { "" } else { "s" };
        format!(
            "{} {what}{plural}: {}",
            items.len(),
            hours(sum(items.into_iter()))
        )
    };
    for (nth, chapter) in chapters.iter().enumerate() {
        let gap = if nth == 0 { "" } else { "\n" };
        let one = std::slice::from_ref(chapter);
        let _ = writeln!(out, "{gap}{BOLD}{}{BOLD:#}", chapter.title);
        for item in &chapter.items {
            let _ = writeln!(out, "  {:>3} min  {}", item.minutes, line(item));
        }
        let (lessons, exercises) =
            (of(one, Kind::Lesson), of(one, Kind::Exercise));
        let _ = writeln!(out, "  {lessons}; {exercises}");
    }
    let (lessons, exercises) =
        (of(chapters, Kind::Lesson), of(chapters, Kind::Exercise));
    let _ = writeln!(out, "\nall chapters: {lessons}; {exercises}");
    out
}

fn table(course: &Course) -> String {
    let mut out = String::new();
    let plural = if course.days == 1 { "" } else { "s" };
    let evenings = course.half_days.iter().any(|half| half.part == "evening");
    let what = if evenings { "evening" } else { "day" };
    let _ = writeln!(
        out,
        "{BOLD}a course of {} {what}{plural}{BOLD:#}",
        course.days
    );
    for half in &course.half_days {
        let _ = writeln!(
            out,
            "\n{BOLD}{}: {}{BOLD:#}",
            when(course, half),
            half.title
        );
        for item in &half.items {
            let from = clock(item.from.unwrap_or_default());
            let _ = writeln!(
                out,
                "  {from}  {:>3} min  {}",
                item.minutes,
                line(item)
            );
        }
        let _ = writeln!(out, "  {}", sums(half.minutes));
    }
    if !course.more_exercises.is_empty() {
        let more: Vec<String> =
            course.more_exercises.iter().map(left).collect();
        let _ = writeln!(
            out,
            "\nfor whoever is faster, or at home: {}",
            more.join(", ")
        );
    }
    out
}

/// An item on a line, without its minutes.
fn line(item: &Item) -> String {
    match item.kind {
        Kind::Lesson => format!("{:<24}  {}", item.id(), plain(&item.shows)),
        Kind::Exercise => format!("exercise {}", item.name),
        Kind::Break => format!("{DIM}break{DIM:#}"),
    }
}

/// Without the marks for code.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn markdown(course: &Course) -> String {
    let mut out = String::new();
    for (nth, half) in course.half_days.iter().enumerate() {
        let gap = if nth == 0 { "" } else { "\n" };
        let _ = writeln!(
            out,
            "{gap}**{}: {}**\n",
            capital(&when(course, half)),
            half.title
        );
        let _ = writeln!(out, "| from | minutes | what |\n|---|---|---|");
        for item in &half.items {
            let Item { chapter, name, shows, minutes, .. } = item;
            let what = match item.kind {
                Kind::Lesson => {
                    format!("[{chapter} {name}]({chapter}/{name}.md): {shows}")
                }
                Kind::Exercise => format!("exercise `{name}`"),
                Kind::Break => "*break*".to_owned(),
            };
            let from = clock(item.from.unwrap_or_default());
            let _ = writeln!(out, "| {from} | {minutes} | {what} |");
        }
        let _ = writeln!(out, "\n{}.", capital(&sums(half.minutes)));
    }
    if !course.more_exercises.is_empty() {
        let more: Vec<String> =
            course.more_exercises.iter().map(left).collect();
        let _ = writeln!(
            out,
            "\nFor whoever is faster, or at home: {}.",
            more.join(", ")
        );
    }
    out
}

fn json(plan: &impl Serialize) -> String {
    serde_json::to_string_pretty(plan).expect("a plan is plain data") + "\n"
}

fn when(course: &Course, half: &HalfDay) -> String {
    match (half.part, course.days) {
        ("evening", _) => format!("evening {}", half.day),
        (part, 1) => part.to_owned(),
        (part, _) => format!("day {}, {part}", half.day),
    }
}

fn sums(minutes: Minutes) -> String {
    let Minutes { lessons, exercises, breaks, questions, total } = minutes;
    format!(
        "lessons {lessons} min, exercises {exercises} min, breaks {breaks} min, \
         questions {questions} min: {}",
        hours(total)
    )
}

fn left(exercise: &Item) -> String {
    format!("{} ({} min)", exercise.name, exercise.minutes)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn clock(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn hours(minutes: u32) -> String {
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(name: &str, minutes: u32) -> Exercise {
        let text = format!(
            "name = '{name}'\ndir = '00_a'\nhint = ''\nminutes = {minutes}"
        );
        toml::from_str(&text).expect("this is an exercise")
    }

    fn choice() -> Choice {
        let half = |lessons: &[&str]| Half {
            title: "half".to_owned(),
            lessons: lessons
                .iter()
                .map(|it| format!("chapter-00/{it}"))
                .collect(),
        };
        Choice {
            half_day: 120,
            breaks: 1,
            r#break: 10,
            free: 20,
            one_day: vec![half(&["a"]), half(&["b"])],
            three_days: vec![
                half(&["a"]),
                half(&["b"]),
                half(&[]),
                half(&[]),
                half(&[]),
                half(&[]),
            ],
            at_home: AtHome { lessons: vec!["chapter-00/c".to_owned()] },
            practices: ["one", "two", "long"]
                .map(|name| (name.to_owned(), "chapter-00/a".to_owned()))
                .into(),
        }
    }

    fn chapters() -> Vec<Chapter> {
        let row = |name| {
            row("chapter-00", &format!("| [{name}]({name}.md) | shows | 30 |"))
        };
        let items =
            ["a", "b", "c"].map(|name| row(name).expect("it is a row")).into();
        vec![Chapter {
            name: "chapter-00".to_owned(),
            title: "Chapter 0".to_owned(),
            items,
        }]
    }

    fn exercises() -> Vec<Exercise> {
        vec![exercise("one", 30), exercise("long", 60), exercise("two", 20)]
    }

    #[test]
    fn exercises_stand_behind_their_lesson_as_long_as_there_is_room() {
        let class =
            Class::new(&choice(), &chapters(), &exercises()).expect("all fits");
        let half = &class.courses[0].half_days[0];
        let items: Vec<(&str, u32, Option<u32>)> = half
            .items
            .iter()
            .map(|item| (&*item.name, item.minutes, item.from))
            .collect();
        // 110 minutes of work: 30 of lesson leave 80, of which the long one
        // does not get 60.
        let expected = [
            ("a", 30, Some(0)),
            ("", 10, Some(30)),
            ("one", 30, Some(40)),
            ("two", 20, Some(70)),
        ];
        assert_eq!(items, expected);
        let minutes = Minutes {
            lessons: 30,
            exercises: 50,
            breaks: 10,
            questions: 30,
            total: 120,
        };
        assert_eq!(half.minutes, minutes);
        assert_eq!(class.courses[0].more_exercises[0].name, "long");
        assert_eq!(
            class.chapters[0].items.len(),
            6,
            "three lessons, three exercises"
        );
    }

    #[test]
    fn a_half_day_keeps_time_for_questions() {
        let mut exercises = exercises();
        exercises.push(exercise("three", 20));
        let mut choice = choice();
        choice.practices.insert("three".to_owned(), "chapter-00/a".to_owned());
        let class =
            Class::new(&choice, &chapters(), &exercises).expect("all fits");
        let half = &class.courses[0].half_days[0];
        assert_eq!(half.minutes.questions, 30, "another 20 would leave 10");
        assert_eq!(class.courses[0].more_exercises.len(), 2);
        let named = class.exercises(1).expect("there is such a course");
        assert!(named.iter().eq(["long", "one", "three", "two"]), "{named:?}");
        assert_eq!(class.exercises(2), None);
    }

    #[test]
    fn evenings_take_the_book_in_its_order() {
        let class =
            Class::new(&choice(), &chapters(), &exercises()).expect("all fits");
        let plan = |minutes| class.evenings(minutes).expect("all fits");
        let names = |course: &Course| -> Vec<Vec<String>> {
            let half = |half: &HalfDay| {
                half.items.iter().map(|item| item.name.clone()).collect()
            };
            course.half_days.iter().map(half).collect()
        };
        // Of 90 minutes 70 are for work, and there is no break.
        assert_eq!(
            names(&plan(90)),
            [vec!["a", "one"], vec!["long"], vec!["two", "b"]]
        );
        // Of 200 minutes 160, and two breaks.
        assert_eq!(
            names(&plan(200)),
            [vec!["a", "one", "", "long", "", "two"], vec!["b"]]
        );
        let short = class
            .evenings(70)
            .expect_err("60 minutes are too many")
            .to_string();
        assert!(
            short.starts_with("an evening of 70 minutes has no room for long"),
            "{short}"
        );
        let table = plan(90).print(Format::Table);
        assert!(
            table.contains("a course of 3 evenings")
                && table.contains("evening 2: Chapter 0")
        );
    }

    /// The one problem that this choice has.
    fn problem(choice: &Choice) -> String {
        let problems = problems(choice, &chapters(), &exercises());
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.into_iter().next().expect("there is one")
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        assert_eq!(problems(&choice(), &chapters(), &exercises()), [""; 0]);
        let mut new_lesson = choice();
        new_lesson.at_home.lessons.clear();
        assert_eq!(
            problem(&new_lesson),
            "course.toml: 'chapter-00/c' is in no list; add it to one"
        );
        let mut gone = choice();
        gone.at_home.lessons.push("chapter-00/d".to_owned());
        assert_eq!(
            problem(&gone),
            "course.toml: at-home: there is no lesson 'chapter-00/d'"
        );
        let mut both = choice();
        both.at_home.lessons.push("chapter-00/a".to_owned());
        assert_eq!(
            problem(&both),
            "course.toml: 'chapter-00/a' is in a course and at-home"
        );
        let mut only_one = choice();
        only_one.one_day[0].lessons[0] = "chapter-00/c".to_owned();
        assert_eq!(
            problem(&only_one),
            "course.toml: 'chapter-00/c' is in the one-day course only"
        );
        let mut new_exercise = choice();
        new_exercise.practices.remove("one");
        let expected =
            "course.toml: practices: add one = \"chapter-00/LESSON\"";
        assert_eq!(problem(&new_exercise), expected);
        let mut no_exercise = choice();
        no_exercise
            .practices
            .insert("none".to_owned(), "chapter-00/a".to_owned());
        assert_eq!(
            problem(&no_exercise),
            "course.toml: practices: there is no exercise 'none'"
        );
        let mut too_long = choice();
        too_long.three_days[0].lessons.push("chapter-00/c".to_owned());
        too_long.three_days[0].lessons.push("chapter-00/b".to_owned());
        too_long.three_days[1].lessons.clear();
        too_long.at_home.lessons.clear();
        let expected = "course.toml: the lessons of 'half' take 90 minutes; \
                        more than 73 leave too few for exercises";
        assert_eq!(problem(&too_long), expected);
    }

    #[test]
    fn a_row_of_another_table_is_no_lesson() {
        assert_eq!(row("chapter-00", "| lesson | title | minutes |"), None);
        assert_eq!(row("chapter-00", "|---|---|---|"), None);
        assert_eq!(row("chapter-00", "| [a](a.md) | shows |"), None);
        let marked = row("chapter-00", "| [a](a.md) ● | shows | 5 |");
        assert_eq!(marked, row("chapter-00", "| [a](a.md) | shows | 5 |"));
    }
}
