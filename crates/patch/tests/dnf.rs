//! dnf against a small repository with updateinfo, in an installation root of its own.
//!
//! Needs root, dnf, rpmbuild and createrepo_c; says "skipped" where these are missing. This is a toy: a vendor's
//! repositories are not tried here.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use patchward_patch::dnf::Dnf;
use patchward_patch::{
    ApplyOptions, Command, Consent, Executor, LocalMachine, Machine, PatchError, Request,
};
use patchward_protocol::transaction::{Action, ConfOutcome, KeptReason, PackageVersion, WayBack};

struct Lab {
    folder: tempfile::TempDir,
    dnf: Dnf,
}

const UPDATEINFO: &str = r#"<?xml version="1.0"?>
<updates><update from="toy@example.org" status="final" type="security" version="1">
<id>TOY-2026-1</id><title>toyhttpd</title><severity>Important</severity><issued date="2026-11-22 12:00:00"/>
<references><reference href="https://example.org/CVE-2026-0001" id="CVE-2026-0001" type="cve" title="CVE-2026-0001"/></references>
<pkglist><collection short="toy"><name>toy</name>
<package name="toyhttpd" version="1.1" release="1" epoch="0" arch="noarch" src="toyhttpd-1.1-1.src.rpm"><filename>toyhttpd-1.1-1.noarch.rpm</filename></package>
</collection></pkglist></update></updates>
"#;

impl Lab {
    fn new(test: &str) -> Option<Lab> {
        let tools = ["dnf", "rpmbuild", "createrepo_c", "modifyrepo_c"];
        let missing = tools.iter().find(|tool| {
            let found = ["/usr/bin", "/usr/sbin"].iter();
            !found
                .map(|folder| Path::new(folder).join(tool))
                .any(|path| path.exists())
        });
        if let Some(tool) = missing {
            println!("skipped: {test}: no {tool}");
            return None;
        }
        if !patchward_test_support::is_root_user() {
            println!("skipped: {test}: only root can install");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir_all(at("repo")).unwrap();
        fs::create_dir_all(at("root")).unwrap();
        let conf = format!(
            "[main]\nplugins=0\ngpgcheck=0\nreposdir=/nowhere\ncachedir={}\nlogdir={}\npersistdir={}\n[toy]\nname=toy\nbaseurl=file://{}\nmetadata_expire=0\n",
            at("cache"),
            at("log"),
            at("persist"),
            at("repo")
        );
        fs::write(at("dnf.conf"), conf).unwrap();
        let dnf = Dnf {
            folder: at("saved"),
            options: vec![
                "-c".into(),
                at("dnf.conf"),
                format!("--installroot={}", at("root")),
                "--releasever=1".into(),
            ],
            rpm_options: vec![format!("--root={}", at("root"))],
        };
        Some(Lab { folder, dnf })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, name: &str, version: &str, requires: &str, conf: &str, post: &str) {
        let requires = match requires {
            "" => String::new(),
            name => format!("Requires: {name}\n"),
        };
        let spec = format!(
            "Name: {name}\nVersion: {version}\nRelease: 1\nSummary: toy\nLicense: MIT\nBuildArch: noarch\nAutoReqProv: no\n{requires}\
             %description\ntoy\n%install\nmkdir -p %{{buildroot}}/usr/share/{name} %{{buildroot}}/etc\necho {version} > %{{buildroot}}/usr/share/{name}/version\n\
             printf '{conf}' > %{{buildroot}}/etc/{name}.conf\n{post}%files\n/usr/share/{name}/version\n%config(noreplace) /etc/{name}.conf\n"
        );
        let file = self.path(&format!("{name}-{version}.spec"));
        fs::write(&file, spec).unwrap();
        let top = format!("_topdir {}", self.path("build").display());
        run(Process::new("rpmbuild")
            .args(["-bb", "--define", &top])
            .arg(&file));
        let built = format!("build/RPMS/noarch/{name}-{version}-1.noarch.rpm");
        let target = format!("repo/{name}-{version}-1.noarch.rpm");
        fs::rename(self.path(&built), self.path(&target)).unwrap();
    }

    fn publish(&self) {
        // dnf counts the age of what it knows of a repository in whole seconds: within one it does not look again.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        run(Process::new("createrepo_c")
            .args(["--no-database"])
            .arg(self.path("repo")));
        fs::write(self.path("updateinfo.xml"), UPDATEINFO).unwrap();
        run(Process::new("modifyrepo_c")
            .args(["--mdtype=updateinfo"])
            .arg(self.path("updateinfo.xml"))
            .arg(self.path("repo/repodata")));
    }

    fn install(&self, name: &str) {
        let command = Command::new(["dnf", "-y"])
            .args(self.dnf.options.iter().cloned())
            .args(["install", name]);
        let outcome = LocalMachine.run(&command).unwrap();
        assert!(outcome.success(), "{}", outcome.log(4000));
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path("root").join(name)).unwrap()
    }
}

