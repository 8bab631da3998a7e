// tidy: table
//! Words that must not stand in the tree.

/// Module names that say nothing about what is in the module.
pub(crate) const MODULES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// Text that ties the project to one machine.
pub(crate) const MACHINE: &[&str] = &[
    "/work/",
    "/root/",
    "/home/runner",
    "/home/user",
    "/home/ubuntu",
    "/Users/",
    ":\\Users\\",
    "/tmp/bash_jobs",
];

/// Registries and their mirrors: which one is used is the machine's own business.
pub(crate) const REGISTRIES: &[&str] = &[
    "proxy.golang.org",
    "sum.golang.org",
    "GOPROXY",
    "static.crates.io",
    "index.crates.io",
    "files.pythonhosted.org",
    "pypi.org/simple",
    "--index-url",
    "registry.npmjs.org",
    "sparse+http",
    "artifactory",
];

/// Files that hold these words for a reason: this table, and the lock file, which names its registry by rule.
pub(crate) const EXEMPT: &[&str] = &["xtask/src/tidy/banned.rs", "Cargo.lock"];
