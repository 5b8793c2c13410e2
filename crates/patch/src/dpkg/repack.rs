//! Packs an installed package again, when nobody has its file any more.
//!
//! The result has the package's own control fields, maintainer scripts and checksums, and its files as they are on the
//! disk now: configuration files with the machine's own changes. Files that the machine's rules left out are not in it.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::control::Stanza;
use super::status::Package;
use super::{MAX_LIST, files, info_path};
use crate::PatchError;
use crate::below::{Below, Place};

/// Parts of the control archive that dpkg keeps beside the database.
const PARTS: [(&str, u32); 11] = [
    ("preinst", 0o755),
    ("postinst", 0o755),
    ("prerm", 0o755),
    ("postrm", 0o755),
    ("config", 0o755),
    ("templates", 0o644),
    ("triggers", 0o644),
    ("shlibs", 0o644),
    ("symbols", 0o644),
    ("md5sums", 0o644),
    ("conffiles", 0o644),
];

/// Writes the package as a .deb file at `path` inside the machine.
///
/// # Errors
/// When a file cannot be read or the disk is full.
pub fn write(root: &Below, package: &Package, path: &str) -> Result<(), PatchError> {
    let fail = |source: io::Error| PatchError::File {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    pack(root, package, path).map_err(fail)
}

fn pack(root: &Below, package: &Package, path: &str) -> io::Result<()> {
    let control = control_archive(root, package)?;
    let mut file = root.create(path)?;
    file.write_all(b"!<arch>\n")?;
    member(&mut file, "debian-binary", b"2.0\n")?;
    member(&mut file, "control.tar.gz", &control)?;
    // The size of the data is known only afterwards, and it may be large: its header is written last.
    let header_at = file.stream_position()?;
    file.write_all(&[b' '; 60])?;
    let compressed = data_archive(root, package, &mut file)?;
    if compressed % 2 == 1 {
        file.write_all(b"\n")?;
    }
    file.seek(SeekFrom::Start(header_at))?;
    file.write_all(&member_header("data.tar.gz", compressed))?;
    file.sync_all()
}

/// The header of one member of an ar archive.
fn member_header(name: &str, size: u64) -> Vec<u8> {
    format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
        0, 0, 0, "100644"
    )
    .into_bytes()
}

fn member(file: &mut File, name: &str, bytes: &[u8]) -> io::Result<()> {
    file.write_all(&member_header(name, bytes.len() as u64))?;
    file.write_all(bytes)?;
    if bytes.len() % 2 == 1 {
        file.write_all(b"\n")?;
    }
    Ok(())
}

fn control_archive(root: &Below, package: &Package) -> io::Result<Vec<u8>> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    add_bytes(
        &mut builder,
        "./control",
        0o644,
        control(package).as_bytes(),
    )?;
    let mut has_conffiles = false;
    for (part, mode) in PARTS {
        if let Some(path) = info_path(root, &package.name, &package.arch, part) {
            has_conffiles |= part == "conffiles";
            let bytes = root.read(&path, MAX_LIST)?;
            add_bytes(&mut builder, &format!("./{part}"), mode, &bytes)?;
        }
    }
    if !has_conffiles && !package.conffiles.is_empty() {
        let list: String = package
            .conffiles
            .iter()
            .filter(|(path, _)| root.place(path).is_some())
            .map(|(path, _)| format!("{path}\n"))
            .collect();
        add_bytes(&mut builder, "./conffiles", 0o644, list.as_bytes())?;
    }
    builder.into_inner()?.finish()
}

/// The stanza without the fields that only the database has.
fn control(package: &Package) -> String {
    Stanza(&package.stanza)
        .fields()
        .filter(|(name, _)| !matches!(*name, "Status" | "Conffiles" | "Config-Version"))
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect()
}

fn add_bytes(
    builder: &mut Builder<impl Write>,
    name: &str,
    mode: u32,
    bytes: &[u8],
) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_size(bytes.len() as u64);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_data(&mut header, name, bytes)
}

