// Lets all groups play in parallel, and then one match after another.
// => failed the_semifinals_are_played_at_once

use rayon::prelude::*;

const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    let mut fields = vec![teams];
    while fields.iter().any(|field| field.len() > CUTOFF) {
        let halves =
            fields.iter().flat_map(|field| <[_; 2]>::from(field.split_at(field.len() / 2)));
        fields = halves.collect();
    }
    let mut winners: Vec<Team> = fields.into_par_iter().map(group).collect();
    while winners.len() > 1 {
        let mut rest = winners.into_iter();
        winners = Vec::new();
        while let (Some(left), Some(right)) = (rest.next(), rest.next()) {
            winners.push(play(left, right));
        }
    }
    winners.remove(0)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
