//! The command that a person would type to put a patch in.
//!
//! Names come from files that somebody else wrote, so everything outside a short list of characters is quoted for a
//! POSIX shell, and control characters are dropped.

use super::Manager;

/// One package to upgrade.
pub struct Step<'a> {
    /// The name as its manager knows it.
    pub package: &'a str,
    /// Installed version.
    pub from: &'a str,
    /// Version to go to.
    pub to: &'a str,
    /// Asked for by the project itself.
    pub direct: bool,
    /// The manager offers exactly `to`; otherwise `to` is the least that is needed.
    pub exact: bool,
}

/// The command for `steps`, or an empty text where no command does it (Maven and Gradle: edit the build file).
pub fn command(manager: Manager, steps: &[Step<'_>]) -> String {
    let all =
        |each: &dyn Fn(&Step<'_>) -> String| steps.iter().map(each).collect::<Vec<_>>().join(" ");
    let one = |each: &dyn Fn(&Step<'_>) -> String| {
        steps.iter().map(each).collect::<Vec<_>>().join(" && ")
    };
    let name = |step: &Step<'_>| quote(step.package);
    let joined =
        |step: &Step<'_>, between: &str| quote(&format!("{}{between}{}", step.package, step.to));
    let offered = |step: &Step<'_>| {
        if step.exact {
            joined(step, "=")
        } else {
            name(step)
        }
    };
    match manager {
        Manager::Apt => {
            let mut words: Vec<String> = steps
                .iter()
                .map(
                    |step| match newest_kernel(step.package).filter(|_| !step.exact) {
                        Some(kernel) => quote(&kernel),
                        None => offered(step),
                    },
                )
                .collect();
            words.dedup();
            format!("apt-get install --only-upgrade {}", words.join(" "))
        }
        Manager::Dnf => format!("dnf upgrade {}", all(&name)),
        Manager::Zypper => format!("zypper update {}", all(&name)),
        Manager::Apk => format!("apk add --upgrade {}", all(&name)),
        Manager::Pacman => "pacman -Syu".to_owned(),
        Manager::Cargo => one(&|step| {
            format!(
                "cargo update -p {} --precise {}",
                quote(&format!("{}@{}", step.package, step.from)),
                quote(step.to)
            )
        }),
        Manager::Npm => one(&|step| match step.direct {
            true => format!("npm install {}", joined(step, "@")),
            false => format!("npm update {}", name(step)),
        }),
        Manager::Yarn => format!("yarn up {}", all(&|step| joined(step, "@"))),
        Manager::Pnpm => one(&|step| match step.direct {
            true => format!("pnpm update {}", joined(step, "@")),
            false => format!("pnpm update --depth Infinity {}", name(step)),
        }),
        Manager::Bun => format!("bun update {}", all(&|step| joined(step, "@"))),
        Manager::Pip => format!("pip install --upgrade {}", all(&|step| joined(step, "=="))),
        Manager::Poetry => format!("poetry update {}", all(&name)),
        Manager::Uv => one(&|step| format!("uv lock --upgrade-package {}", joined(step, "=="))),
        Manager::Pipenv => format!("pipenv upgrade {}", all(&|step| joined(step, "=="))),
        Manager::Pdm => format!("pdm update {}", all(&name)),
        Manager::Go => format!(
            "go get {}",
            all(&|step| match step.package {
                "stdlib" => quote(&format!("go@{}", step.to)),
                module => quote(&format!("{module}@v{}", step.to.trim_start_matches('v'))),
            })
        ),
        Manager::Composer => format!(
            "composer update --with-all-dependencies {}",
            all(&|step| joined(step, ":"))
        ),
        Manager::Bundler => format!("bundle update --conservative {}", all(&name)),
        Manager::DotNet => one(&|step| {
            format!(
                "dotnet add package {} --version {}",
                name(step),
                quote(step.to)
            )
        }),
        Manager::Mix => format!("mix deps.update {}", all(&name)),
        Manager::Pub => format!("dart pub upgrade {}", all(&name)),
        Manager::Maven | Manager::Gradle => String::new(),
    }
}

/// A newer kernel of Debian or Ubuntu is another package (`linux-image-6.1.0-25-amd64`), which comes with the one that
/// always depends on the newest: `linux-image-amd64` for `linux-image-6.1.0-21-amd64` and its modules.
fn newest_kernel(package: &str) -> Option<String> {
    let starts = ["image-unsigned-", "image-", "modules-extra-", "modules-"];
    let rest = package.strip_prefix("linux-")?;
    let release = starts.iter().find_map(|start| rest.strip_prefix(start))?;
    let (version, flavour) = release.split_once('-')?;
    let abi = flavour.split_once('-');
    let flavour = match abi.filter(|(abi, _)| abi.bytes().all(|byte| byte.is_ascii_digit())) {
        Some((_, flavour)) => flavour,
        None => flavour,
    };
    (version.contains('.') && version.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| format!("linux-image-{flavour}"))
}

/// Commands that are to be typed one after the other, word by word. Words that begin with `-` have to be our own flags.
pub fn typed(commands: &[Vec<String>]) -> String {
    let word = |word: &String| match word.strip_prefix('-') {
        Some(flag) => format!(
            "-{}",
            flag.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "")
        ),
        None => quote(word),
    };
    let line = |words: &Vec<String>| words.iter().map(word).collect::<Vec<_>>().join(" ");
    commands.iter().map(line).collect::<Vec<_>>().join(" && ")
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    let word: String = word.chars().filter(|c| !c.is_control()).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-~".contains(c);
    if !word.is_empty() && !word.starts_with(['-', '~']) && word.chars().all(plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step<'a>(package: &'a str, to: &'a str) -> Step<'a> {
        Step {
            package,
            from: "1.0.0",
            to,
            direct: false,
            exact: true,
        }
    }

    #[test]
    fn binaries_of_a_source_package_go_in_one_command() {
        let steps = [step("libssl3", "3.0.2-1"), step("openssl", "3.0.2-1")];
        let expected = "apt-get install --only-upgrade libssl3=3.0.2-1 openssl=3.0.2-1";
        assert_eq!(command(Manager::Apt, &steps), expected);
    }

    #[test]
    fn a_kernel_is_replaced_by_the_newest_of_its_flavour() {
        let known = |package| Step {
            exact: false,
            ..step(package, "6.1.128-1")
        };
        for (package, newest) in [
            ("linux-image-6.1.0-21-amd64", "linux-image-amd64"),
            (
                "linux-image-6.1.0-21-cloud-amd64",
                "linux-image-cloud-amd64",
            ),
            ("linux-image-6.12.38+deb13-amd64", "linux-image-amd64"),
            ("linux-modules-5.15.0-91-generic", "linux-image-generic"),
            ("linux-image-amd64", "linux-image-amd64"),
            ("linux-libc-dev", "linux-libc-dev"),
        ] {
            let expected = format!("apt-get install --only-upgrade {newest}");
            assert_eq!(command(Manager::Apt, &[known(package)]), expected);
        }
        let both = [
            known("linux-image-5.15.0-91-generic"),
            known("linux-modules-5.15.0-91-generic"),
        ];
        assert_eq!(
            command(Manager::Apt, &both),
            "apt-get install --only-upgrade linux-image-generic"
        );
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let text = command(Manager::Npm, &[step("a; rm -rf /\n'x", "1")]);
        assert_eq!(text, r"npm update 'a; rm -rf /'\''x'");
    }

    #[test]
    fn the_standard_library_is_upgraded_by_the_toolchain() {
        assert_eq!(
            command(Manager::Go, &[step("stdlib", "1.22.3")]),
            "go get go@1.22.3"
        );
        assert_eq!(
            command(Manager::Go, &[step("example.org/m", "1.2.3")]),
            "go get example.org/m@v1.2.3"
        );
    }
}
