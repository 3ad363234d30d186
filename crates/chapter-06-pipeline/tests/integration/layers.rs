//! The modules of the program stand in layers, and none knows one above it.
//!
//! Read from the `use` lines of the sources, tests aside. A `pub use` only
//! gives a name to what stands elsewhere, so it is no import; who imports that
//! name imports the module behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the top to the bottom. A module may import those of its own row and of
/// the rows below, and the parts of its own folder.
const LAYERS: [&[&str]; 9] = [
    &["serve"],
    &["run"],
    &["crawl", "sources"],
    &["journal", "report", "sitemap"],
    &["index"],
    &["digest", "fetch"],
    &["body"],
    &["directives", "progress", "refresh", "source"],
    &["failure", "printable"],
];

/// The names of a `use` tree, each in full: `a::{b, c::d}` is `a::b` and
/// `a::c::d`.
fn names(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        return vec![
            tree.split(" as ").next().unwrap_or_default().trim().to_owned(),
        ];
    };
    let inner = rest.trim_end().strip_suffix('}').expect("a brace is closed");
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(names)
        .map(|name| format!("{}{name}", prefix.trim()))
        .collect()
}

/// The `use` items of a source file that begin with these words, as names in
/// full.
fn uses(text: &str, keyword: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(tree) = line.strip_prefix(keyword) else { continue };
        let mut tree = tree.to_owned();
        while !tree.ends_with(';') {
            tree.push_str(
                lines.next().expect("a `use` ends with a semicolon").trim(),
            );
        }
        found.extend(names(tree.trim_end_matches(';')));
    }
    found
}

