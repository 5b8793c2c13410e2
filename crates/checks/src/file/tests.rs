use super::*;

fn parse(text: &str) -> Result<ChecksFile, FileError> {
    ChecksFile::parse("checks.toml", text.as_bytes())
}

const WHOLE: &str = r#"
timeout = "2s"
retries = 1
pause = "10ms"

[[http]]
name = "front page"
url = "https://127.0.0.1/?a=b"
host = "shop.example"
method = "POST"
headers = { Accept = "text/html" }
body = "x"
status = [200, 302]
redirects = 3
expect-headers = { content-type = "text/html" }
contains = ["Welcome"]
lacks = ["Warning"]
json = { "$.status" = "ok", "$.items[0].n" = 3 }
within = "500ms"
trusted = false
days-left = 14

[[tcp]]
name = "ssh"
address = "127.0.0.1:22"
contains = "SSH-2.0"

[[dns]]
name = "own zone"
server = "127.0.0.1:53"
query = "shop.example"
type = "AAAA"
expect = ["2001:db8::1"]

[[command]]
name = "configuration"
run = ["nginx", "-t"]
timeout = "1m"

[[service]]
name = "workers"
process = "php-fpm"
at-least = 2

[[sql]]
name = "database"
address = "127.0.0.1:5432"
database = "postgresql"

[[file]]
name = "settings"
path = "/etc/shop.conf"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
mode = "0640"

[[load]]
name = "front page under load"
url = "http://127.0.0.1/"
connections = 8
threshold = 0.05
"#;

#[test]
fn a_whole_file_is_read() {
    let file = parse(WHOLE).unwrap();
    assert_eq!(file.http[0].url.path, "/?a=b");
    assert_eq!(
        (file.http[0].json.len(), file.dns[0].record),
        (2, RecordType::Aaaa)
    );
    assert_eq!(
        (file.sql[0].database, file.file[0].mode),
        (Database::PostgreSql, Some(Mode(0o640)))
    );
    assert_eq!(parse("").unwrap(), ChecksFile::default());
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let page = include_str!("../../../../docs/checks.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let file = parse(example).unwrap();
    assert_eq!((file.http.len(), file.load.len()), (1, 1));
}

#[test]
fn errors_name_place_and_what_was_expected() {
    for (text, place, expected) in [
        (
            "[[htp]]\nname = \"a\"\n",
            (1, 3),
            "unknown field `htp`, expected one of",
        ),
        (
            "[[tcp]]\nname = \"a\"\naddress = \"nowhere\"\n",
            (3, 11),
            "expected `host:port`",
        ),
        (
            "[[tcp]]\nname = \"a\"\nadress = \"a:1\"\n",
            (3, 1),
            "unknown field `adress`, expected one of",
        ),
        ("[[tcp]]\nname = \"a\"\n", (1, 1), "missing field `address`"),
        ("timeout = \"5\"\n", (1, 11), "expected a time such as"),
        ("timeout = 5\n", (1, 11), "expected a string"),
        ("\n\n  x y\n", (3, 5), "="),
        (
            "[[http]]\nname = \"a\"\nurl = \"ftp://a\"\n",
            (3, 7),
            "expected an address such as",
        ),
        (
            "[[http]]\nname = \"a\"\nurl = \"http://a\"\nheaders = { host = \"b\" }\n",
            (4, 13),
            "expected the name of a header",
        ),
        (
            "[[http]]\nname = \"a\"\nurl = \"http://a\"\njson = { \"a\" = 1 }\n",
            (4, 10),
            "expected a path such as",
        ),
        (
            "[[http]]\nname = \"a\"\nurl = \"http://a\"\nredirects = 11\n",
            (2, 8),
            "at most 10",
        ),
        (
            "[[service]]\nname = \"ä\"\n",
            (2, 8),
            "expected either `unit` or `process`",
        ),
        ("[[file]]\nname = \"a\"\npath = \"x\"\n", (2, 8), "absolute"),
        (
            "[[load]]\nname = \"a\"\nurl = \"http://a\"\nrounds = 2\n",
            (2, 8),
            "5 to 50",
        ),
        (
            "[[tcp]]\nname = \"a\"\naddress = \"a:1\"\n[[tcp]]\nname = \"a\"\naddress = \"a:1\"\n",
            (5, 8),
            "`a` is taken",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.line, error.column), place, "{text}: {error}");
        assert!(error.message.contains(expected), "{error}");
        assert!(error.to_string().starts_with("checks.toml:"));
    }
}

#[test]
fn what_is_too_large_or_no_text_is_refused() {
    let long = format!("# {}", "x".repeat(BYTES));
    assert!(parse(&long).unwrap_err().message.contains("at most"));
    let many: String = (0..=CHECKS)
        .map(|n| format!("[[tcp]]\nname = \"{n}\"\naddress = \"a:1\"\n"))
        .collect();
    assert!(parse(&many).unwrap_err().message.contains("at most 500"));
    let bad = ChecksFile::parse("f", b"# fine\n# \xff\n").unwrap_err();
    assert_eq!(
        (bad.line, bad.column, bad.message.as_str()),
        (2, 3, "expected UTF-8 text")
    );
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(parse(&deep).is_err());
}

#[test]
fn mutated_files_are_read_or_refused_with_a_place() {
    patchward_test_support::mutate(&[WHOLE.as_bytes()], 400, |bytes| {
        if let Err(error) = ChecksFile::parse("f", bytes) {
            assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
        }
    });
}
