//! The output of `apt-get -s dist-upgrade` in the C locale.

/// What apt would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    /// Installed packages that it would replace by a newer version.
    pub upgrades: Vec<Upgrade>,
    /// Packages that it keeps back: held, or their new version does not fit.
    pub kept: Vec<String>,
    /// Packages whose update is phased and whose turn has not come on this machine.
    pub phased: Vec<String>,
}

/// An `Inst` line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// Package, with `:ARCH` where it is not of the native architecture.
    pub name: String,
    /// Installed version.
    pub old: String,
    /// Version that would be installed.
    pub new: String,
    /// Where it comes from: `Debian-Security:12/oldstable-security`.
    pub origins: Vec<String>,
    /// Its architecture.
    pub arch: String,
}

impl Simulation {
    /// Every package that has something pending.
    pub fn names(&self) -> Vec<&str> {
        let upgrades = self.upgrades.iter().map(|upgrade| upgrade.name.as_str());
        let kept = self.kept_back().map(|(name, _)| name);
        upgrades.chain(kept).collect()
    }

    /// Packages that stay as they are, and whether that is for phasing.
    pub fn kept_back(&self) -> impl Iterator<Item = (&str, bool)> {
        let phased = self.phased.iter().map(|name| (name.as_str(), true));
        let kept = self.kept.iter().filter(|name| !self.phased.contains(name));
        phased.chain(kept.map(|name| (name.as_str(), false)))
    }
}

/// Reads the output. Lines that mean nothing here are passed over.
pub fn parse(text: &str) -> Simulation {
    #[derive(Clone, Copy)]
    enum List {
        Kept,
        Phased,
        Other,
    }
    let mut simulation = Simulation::default();
    let mut list = List::Other;
    for line in text.lines() {
        if line.starts_with(' ') {
            let names = line.split_whitespace().map(str::to_owned);
            match list {
                List::Kept => simulation.kept.extend(names),
                List::Phased => simulation.phased.extend(names),
                List::Other => {}
            }
            continue;
        }
        list = match line {
            line if line.contains("phasing") => List::Phased,
            line if line.contains("kept back") || line.starts_with("Not upgrading:") => List::Kept,
            _ => List::Other,
        };
        simulation
            .upgrades
            .extend(line.strip_prefix("Inst ").and_then(upgrade));
    }
    simulation
}

/// `NAME [OLD] (NEW ORIGIN, ORIGIN [ARCH])`; a package that is new has no `[OLD]` and is no upgrade.
fn upgrade(line: &str) -> Option<Upgrade> {
    let (name, rest) = line.split_once(" [")?;
    let (old, rest) = rest.split_once("] (")?;
    let (inside, _) = rest.split_once(')')?;
    let (new, rest) = inside.split_once(' ')?;
    let (origins, arch) = rest.rsplit_once('[').unwrap_or((rest, ""));
    if name.contains(' ') || old.contains(' ') {
        return None;
    }
    let origins = origins
        .split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty());
    Some(Upgrade {
        name: name.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        origins: origins.map(str::to_owned).collect(),
        arch: arch.trim_end_matches(']').to_owned(),
    })
}