/// The modules of the program by name, as in `fetch::limits`, each with its
/// source.
fn modules() -> BTreeMap<String, String> {
    fn read(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in
            fs::read_dir(folder).expect("the folder is part of the repository")
        {
            let path = entry.expect("it can be listed").path();
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .expect("names are plain");
            let name = format!("{prefix}{stem}");
            if path.is_dir() {
                read(&path, &format!("{name}::"), found);
            } else if stem != "tests" {
                let name = if stem == "mod" {
                    prefix.trim_end_matches("::")
                } else {
                    &name
                };
                let text = fs::read_to_string(&path).expect("it can be read");
                found.insert(name.to_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program");
    read(&folder, "", &mut found);
    // The root only lists its parts.
    found.remove("").expect("the program has a root");
    found
}

/// A name in full as seen from a module, without the path of the program;
/// `None` if it is none of the program's.
fn absolute(from: &str, is_folder: bool, name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("crate::program::") {
        return Some(rest.to_owned());
    }
    // `self` is the module itself; its names stand in it, or in its folder if
    // it has one.
    let mut at: Vec<&str> = from.split("::").collect();
    let mut rest = name;
    if let Some(inner) = rest.strip_prefix("self::") {
        rest = inner;
    } else if rest.starts_with("super::") {
        while let Some(inner) = rest.strip_prefix("super::") {
            (rest, _) =
                (inner, at.pop().expect("nothing is above the program"));
        }
    } else {
        let first = rest.split("::").next().unwrap_or_default();
        let is_own = is_folder
            && !rest.starts_with("crate::")
            && first.starts_with(char::is_lowercase);
        return is_own.then(|| format!("{from}::{rest}"));
    }
    at.extend(rest.split("::"));
    Some(at.join("::"))
}

/// For each module the modules that it imports.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn graph() -> Graph {
    let sources = modules();
    let is_folder = |name: &str| {
        let prefix = format!("{name}::");
        sources.keys().any(|other| other.starts_with(&prefix))
    };
    // Where the names stand that a module only passes on.
    let mut passed_on: BTreeMap<String, String> = BTreeMap::new();
    for (module, text) in &sources {
        for name in uses(text, "pub use ") {
            let last = name.rsplit("::").next().unwrap_or_default();
            if let Some(full) = absolute(module, is_folder(module), &name) {
                passed_on.insert(format!("{module}::{last}"), full);
            }
        }
    }
    let imports = |module: &str, text: &str| {
        let names = uses(text, "use ").into_iter();
        let names =
            names.filter_map(|name| absolute(module, is_folder(module), &name));
        let names =
            names.map(|name| passed_on.get(&name).cloned().unwrap_or(name));
        let found = names.filter_map(|name| {
            let mut name = name.as_str();
            while !sources.contains_key(name) {
                name = name.rsplit_once("::")?.0;
            }
            Some(name.to_owned())
        });
        found.filter(|found| found != module).collect()
    };
    sources
        .iter()
        .map(|(module, text)| (module.clone(), imports(module, text)))
        .collect()
}

/// A path through the graph that ends where it began.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    fn walk<'a>(
        graph: &'a Graph,
        module: &'a str,
        path: &mut Vec<&'a str>,
        ended: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(at) = path.iter().position(|&on| on == module) {
            return Some(
                path[at..]
                    .iter()
                    .chain([&module])
                    .map(ToString::to_string)
                    .collect(),
            );
        }
        if ended.contains(module) {
            return None;
        }
        path.push(module);
        let found = graph[module]
            .iter()
            .find_map(|next| walk(graph, next, path, ended));
        path.pop();
        ended.insert(module);
        found
    }
    let mut ended = BTreeSet::new();
    graph
        .keys()
        .find_map(|module| walk(graph, module, &mut Vec::new(), &mut ended))
}

fn row(module: &str) -> usize {
    let top = module.split("::").next().unwrap_or_default();
    let row = LAYERS.iter().position(|row| row.contains(&top));
    row.unwrap_or_else(|| panic!("`{top}` stands in no layer; give it one"))
}

#[test]
fn no_module_knows_one_above_it() {
    let graph = graph();
    for (module, imports) in &graph {
        for import in imports {
            assert!(
                row(module) <= row(import),
                "`{module}` imports `{import}`, which is above it"
            );
        }
    }
}

#[test]
fn no_imports_go_in_a_circle() {
    assert_eq!(circle(&graph()), None);
}

#[test]
fn the_heart_is_short_and_knows_the_stages_alone() {
    let heart = &graph()["run::document"];
    for stage in ["fetch::attempts", "run::bridge", "digest", "index::builder"]
    {
        assert!(heart.contains(stage), "{heart:#?}");
    }
    for concern in ["crawl", "journal", "report"] {
        assert!(
            !heart.iter().any(|import| import.starts_with(concern)),
            "{heart:#?}"
        );
    }
    assert!(modules()["run::document"].lines().count() <= 150);
}

#[test]
fn a_circle_and_a_tree_are_told_apart() {
    let graph = |edges: &[(&str, &[&str])]| -> Graph {
        let set =
            |names: &[&str]| names.iter().map(ToString::to_string).collect();
        edges.iter().map(|(name, to)| ((*name).to_owned(), set(to))).collect()
    };
    let tree = graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(circle(&tree), None);
    let round = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
    assert_eq!(
        circle(&round),
        Some(["b", "c", "b"].map(String::from).to_vec())
    );
}

#[test]
fn a_use_tree_is_its_names_in_full() {
    let text = "use super::index::{self, Index};\nuse crate::program::a::{\n    b::C as D,\n    e,\n};\n\
                #[cfg(test)]\nmod tests { use super::f; }\n";
    assert_eq!(
        uses(text, "use "),
        [
            "super::index::self",
            "super::index::Index",
            "crate::program::a::b::C",
            "crate::program::a::e"
        ]
    );
    assert_eq!(
        absolute("fetch::limits", false, "super::retry::delay"),
        Some("fetch::retry::delay".into())
    );
    assert_eq!(
        absolute("fetch", true, "super::body::Body"),
        Some("body::Body".into())
    );
    assert_eq!(
        absolute("fetch", true, "self::retry::delay"),
        Some("fetch::retry::delay".into())
    );
    assert_eq!(absolute("fetch::limits", false, "std::sync::Arc"), None);
}
