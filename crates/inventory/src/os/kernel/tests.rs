use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn package(kind: &str, name: &str, version: &str) -> Component {
    Component {
        purl: format!("pkg:{kind}/x/{name}@{version}"),
        name: name.into(),
        version: version.into(),
        arch: Some("x86_64".into()),
        ..Component::default()
    }
}

fn put(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// One line per kernel: release, package, and `running` or `next`.
fn found(folder: &TempDir, packages: &[Component], running: Option<&str>) -> Vec<String> {
    let root = Root::open(folder.path()).unwrap();
    let line = |kernel: Kernel| {
        let mut line = format!(
            "{} {}",
            kernel.release,
            kernel.package.unwrap_or("-".into())
        );
        for (flag, word) in [(kernel.running, " running"), (kernel.next, " next")] {
            line.push_str(if flag { word } else { "" });
        }
        line
    };
    find(&root, packages, running)
        .into_iter()
        .map(line)
        .collect()
}

#[test]
fn debian_boots_the_newest_and_runs_the_one_before() {
    let folder = TempDir::new().unwrap();
    for release in ["6.1.0-9-amd64", "6.1.0-18-amd64", "6.1.0-21-amd64"] {
        put(folder.path(), &format!("boot/vmlinuz-{release}"), "");
        put(
            folder.path(),
            &format!("lib/modules/{release}/modules.order"),
            "",
        );
    }
    put(folder.path(), "boot/grub/grub.cfg", "");
    put(
        folder.path(),
        "lib/modules/5.10.0-1-amd64/updates/left.ko",
        "",
    );
    let packages = [
        package("deb", "linux-image-6.1.0-18-amd64", "6.1.76-1"),
        package("deb", "linux-image-6.1.0-21-amd64", "6.1.90-1"),
        package("deb", "linux-image-amd64", "6.1.90-1"),
    ];
    assert_eq!(
        found(&folder, &packages, Some("6.1.0-18-amd64")),
        [
            "6.1.0-21-amd64 linux-image-6.1.0-21-amd64 next",
            "6.1.0-18-amd64 linux-image-6.1.0-18-amd64 running",
            "6.1.0-9-amd64 -",
        ]
    );
}

#[test]
fn red_hat_boots_the_saved_entry() {
    let folder = TempDir::new().unwrap();
    for release in ["5.14.0-70.el9.x86_64", "5.14.0-427.el9.x86_64"] {
        put(folder.path(), &format!("boot/vmlinuz-{release}"), "");
        let entry = format!("title x\nversion {release}\nlinux /vmlinuz-{release}\n");
        put(
            folder.path(),
            &format!("boot/loader/entries/id-{release}.conf"),
            &entry,
        );
    }
    put(folder.path(), "boot/vmlinuz-0-rescue-abc", "");
    let environment = "# GRUB Environment Block\nsaved_entry=id-5.14.0-70.el9.x86_64\n####";
    put(folder.path(), "boot/grub2/grubenv", environment);
    let packages = [package("rpm", "kernel-core", "5.14.0-70.el9")];
    assert_eq!(
        found(&folder, &packages, None),
        [
            "5.14.0-427.el9.x86_64 -",
            "5.14.0-70.el9.x86_64 kernel-core next"
        ]
    );
}

#[test]
fn a_link_tells_where_there_is_no_grub() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "boot/vmlinuz-6.1.0-18-amd64", "");
    put(folder.path(), "boot/vmlinuz-6.1.0-21-amd64", "");
    symlink("boot/vmlinuz-6.1.0-18-amd64", folder.path().join("vmlinuz")).unwrap();
    assert_eq!(
        found(&folder, &[], None),
        ["6.1.0-21-amd64 -", "6.1.0-18-amd64 - next"]
    );
}

