// Nobody waits in a join: who comes second to a match plays it.

const CUTOFF: usize = 4;

use rayon::Scope;
use std::sync::{Arc, Mutex};

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    let champion = Mutex::new(None);
    rayon::scope(|pool| {
        let note = Box::new(|team: Team| *champion.lock().unwrap() = Some(team));
        field(teams, group, play, pool, note);
    });
    champion.into_inner().unwrap().expect("there is a winner")
}

type Next<'a> = Box<dyn FnOnce(Team) + Send + 'a>;

/// A match: those who have come, and what becomes of the winner.
struct Match<'a> {
    left: Option<Team>,
    right: Option<Team>,
    next: Option<Next<'a>>,
}

fn field<'a>(
    teams: &'a [Team],
    group: &'a (impl Fn(&[Team]) -> Team + Sync),
    play: &'a (impl Fn(Team, Team) -> Team + Sync),
    pool: &Scope<'a>,
    next: Next<'a>,
) {
    if teams.len() <= CUTOFF {
        return next(group(teams));
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    let here = Arc::new(Mutex::new(Match { left: None, right: None, next: Some(next) }));
    let there = Arc::clone(&here);
    pool.spawn(move |pool| {
        let next = Box::new(move |team: Team| {
            there.lock().unwrap().right = Some(team);
            meet(&there, play);
        });
        field(right, group, play, pool, next);
    });
    let next = Box::new(move |team: Team| {
        here.lock().unwrap().left = Some(team);
        meet(&here, play);
    });
    field(left, group, play, pool, next);
}

/// Plays the match if both have come.
fn meet(place: &Mutex<Match>, play: &impl Fn(Team, Team) -> Team) {
    let mut place = place.lock().unwrap();
    if place.left.is_none() || place.right.is_none() {
        return;
    }
    let (left, right, next) = (place.left.take(), place.right.take(), place.next.take());
    drop(place);
    if let (Some(left), Some(right), Some(next)) = (left, right, next) {
        next(play(left, right));
    }
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
