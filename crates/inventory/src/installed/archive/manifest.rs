//! `META-INF/MANIFEST.MF` (docs.oracle.com, "JAR File Specification").

/// The attributes of the main section.
#[derive(Debug, Default)]
pub(super) struct Manifest(Vec<(String, String)>);

impl Manifest {
    /// Reads the main section, which ends at the first empty line. A line that begins with a blank continues the one
    /// before.
    pub(super) fn parse(text: &str) -> Manifest {
        let mut attributes: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.trim().is_empty() {
                if attributes.is_empty() {
                    continue;
                }
                break;
            }
            if let Some(more) = line.strip_prefix(' ') {
                if let Some((_, value)) = attributes.last_mut() {
                    value.push_str(more);
                }
            } else if let Some((name, value)) = line.split_once(':') {
                let value = value.strip_prefix(' ').unwrap_or(value);
                attributes.push((name.trim().to_ascii_lowercase(), value.to_owned()));
            }
        }
        Manifest(attributes)
    }

    /// The first of these attributes that has a value; names in lower case.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &&str| {
            let found = self.0.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.trim())
        };
        names
            .iter()
            .filter_map(value)
            // A build that forgot to fill in its properties.
            .find(|value| !value.is_empty() && !value.contains("${"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_section_is_read_with_its_continued_lines() {
        let text = "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.exa\r\n mple.a;singleton:=true\r\nImplementation-Version: ${v}\r\n\r\nName: x\r\nBundle-Version: 9\r\n";
        let manifest = Manifest::parse(text);
        assert_eq!(
            manifest.first(&["bundle-symbolicname"]),
            Some("org.example.a;singleton:=true")
        );
        assert_eq!(
            manifest.first(&["bundle-version", "implementation-version"]),
            None
        );
    }
}
