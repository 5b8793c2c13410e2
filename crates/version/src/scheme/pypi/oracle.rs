//! The same order as Python's own `packaging`, asked where Python is installed.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::Scheme;

/// Prints, for each pair of lines, -1, 0 or 1, and for the last line whether the specifier takes each version.
const SCRIPT: &str = "
import sys
try:
    from packaging.version import Version
    from packaging.specifiers import SpecifierSet
except ImportError:
    from pip._vendor.packaging.version import Version
    from pip._vendor.packaging.specifiers import SpecifierSet
versions, specifiers = (part.split() for part in sys.stdin.read().split('|'))
for a in versions:
    for b in versions:
        x, y = Version(a), Version(b)
        print((x > y) - (x < y))
for s in specifiers:
    for v in versions:
        print(int(SpecifierSet(s).contains(v, prereleases=True)))
";

const VERSIONS: &[&str] = &[
    "0",
    "0.0.1",
    "1",
    "1.0",
    "1.0.0.0",
    "1.0a",
    "1.0.dev3",
    "1.0a1",
    "1.0a1.dev2",
    "1.0a1.post1",
    "1.0a1.post1.dev1",
    "1.0b2",
    "1.0rc1",
    "1.0c2",
    "1.0-1",
    "1.0.post1",
    "1.0.post1.dev2",
    "1.0.post2",
    "1.0+a",
    "1.0+a.1",
    "1.0+1.a",
    "1.0+10",
    "1.0.post1+x",
    "1.0.1",
    "1.1",
    "1.1a1",
    "1.1.dev0",
    "1.2.3",
    "1.10",
    "1.20.0",
    "2.0a1",
    "2",
    "2.0.post1",
    "2!0.1",
    "1!1.0",
    "10.0",
    "2024.1",
    "1.0.0rc1+z",
];

/// Not `==1.0.0.*`: packaging before 23 did not hold it for `1.0a1`.
const SPECIFIERS: &[&str] = &[
    "==1.0",
    "==1.*",
    "==1.0.*",
    "!=1.0",
    "!=1.*",
    "<1.0",
    "<=1.0",
    ">1.0",
    ">=1.0",
    "<1.0a1",
    "<=1.0a1",
    ">1.0a1",
    ">1.0.post1",
    "<1.0.post1",
    ">=1.0.post1",
    "~=1.0",
    "~=1.0.0",
    "~=1.0a1",
    "~=1.0.post1",
    "==1.0+a",
    "!=1.0+a",
    "===1.0",
    "<2",
    ">2",
    "<2.0.dev0",
    ">=1,<2",
    ">=1.0,!=1.0.1,<1.2",
    "==2!0.*",
    ">=2!0",
    "~=1!1.0",
    "<1.1.dev0",
    ">0.0",
    "<=1.0.dev3",
    "==1.0.post1",
    ">1.0.dev3",
];

#[test]
fn order_and_specifiers_are_those_of_packaging() {
    let Some(answer) = ask(&format!("{}|{}", VERSIONS.join(" "), SPECIFIERS.join(" "))) else {
        println!("skipped: no python3 with packaging");
        return;
    };
    let mut answers = answer.lines();
    for a in VERSIONS {
        for b in VERSIONS {
            let ours = Scheme::PyPi.compare(a, b).unwrap() as i8;
            assert_eq!(
                answers.next(),
                Some(ours.to_string().as_str()),
                "{a} and {b}"
            );
        }
    }
    for specifier in SPECIFIERS {
        let range = Scheme::PyPi.range(specifier).unwrap();
        for version in VERSIONS {
            let ours = u8::from(range.contains(version).unwrap());
            assert_eq!(
                answers.next(),
                Some(ours.to_string().as_str()),
                "{version} in {specifier}"
            );
        }
    }
}

fn ask(question: &str) -> Option<String> {
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(question.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
