//! Kernels count while they run or are next to boot; packages that hold no kernel code do not count at all.

use patchward_protocol::inventory::Kernel;
use patchward_protocol::report::{Finding, Suppression};

/// Beginnings of packages built from a kernel's source that hold headers, tools or documents only.
const WITHOUT_KERNEL: [&str; 12] = [
    "bpftool",
    "kernel-abi",
    "kernel-doc",
    "kernel-headers",
    "kernel-srpm-macros",
    "kernel-tools",
    "linux-compiler",
    "linux-doc",
    "linux-headers",
    "linux-kbuild",
    "linux-libc-dev",
    "linux-source",
];

/// Suppresses findings on kernels that neither run nor boot next, and on packages of a kernel's source without a
/// kernel in them. Where nobody can tell which kernel boots next, any may, and all count.
pub fn suppress_idle(kernels: &[Kernel], findings: &mut [Finding]) {
    let next_is_known = kernels.iter().any(|kernel| kernel.next);
    for finding in findings {
        if finding.suppressed.is_some() {
            continue;
        }
        let of_package = of_component(kernels, finding);
        let idle = !of_package.is_empty() && of_package.iter().all(|k| !k.running && !k.next);
        let reason = if idle && next_is_known {
            format!(
                "kernel {} neither runs nor boots next",
                of_package.first().map_or("", |kernel| &kernel.release)
            )
        } else if is_kernel_source(finding) && holds_no_kernel(&finding.component.name) {
            "the package is built from the kernel's source and holds no kernel".to_owned()
        } else {
            continue;
        };
        finding.suppressed = Some(Box::new(Suppression {
            by: "kernel".to_owned(),
            reason,
            ..Suppression::default()
        }));
    }
}

/// The kernels that a package is a part of: it holds the image, has the release in its name
/// (`linux-modules-6.1.0-10-amd64`), or is another package of a Red Hat kernel in the same version (`kernel-modules`).
fn of_component<'k>(kernels: &'k [Kernel], finding: &Finding) -> Vec<&'k Kernel> {
    let component = &finding.component;
    let is_named = |kernel: &&Kernel| {
        let named = component.name.strip_suffix(kernel.release.as_str());
        named.is_some_and(|rest| rest.ends_with('-'))
    };
    let named: Vec<&Kernel> = kernels.iter().filter(is_named).collect();
    if !named.is_empty() && is_kernel_source(finding) {
        return named;
    }
    let is_mine = |kernel: &&Kernel| {
        let version = kernel.version.as_deref();
        match kernel.package.as_deref() {
            Some(package) if package == component.name => {
                version.is_none_or(|version| version == component.version)
            }
            Some(package) => {
                is_kernel_source(finding)
                    && package.starts_with("kernel")
                    && (component.name == "kernel" || component.name.starts_with("kernel-"))
                    && version == Some(component.version.as_str())
            }
            None => false,
        }
    };
    kernels.iter().filter(is_mine).collect()
}

fn is_kernel_source(finding: &Finding) -> bool {
    let component = &finding.component;
    let name = component
        .source
        .as_ref()
        .map_or(component.name.as_str(), |source| source.name.as_str());
    let is = |kernel: &str| {
        name == kernel
            || name
                .strip_prefix(kernel)
                .is_some_and(|r| r.starts_with('-'))
    };
    is("linux") || is("kernel")
}

/// Headers, tools, documents, and `linux-image-amd64`, which only depends on the newest image.
fn holds_no_kernel(name: &str) -> bool {
    let depends = |image: &str| !image.contains('.');
    WITHOUT_KERNEL.iter().any(|start| name.starts_with(start))
        || name.strip_prefix("linux-image-").is_some_and(depends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(name: &str) -> Finding {
        let mut finding = Finding::default();
        finding.component.name = name.into();
        finding.component.version = "6.1".into();
        finding.component.source = Some(patchward_protocol::inventory::SourcePackage {
            name: "linux".into(),
            version: "6.1".into(),
        });
        finding
    }

    fn kernel(release: &str, package: &str, running: bool, next: bool) -> Kernel {
        Kernel {
            release: release.into(),
            package: Some(package.into()),
            version: Some("6.1".into()),
            running,
            next,
        }
    }

    /// The names of those that count.
    fn counted<const N: usize>(kernels: &[Kernel], names: [&str; N]) -> Vec<String> {
        let mut findings: Vec<Finding> = names.map(finding).into();
        suppress_idle(kernels, &mut findings);
        let counted = findings.into_iter().filter(|f| f.suppressed.is_none());
        counted.map(|f| f.component.name).collect()
    }

    #[test]
    fn only_running_and_next_kernels_count() {
        let kernels = [
            kernel("6.1.0-1", "linux-image-6.1.0-1", false, false),
            kernel("6.1.0-2", "linux-image-6.1.0-2", true, false),
            kernel("6.1.0-3", "linux-image-6.1.0-3", false, true),
        ];
        let names = [
            "linux-image-6.1.0-1",
            "linux-modules-6.1.0-1",
            "linux-image-6.1.0-2",
            "linux-modules-6.1.0-2",
            "linux-image-6.1.0-3",
            "linux-libc-dev",
            "linux-image-amd64",
            "linux-image-6.1.0-unknown",
        ];
        assert_eq!(
            counted(&kernels, names),
            [
                "linux-image-6.1.0-2",
                "linux-modules-6.1.0-2",
                "linux-image-6.1.0-3",
                "linux-image-6.1.0-unknown"
            ]
        );
    }

    #[test]
    fn all_packages_of_a_red_hat_kernel_are_as_idle_as_its_image() {
        let mut kernels = [
            kernel("5.14.0-70.x86_64", "kernel-core", false, false),
            kernel("5.14.0-427.x86_64", "kernel-core", false, true),
        ];
        kernels[1].version = Some("6.2".into());
        assert_eq!(
            counted(&kernels, ["kernel-core", "kernel-modules", "kernelshark"]),
            ["kernelshark"]
        );
        kernels[0].running = true;
        assert_eq!(
            counted(&kernels, ["kernel-core", "kernel-modules"]),
            ["kernel-core", "kernel-modules"]
        );
    }

    #[test]
    fn where_the_next_is_unknown_all_count() {
        let kernels = [
            kernel("6.1.0-1", "linux-image-6.1.0-1", false, false),
            kernel("6.1.0-2", "linux-image-6.1.0-2", true, false),
        ];
        let names = ["linux-image-6.1.0-1", "linux-image-6.1.0-2"];
        assert_eq!(counted(&kernels, names), names);
    }
}
