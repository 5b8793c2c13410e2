use proptest::prelude::*;

use super::*;

fn add(builder: &mut Builder, id: &str, aliases: &[&str], upstream: &[&str], packages: &[&str]) {
    let owned = |list: &[&str]| list.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    builder.add_ids(
        id,
        &owned(aliases),
        &owned(upstream),
        packages.iter().map(|name| ("npm", *name)),
    );
}

#[test]
fn aliases_join_transitively_and_the_cve_is_shown() {
    let mut builder = Builder::default();
    add(&mut builder, "RUSTSEC-2024-1", &["GHSA-b"], &[], &[]);
    add(&mut builder, "GHSA-b", &["CVE-2024-0001"], &[], &[]);
    let groups = builder.finish();
    let group = groups.group("RUSTSEC-2024-1").unwrap();
    assert_eq!(group.shown, "CVE-2024-0001");
    assert_eq!(group.ids, ["CVE-2024-0001", "GHSA-b", "RUSTSEC-2024-1"]);
}

#[test]
fn upstream_is_shown_under_each_flaw_and_joins_none() {
    let mut builder = Builder::default();
    add(
        &mut builder,
        "USN-1",
        &[],
        &["UBUNTU-CVE-2024-0001", "CVE-2024-0002"],
        &[],
    );
    add(
        &mut builder,
        "UBUNTU-CVE-2024-0001",
        &[],
        &["CVE-2024-0001"],
        &[],
    );
    add(&mut builder, "loop-a", &[], &["loop-b"], &[]);
    add(&mut builder, "loop-b", &[], &["loop-a"], &[]);
    let groups = builder.finish();
    let shown: Vec<_> = groups
        .shown_under("USN-1")
        .iter()
        .map(|g| g.shown.as_str())
        .collect();
    assert_eq!(shown, ["CVE-2024-0001", "CVE-2024-0002"]);
    assert_ne!(groups.group("CVE-2024-0001"), groups.group("CVE-2024-0002"));
    assert!(groups.shown_under("loop-a").is_empty());
    assert_eq!(groups.shown_under("CVE-2024-0002").len(), 1);
}

#[test]
fn two_cves_of_unrelated_packages_are_kept_apart() {
    let mut builder = Builder::default();
    add(&mut builder, "GHSA-a", &["CVE-2024-0001"], &[], &["left"]);
    add(
        &mut builder,
        "GHSA-b",
        &["CVE-2024-0002", "GHSA-a"],
        &[],
        &["right"],
    );
    let groups = builder.finish();
    assert_ne!(groups.group("CVE-2024-0001"), groups.group("CVE-2024-0002"));
    assert_eq!(groups.refused().len(), 1);
    // The same with a package in common is one flaw.
    let mut builder = Builder::default();
    add(&mut builder, "GHSA-a", &["CVE-2024-0001"], &[], &["left"]);
    add(
        &mut builder,
        "GHSA-b",
        &["CVE-2024-0002", "GHSA-a"],
        &[],
        &["left", "right"],
    );
    assert_eq!(builder.finish().all().len(), 1);
}

#[test]
fn a_runaway_chain_is_cut() {
    let mut builder = Builder::default();
    for n in 0..1000 {
        add(
            &mut builder,
            &format!("X-{n}"),
            &[&format!("X-{}", n + 1)],
            &[],
            &[],
        );
    }
    let groups = builder.finish();
    assert!(groups.all().iter().all(|group| group.ids.len() <= MAX_IDS));
    assert!(!groups.refused().is_empty());
}

proptest! {
    #[test]
    fn the_order_of_records_does_not_matter(
        edges in proptest::collection::vec((0u8..30, 0u8..30), 0..60),
        packages in proptest::collection::vec(0u8..3, 30),
        turn in 0usize..60,
    ) {
        let name = |n: u8| if n < 10 { format!("CVE-2024-00{n:02}") } else { format!("GHSA-{n}") };
        let build = |edges: &[(u8, u8)]| {
            let mut builder = Builder::default();
            for (a, b) in edges {
                let package = format!("p{}", packages[*a as usize]);
                add(&mut builder, &name(*a), &[&name(*b)], &[], &[&package]);
            }
            builder.finish().all().to_vec()
        };
        let mut turned = edges.clone();
        if !turned.is_empty() {
            turned.rotate_left(turn % edges.len());
        }
        prop_assert_eq!(build(&edges), build(&turned));
    }
}
