# Everything here is one cargo command; the README shows them beside these.

set positional-arguments

# List the recipes
default:
    @just --list --unsorted

# Run a chapter, or one of its lessons: just run chapter-03 read-file
[no-exit-message]
run chapter *args: (known chapter)
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

# Run all tests, or a chapter's, or a lesson's: just test, just test chapter-03 select
[no-exit-message]
test *chapter:
    #!/usr/bin/env bash
    set -euo pipefail
    [ $# != 0 ] || exec cargo test --workspace
    package=$(just _package "$1")
    # A lesson's tests stand in the module of its name.
    exec cargo test --package "$package" ${2:+--lib "${2//-/_}::"}

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

# Read the built book in Chromium: links, search, colors, small screens, the keyboard, paper
[no-exit-message]
book-test: (needs "mdbook" "cargo install mdbook --version 0.5.4 --locked")
    @mdbook build docs --dest-dir "$PWD/target/book"
    @cargo run --quiet --package book-test -- target/book target/book-test

# Run lessons again and keep what they print and draw for the book: just capture chapter-03
capture *args:
    cargo run --quiet --package book -- capture "$@"

# Solve the exercises, in a folder of your own that is made once: my-exercises
[no-exit-message]
exercise: (needs "rustlings" "cargo install rustlings --version 6.5.0 --locked")
    @cargo run --quiet --package classroom -- exercise

# Plan a class: all there is, a course of one day, one of three, or evenings: just class --minutes 120
[no-exit-message]
class *args:
    @cargo run --quiet --package classroom -- class "$@"

# Grade the folder you stand in, another, a class, or the set itself: just grade --class DIR
[no-exit-message]
[no-cd]
grade *args:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- grade "$@"

# Run the solutions' tests again and again, at 1, 2 and 8 test threads: just flaky 20
[no-exit-message]
flaky *args:
    @cargo run --quiet --package classroom -- flaky "$@"

# Change the solutions, one place at a time, and show with which changes all tests pass
[no-exit-message]
mutate *args:
    @cargo run --quiet --package classroom -- mutate "$@"

# Make a learner's copy of the exercises, without solutions; of a course: just handout DIR --days 1
[no-exit-message]
[no-cd]
handout dir *args:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- handout "$@"

# Put the solutions into a learner's folder, afterwards; into all of a class: just solutions --class DIR
[no-exit-message]
[no-cd]
solutions *args:
    @cargo run --quiet --manifest-path "{{justfile_directory()}}/Cargo.toml" --package classroom -- solutions "$@"

# Show the teacher's notes on an exercise: what goes wrong, and what to ask
[no-exit-message]
notes name:
    @cargo run --quiet --package classroom -- notes "$1"

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

# Measure all, a chapter, or one thing: just bench, just bench chapter-04 squares
[no-exit-message]
bench *chapter:
    #!/usr/bin/env bash
    set -euo pipefail
    [ $# != 0 ] || exec cargo bench --workspace --benches
    package=$(just _package "$1")
    benches=$(cd "crates/$package" && ls benches 2> /dev/null | sed -n 's/\.rs$//p' | xargs || true)
    [ -n "$benches" ] || { echo "$1 has no benchmarks; chapters 4, 5 and 6 and the appendix have" >&2; exit 2; }
    [ $# != 1 ] || exec cargo bench --package "$package" --benches
    name=${2//-/_}
    [[ " $benches " == *" $name "* ]] || { echo "$1 measures: $benches" >&2; exit 2; }
    exec cargo bench --package "$package" --bench "$name"

# Run the same work in several languages and ways: just compare, just compare pipeline --rounds 3
[no-exit-message]
compare *args:
    @cd crates/compare && cargo run --quiet --release --locked -- "$@"

# Install what other languages need for that, below target: Go and Python's packages from PyPI, x/net
[no-exit-message]
compare-tools:
    @bash crates/compare/tools.sh

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

# Says which chapter has a lesson that was named without one.
[private]
[no-exit-message]
known chapter:
    #!/usr/bin/env bash
    set -euo pipefail
    grep -qxF "$1" docs/lessons.txt && exit
    found=$(awk -v name="$1" '/^[^ ]/ { chapter = $1 } $1 == name { print "just run " chapter, name }' docs/lessons.txt)
    [ -z "$found" ] || { echo "'$1' is a lesson; run it with:"; echo "$found"; exit 2; } >&2
    echo "there is no chapter '$1'; there are: $(grep -v '^ ' docs/lessons.txt | xargs)" >&2
    exit 2

# The package of a chapter, or of a crate: chapter-03-tokio of chapter-03.
[private]
[no-exit-message]
_package name:
    #!/usr/bin/env bash
    set -euo pipefail
    for manifest in crates/"$1"/Cargo.toml crates/"$1"-*/Cargo.toml; do
        [ ! -e "$manifest" ] || { basename "$(dirname "$manifest")"; exit; }
    done
    echo "there is no chapter or crate '$1'; there are: $(ls crates | xargs)" >&2
    exit 2

[private]
[no-exit-message]
needs tool install:
    @command -v "$1" > /dev/null || { echo "'$1' is missing; install it with: $2" >&2; exit 1; }
