//! What the documents promise is what the code has.

use patchward_core::feeds::FEEDS;

const README: &str = include_str!("../../../README.md");

#[test]
fn the_readme_names_every_feed_with_its_licence() {
    for feed in FEEDS {
        let row = README
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", feed.name)));
        let told = row.is_some_and(|row| row.contains(&format!("| {} |", feed.license)));
        assert!(told, "README.md: {} ({}): {row:?}", feed.name, feed.license);
    }
}
