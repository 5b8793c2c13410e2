use std::io::Write;

use patchward_test_support::mutate;

use super::*;

/// A small ELF file of 64 bits with one section, which is mapped at 0x400000.
fn elf(name: &str, content: &[u8]) -> Vec<u8> {
    let names = [b"\0".as_slice(), name.as_bytes(), b"\0.shstrtab\0"].concat();
    let (content_at, names_at) = (128u64, 128 + content.len() as u64);
    let sections_at = (names_at + names.len() as u64).next_multiple_of(8);
    let mut file = Vec::new();
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for number in [0x40_0000u64, 64, sections_at] {
        file.extend(number.to_le_bytes());
    }
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 3, 0, 2, 0]);
    // The one segment: loaded, readable and writable.
    file.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    for number in [
        content_at,
        0x40_0000,
        0x40_0000,
        content.len() as u64,
        content.len() as u64,
        16,
    ] {
        file.extend(number.to_le_bytes());
    }
    file.resize(content_at as usize, 0);
    file.extend(content);
    file.extend(&names);
    file.resize(sections_at as usize, 0);
    file.extend([0; 64]);
    let kinds = [
        (1u32, 1u32, content_at, content.len()),
        (name.len() as u32 + 2, 3, names_at, names.len()),
    ];
    for (name_at, kind, at, size) in kinds {
        file.extend(name_at.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for number in [3u64, if kind == 1 { 0x40_0000 } else { 0 }, at, size as u64] {
            file.extend(number.to_le_bytes());
        }
        file.extend([0; 8]);
        file.extend(1u64.to_le_bytes());
        file.extend([0; 8]);
    }
    file
}

const MODULES: &str = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\ndep\texample.com/a\tv1.2.3\th1:x=\ndep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv2.0.0\th1:y=\ndep\texample.com/c\tv0.1.0\n=>\t../c\t\nbuild\tvcs.revision=abc\n";

fn modules() -> Vec<u8> {
    [
        b"0123456789abcdef".as_slice(),
        MODULES.as_bytes(),
        b"0123456789abcdef",
    ]
    .concat()
}

fn counted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut length = text.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(text);
    out
}

fn inline_go() -> Vec<u8> {
    let mut content = vec![0; 16];
    content.extend(b"\xff Go buildinf:\x08\x02");
    content.resize(48, 0);
    content.extend(counted(b"go1.22.5 X:boringcrypto"));
    content.extend(counted(&modules()));
    content
}

fn pointed_go() -> Vec<u8> {
    let base = 0x40_0000u64;
    let mut content = Vec::new();
    content.extend(b"\xff Go buildinf:\x08\x00");
    content.extend((base + 32).to_le_bytes());
    content.extend((base + 48).to_le_bytes());
    let version = b"go1.16.7";
    let modules = modules();
    let at = base + 64;
    content.extend(at.to_le_bytes());
    content.extend((version.len() as u64).to_le_bytes());
    content.extend((at + version.len() as u64).to_le_bytes());
    content.extend((modules.len() as u64).to_le_bytes());
    content.extend(version);
    content.extend(modules);
    content
}

fn auditable(json: &[u8]) -> Vec<u8> {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(json).unwrap();
    zlib.finish().unwrap()
}

const TREE: &[u8] = br#"{"packages": [
 {"name": "app", "version": "0.1.0", "source": "local", "dependencies": [1, 2], "root": true},
 {"name": "a", "version": "1.0.0", "source": "crates.io", "dependencies": [3]},
 {"name": "cc", "version": "1.1.0", "source": "crates.io", "kind": "build"},
 {"name": "b", "version": "2.0.0", "source": "git"}]}"#;

fn purls(parsed: &Parsed) -> Vec<&str> {
    parsed.components.iter().map(|c| c.purl.as_str()).collect()
}

#[test]
fn both_forms_of_gos_build_information_are_read() {
    for (content, go) in [(inline_go(), "1.22.5"), (pointed_go(), "1.16.7")] {
        let got = read("bin/app", elf(".go.buildinfo", &content).as_slice());
        assert_eq!(got.problems, []);
        assert_eq!(
            purls(&got),
            [
                &format!("pkg:golang/stdlib@{go}"),
                "pkg:golang/example.com/app",
                "pkg:golang/example.com/a@v1.2.3",
                "pkg:golang/example.com/fork@v2.0.0",
                "pkg:golang/example.com/c"
            ]
        );
        assert_eq!(got.components[1].properties["commit"], "abc");
        assert_eq!(
            got.components[3].properties["replaces"],
            "example.com/b@v1.0.0"
        );
        assert_eq!(got.components[4].properties["origin"], "../c");
    }
}

#[test]
fn build_information_that_ends_early_is_a_problem() {
    let content = [&inline_go()[..48], &[0xFF, 0xFF, 0xFF, 0x07]].concat();
    let got = read("app", elf(".go.buildinfo", &content).as_slice());
    assert!(got.components.is_empty());
    assert!(got.problems[0].message.contains("ends before it is whole"));
}

#[test]
fn cargo_auditables_tree_tells_direct_path_and_build_parts() {
    let got = read("bin/app", elf(".dep-v0", &auditable(TREE)).as_slice());
    assert_eq!(got.problems, []);
    assert!(got.components[0].own);
    assert_eq!(got.components[1].direct, Some(true));
    assert_eq!(got.components[2].development, Some(true));
    assert_eq!(got.components[3].path, ["a@1.0.0"]);
    assert_eq!(got.components[3].purl, "pkg:cargo/b@2.0.0");
}

#[test]
fn a_bomb_in_the_section_is_a_problem() {
    let zeros = vec![b' '; 70 << 20];
    let got = read("app", elf(".dep-v0", &auditable(&zeros)).as_slice());
    assert!(got.problems[0].message.contains("inflates to more than"));
    let got = read("app", elf(".dep-v0", b"no zlib").as_slice());
    assert!(got.problems[0].message.contains("cannot be inflated"));
}

#[test]
fn other_programs_tell_nothing() {
    assert_eq!(
        read("app", elf(".text", b"code").as_slice()),
        Parsed::default()
    );
    assert_eq!(read("app", b"MZ".as_slice()), Parsed::default());
    assert!(has_magic(&mut std::io::Cursor::new(b"\x7fELF....")));
    assert!(!has_magic(&mut std::io::Cursor::new(b"#!/bin/sh")));
}

#[test]
fn mutations_never_panic() {
    let seeds = [
        elf(".go.buildinfo", &inline_go()),
        elf(".go.buildinfo", &pointed_go()),
        elf(".dep-v0", &auditable(TREE)),
    ];
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    mutate(&seeds, 1500, |bytes| drop(read("app", bytes)));
}
