//! What we build on may be used by whoever uses us. See docs/adr/0060-licences-by-cargo-metadata.md for why no separate program does this.

use serde_json::Value;
use tests::programs::metadata;

/// Licences that ask for no more than naming the authors, and MPL-2.0, whose duty ends at its own files.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

/// True when the SPDX expression leaves a choice of allowed licences only. AND binds closer than OR; `/` is an old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (allowed, rest) = choice(&words);
    allowed && rest.is_empty()
}

fn choice<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut allowed, mut rest) = all(words);
    while let Some(("OR", after)) = rest.split_first().map(|(first, after)| (*first, after)) {
        let (next, after) = all(after);
        (allowed, rest) = (allowed | next, after);
    }
    (allowed, rest)
}

fn all<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    let (mut allowed, mut rest) = one(words);
    while let Some(("AND", after)) = rest.split_first().map(|(first, after)| (*first, after)) {
        let (next, after) = one(after);
        (allowed, rest) = (allowed & next, after);
    }
    (allowed, rest)
}

fn one<'a>(words: &'a [&'a str]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inside @ ..] => {
            let (allowed, rest) = choice(inside);
            rest.split_first().map_or((false, rest), |(closing, after)| (allowed && *closing == ")", after))
        }
        // An exception only gives more than the licence that it stands with.
        [name, "WITH", _, rest @ ..] | [name, rest @ ..] => (ALLOWED.contains(name), rest),
        [] => (false, words),
    }
}

fn packages() -> &'static Vec<Value> {
    metadata().unwrap()["packages"].as_array().unwrap()
}

#[test]
fn every_dependency_may_be_used_by_everybody() {
    let foreign: Vec<&Value> = packages().iter().filter(|package| !package["source"].is_null()).collect();
    assert!(foreign.len() > 100, "{} dependencies", foreign.len());
    let named = |package: &Value| format!("{} {}: {}", package["name"], package["version"], package["license"]);
    let refused: Vec<String> =
        foreign.into_iter().filter(|package| !package["license"].as_str().is_some_and(is_allowed)).map(named).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let elsewhere = packages().iter().filter_map(|package| package["source"].as_str()).find(|source| !source.starts_with("registry+"));
    assert_eq!(elsewhere, None);
}

#[test]
fn our_own_crates_carry_our_licence() {
    let own: Vec<&Value> = packages().iter().filter(|package| package["source"].is_null()).collect();
    assert_eq!(own.len(), 5);
    for package in own {
        assert_eq!(package["license"], "MIT OR Apache-2.0", "{}", package["name"]);
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for allowed in
        ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception", "GPL-3.0 AND MIT OR ISC"]
    {
        assert!(is_allowed(allowed), "{allowed}");
    }
    for refused in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR GPL-3.0) AND GPL-2.0", "(MIT", "MIT)", "MIT ISC", "GPL-3.0 OR MIT AND GPL-2.0"]
    {
        assert!(!is_allowed(refused), "{refused}");
    }
}