#[test]
fn other_distributions_name_their_releases_otherwise() {
    for (package, release) in [
        (
            package("rpm", "kernel-default", "5.14.21-150500.55.7.1"),
            "5.14.21-150500.55.7-default",
        ),
        (package("apk", "linux-lts", "6.6.31-r0"), "6.6.31-0-lts"),
        (package("alpm", "linux", "6.9.1.arch1-1"), "6.9.1-arch1-1"),
        (package("alpm", "linux-lts", "6.6.31-1"), "6.6.31-1-lts"),
    ] {
        let folder = TempDir::new().unwrap();
        put(
            folder.path(),
            &format!("lib/modules/{release}/modules.order"),
            "",
        );
        assert_eq!(
            found(&folder, std::slice::from_ref(&package), None),
            [format!("{release} {}", package.name)]
        );
    }
}

#[test]
fn in_a_container_only_the_running_kernel_is_known() {
    let folder = TempDir::new().unwrap();
    assert_eq!(
        found(&folder, &[], Some("6.1.0-18-amd64")),
        ["6.1.0-18-amd64 - running"]
    );
}

#[test]
fn a_link_in_boot_is_an_image_where_it_leads_to_one() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "usr/lib/modules/6.1.0-18-amd64/vmlinuz", "");
    fs::create_dir(folder.path().join("boot")).unwrap();
    let link = |target: &str, name: &str| {
        symlink(target, folder.path().join("boot").join(name)).unwrap();
    };
    link(
        "/usr/lib/modules/6.1.0-18-amd64/vmlinuz",
        "vmlinuz-6.1.0-18-amd64",
    );
    link("/nowhere", "vmlinuz-6.1.0-21-amd64");
    assert_eq!(found(&folder, &[], None), ["6.1.0-18-amd64 - next"]);
}

#[test]
fn debian_boots_the_saved_entry_of_the_menu_where_grub_is_told_to() {
    let folder = TempDir::new().unwrap();
    for release in ["6.1.0-9-amd64", "6.1.0-10-amd64"] {
        put(folder.path(), &format!("boot/vmlinuz-{release}"), "");
    }
    put(folder.path(), "boot/grub/grub.cfg", "");
    let saved = "saved_entry=gnulinux-advanced-5c>gnulinux-6.1.0-9-amd64-advanced-5c\n";
    put(folder.path(), "boot/grub/grubenv", saved);
    let newest = ["6.1.0-10-amd64 - next", "6.1.0-9-amd64 -"];
    let older = ["6.1.0-10-amd64 -", "6.1.0-9-amd64 - next"];
    put(folder.path(), "etc/default/grub", "GRUB_DEFAULT=0\n");
    assert_eq!(found(&folder, &[], None), newest);
    put(folder.path(), "etc/default/grub", "GRUB_DEFAULT=saved\n");
    assert_eq!(found(&folder, &[], None), older);
    put(folder.path(), "etc/default/grub", "GRUB_DEFAULT=0\n");
    put(
        folder.path(),
        "boot/grub/grubenv",
        &saved.replace("saved", "next"),
    );
    assert_eq!(found(&folder, &[], None), older);
}

#[test]
fn mutated_settings_of_boot_loaders_never_panic_and_name_kernels_that_are_there() {
    let files: [(&str, &[u8]); 3] = [
        (
            "boot/grub/grubenv",
            b"saved_entry=gnulinux-advanced-5c>gnulinux-6.1.0-9-amd64-advanced-5c\nnext_entry=\n",
        ),
        ("etc/default/grub", b"GRUB_DEFAULT=saved\nGRUB_TIMEOUT=5\n"),
        (
            "boot/loader/entries/id.conf",
            b"title x\nversion 6.1.0-9-amd64\n",
        ),
    ];
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        put(folder.path(), path, std::str::from_utf8(text).unwrap());
    }
    put(folder.path(), "boot/vmlinuz-6.1.0-9-amd64", "");
    put(folder.path(), "boot/vmlinuz-6.1.0-10-amd64", "");
    for (path, seed) in files {
        patchward_test_support::mutate(&[seed], 300, |bytes| {
            fs::write(folder.path().join(path), bytes).unwrap();
            let kernels = found(&folder, &[], None);
            assert_eq!(kernels.len(), 2, "{kernels:?}");
            let next = kernels.iter().filter(|line| line.ends_with(" next"));
            assert_eq!(next.count(), 1, "{kernels:?}");
        });
        fs::write(folder.path().join(path), seed).unwrap();
    }
}
