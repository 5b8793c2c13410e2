//! How long big lockfiles take: the promises are under 2 ms for a large `Cargo.lock` and well under 0.5 s for a
//! `package-lock.json` of 10 MB.

use std::fmt::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchward_inventory::lockfile::format_named;
use patchward_inventory::parse::Input;

/// A `Cargo.lock` of so many packages; as in real ones, no path of introduction is longer than a dozen steps.
fn cargo_lock(packages: usize) -> String {
    let mut text = String::from("version = 4\n");
    for at in 0..packages {
        let source = "registry+https://github.com/rust-lang/crates.io-index";
        let _ = write!(
            text,
            "\n[[package]]\nname = \"package-{at}\"\nversion = \"1.{at}.0\"\n"
        );
        if at > 0 {
            let _ = write!(text, "source = \"{source}\"\nchecksum = \"{at:064x}\"\n");
        }
        let needs = (1..6).map(|step| at * 3 + step).filter(|&to| to < packages);
        let needs: Vec<String> = needs.map(|to| format!(" \"package-{to}\",\n")).collect();
        if !needs.is_empty() {
            let _ = write!(text, "dependencies = [\n{}]\n", needs.concat());
        }
    }
    text
}

/// A `package-lock.json` of version 3 with so many packages.
fn package_lock(packages: usize) -> String {
    let mut text = String::from(
        "{\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\"dependencies\": {\"p0\": \"1\"}}",
    );
    for at in 0..packages {
        let _ = write!(
            text,
            ",\n    \"node_modules/p{at}\": {{\n      \"version\": \"1.{at}.0\",\n      \"resolved\": \"https://registry.example/p{at}/-/p{at}-1.{at}.0.tgz\",\n      \"integrity\": \"sha512-{at:086x}==\",\n      \"license\": \"MIT\",\n      \"dependencies\": {{\"p{}\": \"^1.0.0\", \"p{}\": \"^1.0.0\"}},\n      \"engines\": {{\"node\": \">=10\"}}\n    }}",
            at * 2 + 1,
            at * 2 + 2
        );
    }
    text.push_str("\n  }\n}\n");
    text
}

fn lockfiles(criterion: &mut Criterion) {
    let inputs = [
        ("cargo-lock", "1000 packages", cargo_lock(1_000)),
        ("npm-package-lock", "10 MB", package_lock(27_000)),
    ];
    let mut group = criterion.benchmark_group("lockfile");
    group.sample_size(20);
    for (name, size, text) in &inputs {
        let Some(format) = format_named(name) else {
            continue;
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name} {size}"), |bencher| {
            bencher.iter(|| {
                format.read(&Input {
                    path: "lockfile",
                    bytes: text.as_bytes(),
                    open: &|_| None,
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lockfiles);
criterion_main!(benches);
