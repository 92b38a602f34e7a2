//! Arrows point one way: the device's crate and the server's stand on the core and never name each other; the core stands on no machinery.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tests::programs::{metadata, workspace};

/// Names of a member's dependencies, of every kind.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata().unwrap()["packages"].as_array().unwrap();
    let own = packages.iter().filter(|package| package["source"].is_null());
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    own.map(|package| (name(package), package["dependencies"].as_array().unwrap().iter().map(name).collect())).collect()
}

/// The core and everything below it, in its default features, as it is compiled for a device or a server.
fn below_the_core() -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(workspace()).args(["tree", "--locked", "--package", "sync-core", "--edges", "normal", "--prefix", "none"]);
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn device_and_server_depend_on_the_core_and_not_on_each_other() {
    let all = dependencies();
    for (one, other) in [("local-store", "sync-server"), ("sync-server", "local-store")] {
        assert!(all[one].contains("sync-core"), "{one} does not stand on the core");
        for above in [other, "examples", "tests"] {
            assert!(!all[one].contains(above), "{one} names {above}");
        }
    }
    let own: Vec<&String> = all.keys().filter(|name| all["sync-core"].contains(*name)).collect();
    assert!(own.is_empty(), "the core names {own:?}");
}

#[test]
fn their_sources_do_not_name_each_other() {
    for (one, other) in
        [("local-store", "sync_server"), ("sync-server", "local_store"), ("sync-core", "sync_server"), ("sync-core", "local_store")]
    {
        let mut texts = Vec::new();
        sources(&workspace().join(one).join("src"), &mut texts);
        assert!(!texts.is_empty());
        assert!(!texts.iter().any(|text| text.contains(&format!("{other}::"))), "{one} names {other}");
    }
}

#[test]
fn the_core_has_no_machinery_below_it() {
    let below = below_the_core();
    assert!(below.contains("automerge"), "{below:?}");
    for machinery in ["tokio", "rusqlite", "libsqlite3-sys", "reqwest", "hyper", "axum", "rustls", "mio", "socket2"] {
        assert!(!below.contains(machinery), "the core stands on {machinery}");
    }
}
