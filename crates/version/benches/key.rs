//! Keys per second, per scheme, on versions as they are published.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use patchward_version::Scheme;

/// Versions of the forms that each scheme mostly meets.
fn versions(scheme: Scheme) -> &'static [&'static str] {
    match scheme {
        Scheme::Debian => &[
            "1:2.38.1-5+deb12u3",
            "5.2.15-2+b7",
            "252.39-1~deb12u1",
            "7.88.1-10+deb12u14",
        ],
        Scheme::Rpm => &[
            "1:1.1.1k-12.el8_9",
            "2.34-100.el9_4.4",
            "5.14.0-427.42.1.el9_4",
            "0:4.18.0-553.el8",
        ],
        Scheme::Alpine => &[
            "1.36.1-r29",
            "3.3.2-r4",
            "2.39.0_git20240101-r0",
            "9.7_p1-r4",
        ],
        Scheme::Arch => &[
            "1:1.24.0-2",
            "6.11.5.arch1-1",
            "2.44.0-1",
            "20240909.552ed19-1",
        ],
        Scheme::Gentoo => &["6.6.58-r1", "1.2.3b_p20240101-r2", "3.12.7", "2.39-r9"],
        Scheme::Go => &[
            "v1.24.0",
            "v0.0.0-20190116102854-5a71ef0e047d",
            "v3.2.0+incompatible",
            "go1.22.1",
        ],
        Scheme::PyPi => &["2.31.0", "1.26.4", "3.0.0rc1", "2024.2.2.post1"],
        Scheme::Maven => &["2.17.1", "5.3.39.RELEASE", "1.0-alpha-3", "31.1-jre"],
        Scheme::Jvm => &["1.8.0_412-b08", "17.0.11+9", "21.0.3", "8u412"],
        Scheme::Packagist => &["v6.4.8", "2.7.7", "1.0.0-beta2", "v10.48.22"],
        Scheme::Cran | Scheme::Hackage => &["1.4.2", "0.12.0.3", "3.1.0", "2.0"],
        Scheme::RubyGems => &["7.1.3.4", "1.16.7.java", "3.0.0.rc1", "2.2.9"],
        Scheme::Conda | Scheme::Gradle | Scheme::Cpan | Scheme::Conan => {
            &["1.2.3", "4.17.21", "0.10.0", "18.3.1"]
        }
        _ => &["1.2.3", "4.17.21", "0.10.0-beta.2", "18.3.1+build.5"],
    }
}

fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key");
    for scheme in Scheme::ALL {
        let versions = versions(*scheme);
        group.throughput(Throughput::Elements(versions.len() as u64));
        group.bench_function(scheme.name(), |bencher| {
            let mut out = Vec::with_capacity(256);
            bencher.iter(|| {
                for version in versions {
                    out.clear();
                    let written = scheme.write_key(black_box(version), &mut out);
                    assert!(written.is_ok(), "{scheme} {version}");
                }
                black_box(&out);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, keys);
criterion_main!(benches);
