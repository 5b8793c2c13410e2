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
/// kernel in them.
pub fn suppress_idle(kernels: &[Kernel], findings: &mut [Finding]) {
    for finding in findings {
        if finding.suppressed.is_some() {
            continue;
        }
        let component = &finding.component;
        let mine = |kernel: &&Kernel| {
            kernel.package.as_deref() == Some(&component.name)
                && kernel
                    .version
                    .as_deref()
                    .is_none_or(|version| version == component.version)
        };
        let of_package: Vec<&Kernel> = kernels.iter().filter(mine).collect();
        let idle = !of_package.is_empty() && of_package.iter().all(|k| !k.running && !k.next);
        let reason = if idle {
            format!(
                "kernel {} neither runs nor boots next",
                of_package.first().map_or("", |kernel| &kernel.release)
            )
        } else if is_kernel_source(finding) && holds_no_kernel(&component.name) {
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

fn holds_no_kernel(name: &str) -> bool {
    WITHOUT_KERNEL.iter().any(|start| name.starts_with(start))
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

    fn kernel(package: &str, running: bool, next: bool) -> Kernel {
        Kernel {
            release: "r".into(),
            package: Some(package.into()),
            version: Some("6.1".into()),
            running,
            next,
        }
    }

    #[test]
    fn only_running_and_next_kernels_count() {
        let kernels = [
            kernel("linux-image-1", false, false),
            kernel("linux-image-2", true, false),
            kernel("linux-image-3", false, true),
        ];
        let mut findings: Vec<Finding> = [
            "linux-image-1",
            "linux-image-2",
            "linux-image-3",
            "linux-libc-dev",
            "linux-image-unknown",
        ]
        .map(finding)
        .into();
        suppress_idle(&kernels, &mut findings);
        let counted: Vec<&str> = findings
            .iter()
            .filter(|f| f.suppressed.is_none())
            .map(|f| f.component.name.as_str())
            .collect();
        assert_eq!(
            counted,
            ["linux-image-2", "linux-image-3", "linux-image-unknown"]
        );
    }
}
