use std::process::Command;

use tempfile::TempDir;

use super::*;

/// A header with the tags that every package has, and an epoch.
fn header(name: &str, epoch: u32) -> Vec<u8> {
    let (mut index, mut data) = (Vec::<u8>::new(), Vec::<u8>::new());
    let mut entry = |tag: u32, kind: u32, value: &[u8]| {
        for number in [tag, kind, data.len() as u32, 1] {
            index.extend(number.to_be_bytes());
        }
        data.extend(value);
    };
    entry(1003, 4, &epoch.to_be_bytes());
    entry(1000, 6, format!("{name}\0").as_bytes());
    entry(1001, 6, b"1.2\0");
    entry(1002, 6, b"3.el9\0");
    entry(1022, 6, b"x86_64\0");
    entry(1044, 6, b"source-1.2-3.el9.src.rpm\0");
    entry(5096, 6, b"nodejs:18:9:abc\0");
    let mut blob = Vec::new();
    blob.extend((index.len() as u32 / 16).to_be_bytes());
    blob.extend((data.len() as u32).to_be_bytes());
    blob.extend(index);
    blob.extend(data);
    blob
}

/// An ndb database with one package.
fn ndb(header: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 4096];
    file[..4].copy_from_slice(b"RpmP");
    file[12] = 1;
    for slot in file[32..].chunks_exact_mut(16) {
        slot[..4].copy_from_slice(b"Slot");
    }
    file[36] = 1;
    file[40..44].copy_from_slice(&256_u32.to_le_bytes());
    file.extend(b"BlbS\x01\0\0\0\0\0\0\0");
    file.extend((header.len() as u32).to_le_bytes());
    file.extend(header);
    file
}

