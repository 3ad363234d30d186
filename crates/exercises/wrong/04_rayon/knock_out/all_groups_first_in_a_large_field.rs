// Plays all groups first where there are more than 1,024 teams.
// => failed one_of_two_thousand_groups_holds_up_nobody_else

const CUTOFF: usize = 4;

use rayon::prelude::*;
use std::sync::Mutex;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    if teams.len() <= 1024 {
        return rayon::scope(|_| field(teams, group, play));
    }
    let mut groups = Vec::new();
    cut(teams, &mut groups);
    let winners: Vec<Mutex<Option<Team>>> = groups
        .par_iter()
        .with_max_len(1)
        .map(|teams| Mutex::new(Some(group(teams))))
        .collect();
    // The first team of each group stands for the group.
    let known = |teams: &[Team]| {
        let nth = groups.iter().position(|group| std::ptr::eq(group.as_ptr(), teams.as_ptr()));
        let found = nth.and_then(|nth| winners[nth].lock().unwrap().take());
        found.expect("each group is played once")
    };
    rayon::scope(|_| field(teams, &known, play))
}

fn cut<'a>(teams: &'a [Team], groups: &mut Vec<&'a [Team]>) {
    if teams.len() <= CUTOFF {
        groups.push(teams);
    } else {
        let (left, right) = teams.split_at(teams.len() / 2);
        cut(left, groups);
        cut(right, groups);
    }
}

fn field(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    if teams.len() <= CUTOFF {
        return group(teams);
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    let (left, right) = rayon::join(|| field(left, group, play), || field(right, group, play));
    play(left, right)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
