# Everything here is one cargo command; the README shows them beside these.

set positional-arguments

# List the recipes
default:
    @just --list --unsorted

# Run a chapter, or one of its lessons: just run chapter-03 read-file
[no-exit-message]
run chapter *args:
    @chapter="$1" && shift && cargo run --release --bin "$chapter" -- "$@"

# List every chapter's lessons with their titles
lessons:
    @cat docs/lessons.txt

# Write the lists of lessons: the chapters' tables, the table of contents, the plans for a class
lists:
    cargo run --quiet --package book -- lists
    cargo run --quiet --package classroom -- class --days 1 --format markdown > target/class-1.txt
    cargo run --quiet --package classroom -- class --days 3 --format markdown > target/class-3.txt
    mv target/class-1.txt target/class-3.txt docs/src/

# Print how many lines each lesson has
lengths:
    @cargo run --quiet --package book -- lengths

# Run all tests
test *args:
    cargo test --workspace "$@"

# Explore every order in which the models' threads can meet (modules named `model`)
loom *args:
    RUSTFLAGS="--cfg loom" cargo test --release --lib --target-dir target/loom \
        --package chapter-00-threads --package chapter-01-futures --package chapter-02-std-async \
        model "$@"

# Run any of chapter 6's seeded runs and crawls: just faults 5000..6000
faults seeds:
    OVERLAP_SEEDS="$1" cargo test --release --package chapter-06-pipeline --test integration \
        any_seeds -- --ignored --test-threads 1 --nocapture

# Read the book in a browser; it follows your changes
book: (needs "mdbook" "cargo install mdbook --version 0.5.4 --locked")
    mdbook serve docs --open

# Run lessons again and keep what they print and draw for the book: just capture chapter-03
capture *args:
    cargo run --quiet --package book -- capture "$@"

# Solve the exercises, in a folder of your own that is made once: my-exercises
[no-exit-message]
exercise: (needs "rustlings" "cargo install rustlings --version 6.5.0 --locked")
    @cargo run --quiet --package classroom -- exercise

# Plan a class: every lesson and exercise with its minutes, a course of one day, one of three
[no-exit-message]
class *args:
    @cargo run --quiet --package classroom -- class "$@"

# Grade the folder you stand in, or another, or the set itself: just grade DIR, just grade --self
[no-exit-message]
[no-cd]
grade *args:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- grade "$@"

# Run the solutions' tests again and again, at 1, 2 and 8 test threads: just flaky 20
[no-exit-message]
flaky *args:
    @cargo run --quiet --package classroom -- flaky "$@"

# Make a learner's copy of the exercises, without solutions
[no-exit-message]
handout dir:
    @cargo run --quiet --package classroom -- handout "$1"

# Show the next hint for an exercise, or the given level: just hint all_at_once 2
[no-exit-message]
[no-cd]
hint name *level:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- hint "$@"

# Set an exercise back to what was handed out, and keep the answer
[no-exit-message]
[no-cd]
reset name:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- reset "$1"

# Measure: just bench, or just bench chapter-04
bench *chapter:
    @if [ $# = 0 ]; then cargo bench --workspace --benches; \
    else cargo bench --package "$(basename crates/"$1"*)" --benches; fi

# Watch chapter 3's tasks while its lessons run again and again: just console chapter-03 server
[no-exit-message]
console chapter *lessons: (needs "tokio-console" "cargo install tokio-console --locked")
    #!/usr/bin/env bash
    set -euo pipefail
    chapter=$1 package=$(basename crates/"$1"-*) && shift
    RUSTFLAGS="--cfg tokio_unstable" cargo build --release --target-dir target/console \
        --package "$package" --features console
    target/console/release/"$chapter" "$@" > target/console/output.txt &
    trap "kill $!" EXIT
    tokio-console

# Show how close chapter 6 comes to the machine's limit
limit:
    @just run chapter-06 limit

# Check what changed since HEAD, or since a base: just quick main
quick *base:
    @bash .ci/quick "$@"

# Check all that CI checks
check:
    bash .ci/run

[private]
[no-exit-message]
needs tool install:
    @command -v "$1" > /dev/null || { echo "'$1' is missing; install it with: $2" >&2; exit 1; }
