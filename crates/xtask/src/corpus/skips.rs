//! The one reviewed list of corpus rows that we do not follow, each with its reason.

/// The parsed `skips.txt`.
pub struct Skips(Vec<Skip>);

struct Skip {
    family: String,
    file: String,
    row: String,
    reason: String,
}

/// Reads `skips.txt`: a line is `family | file | row | reason`; a file or row may end in `*`; `#` starts a comment.
pub fn load() -> anyhow::Result<Skips> {
    let mut skips = Vec::new();
    for (number, line) in include_str!("skips.txt").lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.splitn(4, " | ").map(str::trim).collect();
        let [family, file, row, reason] = fields[..] else {
            anyhow::bail!(
                "skips.txt:{}: expected `family | file | row | reason`",
                number + 1
            );
        };
        anyhow::ensure!(
            !reason.is_empty(),
            "skips.txt:{}: a skip needs a reason",
            number + 1
        );
        skips.push(Skip {
            family: family.into(),
            file: file.into(),
            row: row.into(),
            reason: reason.into(),
        });
    }
    Ok(Skips(skips))
}

impl Skips {
    /// Why this row is skipped, if it is.
    pub fn reason(&self, family: &str, file: &str, row: &str) -> Option<&str> {
        let found = self.0.iter().find(|skip| {
            skip.family == family && covers(&skip.file, file) && covers(&skip.row, row)
        });
        found.map(|skip| skip.reason.as_str())
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
