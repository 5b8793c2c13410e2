use std::net::TcpListener;

use super::*;
use crate::ChecksFile;

#[test]
fn tables_of_sockets_are_read() {
    let table = "  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 777 1\n   1: 0100007F:1F91 00000000:0000 01 0:0 0:0 0 0 0 778 1\n   2: 00000000000000000000000001000000:0016 0:0 0A 0:0 0:0 0 0 0 779 1\nnonsense\n   3: zz:11 0 0A 0 0 0 0 0 1\n";
    let found: Vec<_> = listening(table).into_iter().collect();
    let expected = [("127.0.0.1:8080", 777), ("[::1]:22", 779)]
        .map(|(text, inode)| (text.parse().unwrap(), inode));
    assert_eq!(found, expected);
    patchward_test_support::mutate(&[table.as_bytes()], 2000, |bytes| {
        let _ = listening(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn what_listens_here_is_found_with_its_process_and_proposed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut all = listeners(&Place::here());
    if !all.iter().any(|one| one.address == address) {
        // Process 1 may live in another network namespace than the tests.
        println!("skipped: the sockets of this process are not those of process 1");
        return;
    }
    all.retain(|one| one.address == address);
    assert!(all[0].process.is_some());
    let text = propose(&Place::here(), false);
    let file = ChecksFile::parse("proposed.toml", text.as_bytes()).unwrap();
    assert!(
        file.tcp
            .iter()
            .any(|check| check.address.port == address.port())
    );
}

#[test]
fn enabled_services_are_those_with_links() {
    let root = tempfile::tempdir().unwrap();
    let wants = root
        .path()
        .join("etc/systemd/system/multi-user.target.wants");
    fs::create_dir_all(&wants).unwrap();
    fs::write(wants.join("nginx.service"), "").unwrap();
    fs::write(wants.join("remote-fs.target"), "").unwrap();
    fs::create_dir_all(root.path().join("etc/rc3.d")).unwrap();
    fs::write(root.path().join("etc/rc3.d/S01cron"), "").unwrap();
    let place = Place {
        root: root.path().to_owned(),
        ..Place::here()
    };
    assert_eq!(
        Vec::from_iter(enabled_services(&place)),
        ["cron", "nginx.service"]
    );
}

#[test]
fn a_process_with_an_evil_name_makes_a_right_file() {
    let mut names = BTreeSet::new();
    let listener = Listener {
        address: "0.0.0.0:9".parse().unwrap(),
        process: Some("a\"\n[[command]]\nrun = ['x']".into()),
    };
    let text = proposal(&listener, false, &mut names) + &proposal(&listener, false, &mut names);
    let file = ChecksFile::parse("t", text.as_bytes()).unwrap();
    assert_eq!((file.tcp.len(), file.command.len()), (2, 0));
}
