//! The solutions' tests, run again and again: a test that fails once in a
//! thousand times fails somebody in class.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use crate::check::{CheckError, Kind, programs_of};
use crate::compiler::Compiler;
use crate::grade::{GradeError, Outcome};
use crate::job::{Compiled, Job, Program, RUNNING, STARTED, kept, take};
use crate::places::Places;
use crate::set::{Exercise, Set};

/// Test threads: one test after another, all that two cores run, and more than
/// there are cores.
pub const THREADS: [u32; 3] = [1, 2, 8];

/// A run that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exercise.
    pub name: String,
    /// Counted from 1.
    pub round: usize,
    /// How many test threads there were.
    pub threads: u32,
    /// Its outcome.
    pub outcome: Outcome,
    /// The program's output, or the compiler's error.
    pub output: String,
}

/// Compiles the solutions once, then runs their tests `rounds` times at each
/// number of [`THREADS`]. As many programs run at once as when a class is
/// graded; if `busy` threads compute beside them, to load the machine, as many
/// as there are cores. Ends with the first failure. `progress` is called after
/// each run.
///
/// # Errors
/// If a file cannot be read, or the compiler or a program not be run.
pub fn flaky(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    rounds: usize,
    busy: usize,
    progress: impl Fn() + Sync,
) -> Result<Option<Failure>, CheckError> {
    let mut jobs: Vec<Vec<(Kind, Job<'_>)>> = Vec::new();
    for exercise in exercises {
        jobs.push(programs_of(set, exercise)?.1);
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut programs: Vec<(&Exercise, Job<'_>, Program)> = Vec::new();
    for (exercise, (job, program)) in
        exercises.iter().zip(compile_all(&jobs, compiler, cores))
    {
        match program? {
            Ok(program) => programs.push((exercise, job.clone(), program)),
            Err(error) => {
                let outcome = Outcome::DidNotCompile { error: error.clone() };
                let (name, round, threads) = (exercise.name.clone(), 0, 0);
                return Ok(Some(Failure {
                    name,
                    round,
                    threads,
                    outcome,
                    output: error,
                }));
            }
        }
    }
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let first: Mutex<Option<Result<Failure, GradeError>>> = Mutex::new(None);
    let runs = rounds * THREADS.len() * programs.len();
    let (running, started) =
        if busy == 0 { (RUNNING, STARTED) } else { (1, 1) };
    let places = Places::new(running * cores);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..started * cores)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        if nth >= runs || over.load(Ordering::Relaxed) {
                            return;
                        }
                        let (nth, program) =
                            (nth / programs.len(), nth % programs.len());
                        let (round, threads) = (
                            nth / THREADS.len() + 1,
                            THREADS[nth % THREADS.len()],
                        );
                        let (exercise, job, program) = &programs[program];
                        let name = exercise.name.clone();
                        let end =
                            match job.run(program, threads, &places.take()) {
                                Ok((Outcome::Passed, _)) => {
                                    progress();
                                    continue;
                                }
                                Ok((outcome, output)) => Ok(Failure {
                                    name,
                                    round,
                                    threads,
                                    outcome,
                                    output,
                                }),
                                Err(error) => Err(error),
                            };
                        over.store(true, Ordering::Relaxed);
                        first
                            .lock()
                            .expect("nobody panics with it")
                            .get_or_insert(end);
                    }
                })
            })
            .collect();
        for _ in 0..busy {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let ends: Vec<_> =
            workers.into_iter().map(|worker| worker.join()).collect();
        // Now, even if a worker panicked: the busy threads wait for it.
        over.store(true, Ordering::Relaxed);
        for end in ends {
            end.expect("a worker returns what went wrong");
        }
    });
    Ok(first.into_inner().expect("nobody panics with it").transpose()?)
}

/// The solutions with their programs, compiled as many at once as there are
/// cores; those that [`check`](crate::check::check) has compiled are taken as
/// they are. They are in the order of the exercises.
fn compile_all<'a, 'b>(
    exercises: &'b [Vec<(Kind, Job<'a>)>],
    compiler: &Compiler,
    cores: usize,
) -> Vec<(&'b Job<'a>, Compiled)> {
    let next = AtomicUsize::new(0);
    let compiled: Vec<OnceLock<(&Job<'_>, Compiled)>> =
        exercises.iter().map(|_| OnceLock::new()).collect();
    let compile = |programs: &'b [(Kind, Job<'a>)]| {
        let solution = programs
            .iter()
            .position(|(kind, _)| matches!(kind, Kind::Solution));
        let solution = solution.expect("each exercise has a solution");
        let jobs: Vec<&Job<'a>> = programs.iter().map(|(_, job)| job).collect();
        let compiled = match kept(compiler, &jobs, solution) {
            Ok(Some(program)) => Ok(Ok(program)),
            Ok(None) => jobs[solution].compile(compiler),
            Err(error) => Err(error),
        };
        (jobs[solution], compiled)
    };
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((nth, programs)) = take(&next, exercises) {
                    let set = compiled[nth].set(compile(programs));
                    set.unwrap_or_else(|_| {
                        unreachable!("each exercise is taken once")
                    });
                }
            });
        }
    });
    let all = compiled.into_iter().map(|program| program.into_inner());
    all.map(|program| program.expect("every exercise was taken")).collect()
}
