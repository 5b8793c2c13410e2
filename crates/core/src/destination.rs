//! A place that the user names to be written to: a file, or what is none (a device, a pipe).

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes to `path`. A file is complete or as it was, and a link stays a link. A device or a pipe is written to and never
/// replaced.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let path = file(path)?;
    let temporary = beside(&path);
    let written = like(&temporary, &path).and_then(|out| {
        let mut out = BufWriter::new(out);
        write(&mut out).and_then(|()| out.flush())
    });
    written
        .and_then(|()| fs::rename(&temporary, &path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
}

/// The file that `path` means, links followed: what may be replaced by a finished file.
///
/// # Errors
/// When something is there that is no file, or a link leads nowhere.
pub fn file(path: &Path) -> io::Result<PathBuf> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(path.to_owned()); // nothing is there yet
    }
    let real = path.canonicalize()?;
    match fs::metadata(&real)?.is_file() {
        true => Ok(real),
        false => Err(io::Error::other("it is there, and is not a file")),
    }
}

/// The unfinished file, with the mode of the one that it takes the place of before anything is in it.
fn like(temporary: &Path, path: &Path) -> io::Result<File> {
    let out = File::create(temporary)?;
    if let Ok(before) = fs::metadata(path) {
        out.set_permissions(before.permissions())?;
    }
    Ok(out)
}

/// A name for the unfinished file, in the same folder.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    fn text(text: &'static str) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    #[test]
    fn a_file_is_replaced_whole_keeps_its_mode_and_a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (report, link) = (folder.path().join("report"), folder.path().join("link"));
        write(&report, text("first")).unwrap();
        fs::set_permissions(&report, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("report", &link).unwrap();
        write(&link, text("second")).unwrap();
        assert_eq!(fs::read_to_string(&report).unwrap(), "second");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = fs::metadata(&report).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let fails = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        };
        write(&report, fails).unwrap_err();
        assert_eq!(fs::read_to_string(&report).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_no_file_is_written_to_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, text("through the pipe")).unwrap();
        assert_eq!(reader.join().unwrap(), "through the pipe");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(file(&pipe).is_err());
        assert!(file(folder.path()).is_err());
        write(folder.path(), text("")).unwrap_err();
    }
}