fn run(command: &mut Process) {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {errors}");
}

fn request(version: &str) -> Request {
    Request {
        packages: vec![PackageVersion {
            name: "toyhttpd".into(),
            version: version.into(),
        }],
        install: Vec::new(),
    }
}

#[test]
fn an_update_goes_in_is_proved_and_comes_out_again() {
    let Some(lab) = Lab::new("dnf: an_update_goes_in_is_proved_and_comes_out_again") else {
        return;
    };
    lab.build("toyhttpd", "1.0", "", "one\\n", "");
    lab.publish();
    lab.install("toyhttpd");
    lab.build("toyhttpd", "1.1", "", "two\\n", "");
    lab.publish();
    fs::write(lab.path("root/etc/toyhttpd.conf"), "mine\n").unwrap();

    let options = ApplyOptions::default();
    let transaction = lab.dnf.preview(&LocalMachine, &request("1.1-1")).unwrap();
    assert_eq!(transaction.changes.len(), 1, "{transaction:#?}");
    let change = &transaction.changes[0];
    assert_eq!(change.action, Action::Upgrade);
    assert_eq!(change.from.as_deref(), Some("1.0-1"));
    assert_eq!(change.to.as_deref(), Some("1.1-1"));
    assert!(change.security);
    let saved = lab.dnf.save(&LocalMachine, &transaction).unwrap();
    assert_eq!(saved.packages[0].way_back, WayBack::Archive, "{saved:#?}");
    lab.dnf
        .download(&LocalMachine, &transaction, &options)
        .unwrap();
    let applied = lab
        .dnf
        .apply(&LocalMachine, &transaction, &options)
        .unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    assert_eq!(lab.file("usr/share/toyhttpd/version"), "1.1\n");
    let verified = lab.dnf.verify(&LocalMachine, &transaction).unwrap();
    assert_eq!(verified.missing, Vec::<String>::new());
    assert_eq!(verified.packages[0].files_checked, 2);

    let back = lab
        .dnf
        .roll_back(&LocalMachine, &transaction, &saved, &options)
        .unwrap();
    assert_eq!(back.restored.len(), 1, "{}", back.log);
    assert_eq!(lab.file("usr/share/toyhttpd/version"), "1.0\n");
    assert_eq!(lab.file("etc/toyhttpd.conf"), "mine\n");
    // The lock's plugin is switched off in this root: that it could not be held is said, not hidden.
    assert!(back.held.is_empty() && back.failed[0].reason.contains("could not be held"));
    println!(
        "dnf: apply {} ms of which dnf {} ms, roll back {} ms of which dnf {} ms",
        applied.total_millis, applied.manager_millis, back.total_millis, back.manager_millis
    );
}

#[test]
fn new_packages_need_agreement_and_missing_versions_are_kept_back() {
    let Some(lab) = Lab::new("dnf: new_packages_need_agreement_and_missing_versions_are_kept_back")
    else {
        return;
    };
    lab.build("toyhttpd", "1.0", "", "one\\n", "");
    lab.publish();
    lab.install("toyhttpd");
    lab.build("toylib", "2.0", "", "x\\n", "");
    lab.build("toyhttpd", "1.1", "toylib", "one\\n", "");
    lab.publish();
    let transaction = lab.dnf.preview(&LocalMachine, &request("1.1-1")).unwrap();
    assert_eq!(transaction.changes.len(), 2);
    let refused = lab
        .dnf
        .apply(&LocalMachine, &transaction, &ApplyOptions::default());
    assert!(matches!(refused, Err(PatchError::NotAgreed { .. })));
    let there = lab.dnf.preview(&LocalMachine, &request("1.0-1")).unwrap();
    assert_eq!(there.kept_back[0].reason, KeptReason::AlreadyThere);
    let agreed = ApplyOptions {
        consent: Consent {
            installs: true,
            ..Consent::default()
        },
        ..ApplyOptions::default()
    };
    let saved = lab.dnf.save(&LocalMachine, &transaction).unwrap();
    lab.dnf
        .download(&LocalMachine, &transaction, &agreed)
        .unwrap();
    let applied = lab.dnf.apply(&LocalMachine, &transaction, &agreed).unwrap();
    assert_eq!(applied.failure, None, "{}", applied.log);
    let back = lab
        .dnf
        .roll_back(&LocalMachine, &transaction, &saved, &agreed)
        .unwrap();
    assert_eq!(back.restored.len(), 1, "{}", back.log);
    assert!(!lab.path("root/usr/share/toylib/version").exists());
    let outcomes: Vec<ConfOutcome> = applied.conf_files.iter().map(|one| one.outcome).collect();
    assert!(outcomes.iter().all(|one| *one != ConfOutcome::Replaced));
}
