use super::*;
use patchward_test_support::mutate;

const SMALL: &str = "# comment
a==1.0 --hash=sha256:00 \\
  --hash=sha256:11  # why
b[x] >= 2.0, < 3 ; python_version > '3'
c \\
 == 3.0
d
e @ https://x.example/e.zip
-r sub/more.txt
-c pins.txt
-e git+https://git.example/f@0123456789012345678901234567890123456789#egg=f
./wheels/g-1.9.2-cp34-none-win32.whl
h==${VERSION}
--index-url https://index.example/simple
%if x%
";

fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "requirements.txt",
        bytes,
        open: &|path| match path {
            "sub/more.txt" => {
                Some(b"more==1.0\n-r ../requirements.txt\n-r ../../outside.txt\n".to_vec())
            }
            "pins.txt" => Some(b"D==4.0\nunused==1\n".to_vec()),
            _ => None,
        },
    })
}

#[test]
fn requirements_of_every_form() {
    let got = read(SMALL.as_bytes()).unwrap();
    let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
    assert_eq!(
        purls,
        [
            "pkg:pypi/a@1.0",
            "pkg:pypi/b@2.0",
            "pkg:pypi/c@3.0",
            "pkg:pypi/d@4.0",
            "pkg:pypi/e",
            "pkg:pypi/f",
            "pkg:pypi/g@1.9.2",
            "pkg:pypi/more@1.0"
        ]
    );
    let [a, b, c, ..] = &got.components[..] else {
        panic!()
    };
    assert_eq!(a.properties["integrity"], "sha256:00 sha256:11");
    assert_eq!(b.properties["constraint"], ">= 2.0, < 3");
    assert_eq!(c.locations[0].line, Some(5));
    assert_eq!(got.components[7].locations[0].path, "sub/more.txt");
    assert!(got.components[5].properties.contains_key("commit"));
    let lines: Vec<_> = got.problems.iter().map(|p| p.location.line).collect();
    assert_eq!(lines, [Some(13), Some(15), None]);
}

#[test]
fn utf_16_is_read() {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend("a==1.0\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&bytes).unwrap().components[0].purl, "pkg:pypi/a@1.0");
}

#[test]
fn a_missing_included_file_is_a_problem() {
    let got = read(b"-r nowhere.txt").unwrap();
    assert!(got.problems[0].message.contains("nowhere.txt"));
}

#[test]
fn mutations_never_panic() {
    mutate(&[SMALL.as_bytes()], 1000, |bytes| {
        let _ = read(bytes);
    });
}