fn data_archive(root: &Below, package: &Package, file: &mut File) -> io::Result<u64> {
    let begin = file.stream_position()?;
    let mut builder = Builder::new(GzEncoder::new(&mut *file, Compression::fast()));
    let real = files::of_package(root, package);
    let listed = listed_paths(root, package);
    for (name, place) in listed.iter().zip(&real) {
        if let Some(found) = root.place(place) {
            add_file(root, &mut builder, name, place, found)?;
        }
    }
    builder.into_inner()?.finish()?;
    Ok(file.stream_position()? - begin)
}

/// The paths under the names that the package itself gives them.
fn listed_paths(root: &Below, package: &Package) -> Vec<String> {
    let list = info_path(root, &package.name, &package.arch, "list");
    let text = list.and_then(|list| root.text(&list, MAX_LIST).ok());
    text.unwrap_or_default()
        .lines()
        .filter(|path| path.starts_with('/') && *path != "/.")
        .map(str::to_owned)
        .collect()
}

fn add_file(
    root: &Below,
    builder: &mut Builder<impl Write>,
    name: &str,
    path: &str,
    place: Place,
) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(place.mode & 0o7777);
    header.set_uid(place.uid.into());
    header.set_gid(place.gid.into());
    header.set_mtime(u64::try_from(place.modified).unwrap_or(0));
    header.set_size(0);
    let name = format!(".{name}");
    if place.is_link() {
        // A folder of the package that the machine made a link of (merged /usr) stays a folder in the package.
        if root.target(path).is_some_and(|target| target.is_dir()) && !is_packed_link(path) {
            return Ok(());
        }
        header.set_entry_type(EntryType::Symlink);
        let target = root.link(path).unwrap_or_default();
        return builder.append_link(&mut header, name, target);
    }
    if place.is_dir() {
        header.set_entry_type(EntryType::Directory);
        return builder.append_data(&mut header, format!("{name}/"), io::empty());
    }
    if place.is_file() {
        let file = root.file(path)?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(place.size);
        return builder.append_data(&mut header, name, io::Read::take(file, place.size));
    }
    Ok(())
}

/// Links to folders directly below the root or `/usr` are the system's, deeper ones the package's own.
fn is_packed_link(path: &str) -> bool {
    path.matches('/').count() > 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::status::Status;

    #[test]
    fn dpkg_reads_what_we_pack() {
        if !std::path::Path::new("/usr/bin/dpkg-deb").exists() {
            eprintln!("skipped: dpkg_reads_what_we_pack: no dpkg-deb");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("usr/bin/web", "binary");
        put("etc/web.conf", "mine");
        std::os::unix::fs::symlink("web", folder.path().join("usr/bin/link")).unwrap();
        put(
            "var/lib/dpkg/info/web.list",
            "/.\n/usr\n/usr/bin\n/usr/bin/web\n/usr/bin/link\n/usr/bin/left-out\n/etc\n/etc/web.conf\n",
        );
        put("var/lib/dpkg/info/web.postinst", "#!/bin/sh\n");
        let status = Status::parse(
            "Package: web\nStatus: install ok installed\nMaintainer: us <us@example.org>\nArchitecture: all\nVersion: 1:2-3\n\
             Conffiles:\n /etc/web.conf 00\nDescription: one\n two\n",
        );
        let root = Below::open_root(folder.path()).unwrap();
        write(&root, status.get("web", None).unwrap(), "/web.deb").unwrap();
        let tell = |arguments: &[&str]| {
            let output = std::process::Command::new("dpkg-deb")
                .args(arguments)
                .arg(folder.path().join("web.deb"))
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap()
        };
        let fields = tell(&["-f"]);
        assert!(fields.contains("Version: 1:2-3") && !fields.contains("Status"));
        let contents = tell(&["-c"]);
        assert!(contents.contains(" usr/bin/web\n") && contents.contains("usr/bin/link -> web"));
        assert!(contents.contains("etc/web.conf") && !contents.contains("left-out"));
        assert!(tell(&["-I"]).contains("conffiles"));
    }
}