/// A Berkeley DB hash file with one package, which lies in overflow pages.
fn bdb(header: &[u8]) -> Vec<u8> {
    const PAGE: usize = 512;
    let mut file = vec![0; 2 * PAGE];
    file[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
    file[20..24].copy_from_slice(&(PAGE as u32).to_le_bytes());
    file[25] = 8;
    let page = &mut file[PAGE..];
    page[20] = 2;
    page[25] = 13;
    let key_at = PAGE - 5;
    let data_at = key_at - 12;
    page[26..28].copy_from_slice(&(key_at as u16).to_le_bytes());
    page[28..30].copy_from_slice(&(data_at as u16).to_le_bytes());
    page[key_at..].copy_from_slice(&[1, 1, 0, 0, 0]);
    page[data_at] = 3;
    page[data_at + 4] = 2;
    page[data_at + 8..data_at + 12].copy_from_slice(&(header.len() as u32).to_le_bytes());
    for (number, part) in (2_u32..).zip(header.chunks(PAGE - 26)) {
        let mut page = vec![0; PAGE];
        let last = part.len() < PAGE - 26;
        page[16..20].copy_from_slice(&(if last { 0 } else { number + 1 }).to_le_bytes());
        page[22..24].copy_from_slice(&(part.len() as u16).to_le_bytes());
        page[25] = 7;
        page[26..26 + part.len()].copy_from_slice(part);
        file.extend(page);
        file[32..36].copy_from_slice(&number.to_le_bytes());
    }
    file
}

/// A small database, as a seed.
pub fn database() -> Vec<u8> {
    ndb(&header("one", 1))
}

fn parsed(bytes: &[u8]) -> Result<Parsed, ParseError> {
    read("var/lib/rpm/db", &bytes, &b"".as_slice(), None)
}

#[test]
fn a_header_becomes_a_component_in_every_form_of_database() {
    let header = header("tool", 2);
    for file in [ndb(&header), bdb(&header)] {
        let one = parsed(&file).unwrap().components.remove(0);
        assert_eq!(one.version, "2:1.2-3.el9");
        let source = one.source.unwrap();
        assert_eq!(
            (source.name.as_str(), source.version.as_str()),
            ("source", "2:1.2-3.el9")
        );
        assert_eq!(one.module.as_deref(), Some("nodejs:18:9:abc"));
        assert_eq!(
            one.purl,
            "pkg:rpm/tool@1.2-3.el9?arch=x86_64&epoch=2&upstream=source"
        );
    }
}

#[test]
fn a_signing_key_is_no_package() {
    let file = ndb(&header("gpg-pubkey", 0));
    assert_eq!(parsed(&file).unwrap().components, []);
}

#[test]
fn something_else_is_an_error() {
    for bytes in [
        &b""[..],
        b"SQLite format 3\0",
        b"RpmP\0\0\0\0\0\0\0\0\0\0\0\0",
        &[0; 600],
    ] {
        assert!(parsed(bytes).is_err());
    }
}

#[test]
fn mutated_databases_never_panic_and_always_end() {
    let header = header("tool", 2);
    let (ndb, bdb) = (ndb(&header), bdb(&header));
    patchward_test_support::mutate(&[&ndb, &bdb], 1000, |bytes| {
        let _ = parsed(bytes);
    });
    patchward_test_support::mutate(&[&header], 1000, |bytes| {
        let _ = Header::parse(bytes).map(|header| header.each_file(|_| true));
    });
}

/// Runs a command in `folder`; `None` when this machine does not have it.
fn run(folder: &TempDir, program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A database that rpm itself made, with two packages, one with an epoch and many files.
fn made_by_rpm() -> Option<(TempDir, String)> {
    let folder = TempDir::new().unwrap();
    let spec = |name: &str, epoch: &str, files: usize| {
        let list: String = (0..files)
            .map(|n| format!("%dir /opt/{name}/folder-{n}\n"))
            .collect();
        format!(
            "Name: {name}\nVersion: 1.0\nRelease: 1\nSummary: x\nLicense: MIT\n{epoch}BuildArch: noarch\n\
             %description\nx\n%install\nfor n in $(seq 0 {files}); do mkdir -p %{{buildroot}}/opt/{name}/folder-$n; done\n\
             rm -rf %{{buildroot}}/opt/{name}/folder-{files}\n%files\n{list}"
        )
    };
    let top = format!("_topdir {}", folder.path().display());
    let database = format!("{}/db", folder.path().display());
    for (name, epoch, files) in [("small", "", 1), ("large", "Epoch: 3\n", 400)] {
        let file = format!("{name}.spec");
        std::fs::write(folder.path().join(&file), spec(name, epoch, files)).unwrap();
        run(&folder, "rpmbuild", &["-D", &top, "--quiet", "-bb", &file])?;
        let package = format!("RPMS/noarch/{name}-1.0-1.noarch.rpm");
        let flags = [
            "--justdb",
            "--nodeps",
            "--ignoreos",
            "--ignorearch",
            "--noscripts",
        ];
        let mut arguments = vec!["--dbpath", &database, "-i", &package];
        arguments.extend(flags);
        run(&folder, "rpm", &arguments)?;
    }
    let query = [
        "--dbpath",
        &database,
        "-qa",
        "--qf",
        "%{NAME} %{EVR} %{SOURCERPM}\n",
    ];
    let listed = run(&folder, "rpm", &query)?;
    Some((folder, listed))
}

/// The packages that we read from a folder's database, one per line as the query prints them.
fn read_by_us(folder: &TempDir) -> Vec<String> {
    let root = crate::root::Root::open(folder.path()).unwrap();
    let file = "rpmdb.sqlite";
    let database = root.open_file(format!("db/{file}")).unwrap();
    let wal = root
        .read(format!("db/{file}-wal"), 1 << 30)
        .unwrap_or_default();
    let parsed = read(file, &database, &wal.as_slice(), None).unwrap();
    let line = |c: &Component| format!("{} {} {}", c.name, c.version, c.properties["source-rpm"]);
    let mut lines: Vec<String> = parsed.components.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn what_rpm_wrote_is_read_as_rpm_lists_it() {
    let Some((folder, listed)) = made_by_rpm() else {
        println!("skipped: rpm and rpmbuild are not installed");
        return;
    };
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort();
    assert_eq!(listed.len(), 2);
    assert_eq!(read_by_us(&folder), listed);
}

#[test]
fn the_write_ahead_log_counts_and_nothing_is_written() {
    let Some((folder, _)) = made_by_rpm() else {
        println!("skipped: rpm and rpmbuild are not installed");
        return;
    };
    // Another process holds the database open after a write, so the removal is only in the log.
    let script = "import sqlite3,sys\nd=sqlite3.connect('db/rpmdb.sqlite')\nd.execute('pragma journal_mode=wal')\n\
                  d.execute('pragma wal_autocheckpoint=0')\nd.execute('delete from Packages where hnum=1')\nd.commit()\n\
                  print('ready',flush=True)\nsys.stdin.read()\n";
    let started = Command::new("python3")
        .args(["-c", script])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut writer) = started else {
        println!("skipped: python3 is not installed");
        return;
    };
    let mut ready = [0; 5];
    std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut ready).unwrap();
    let state = || {
        let entries = std::fs::read_dir(folder.path().join("db")).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (
                    entry.file_name(),
                    entry.metadata().unwrap().modified().unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    };
    let before = state();
    let found = read_by_us(&folder);
    assert_eq!(found, ["large 3:1.0-1 large-1.0-1.src.rpm"]);
    assert_eq!(state(), before);
    drop(writer.stdin.take());
    writer.wait().unwrap();
}
