use super::*;
use patchward_test_support::mutate;

const CHILD: &str = "<project><parent><groupId>g</groupId><artifactId>up</artifactId><version>9</version></parent>
<artifactId>app</artifactId>
<properties><a.version>1.${minor}</a.version><loop>${loop}</loop></properties>
<dependencies>
<dependency><groupId>x</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency>
<dependency><groupId>x</groupId><artifactId>b</artifactId></dependency>
<dependency><groupId>${project.groupId}</groupId><artifactId>c</artifactId><version>${project.version}</version></dependency>
<dependency><groupId>x</groupId><artifactId>d</artifactId><version>[2.0,3)</version><scope>provided</scope></dependency>
<dependency><groupId>x</groupId><artifactId>e</artifactId><version>${loop}</version></dependency>
</dependencies>
<profiles><profile><activation><activeByDefault>true</activeByDefault></activation>
<properties><minor>7</minor></properties></profile></profiles></project>";

const PARENT: &str = "<project><groupId>g</groupId><artifactId>up</artifactId><version>9</version>
<properties><minor>1</minor></properties>
<dependencyManagement><dependencies><dependency><groupId>x</groupId><artifactId>b</artifactId>
<version>4</version><scope>test</scope></dependency></dependencies></dependencyManagement>
<dependencies><dependency><groupId>x</groupId><artifactId>p</artifactId><version>5</version></dependency></dependencies>
</project>";

fn read(text: &[u8], parent: Option<&str>) -> Result<Parsed, ParseError> {
    parse(&Input {
        path: "app/pom.xml",
        bytes: text,
        open: &|path| {
            parent
                .filter(|_| path == "pom.xml")
                .map(|text| text.as_bytes().to_vec())
        },
    })
}

fn found(parsed: &Parsed) -> Vec<(&str, &str)> {
    let list = parsed.components.iter();
    list.map(|c| (c.name.as_str(), c.version.as_str()))
        .collect()
}

#[test]
fn parents_profiles_and_properties_are_followed() {
    let got = read(CHILD.as_bytes(), Some(PARENT)).unwrap();
    assert_eq!(
        found(&got),
        [
            ("x:a", "1.7"),
            ("x:b", "4"),
            ("g:c", "9"),
            ("x:d", "2.0"),
            ("x:p", "5")
        ]
    );
    assert_eq!(got.components[1].development, Some(true));
    assert_eq!(got.components[3].properties["requirement"], "[2.0,3)");
    assert_eq!(got.components[3].properties["scope"], "provided");
    assert_eq!(got.components[0].locations[0].line, Some(5));
    assert!(got.problems[0].message.contains("${loop}"));
}

#[test]
fn a_parent_outside_the_tree_is_told() {
    let got = read(CHILD.as_bytes(), None).unwrap();
    assert!(got.problems[0].message.contains("g:up:9"));
    assert!(found(&got).contains(&("x:b", "")));
}

#[test]
fn a_parent_that_is_another_project_is_not_taken() {
    let other = PARENT.replace("<artifactId>up<", "<artifactId>other<");
    assert_eq!(
        read(CHILD.as_bytes(), Some(&other)).unwrap().problems.len(),
        2
    );
}

#[test]
fn of_two_equal_declarations_the_second_counts() {
    let one = |version| {
        format!(
            "<dependency><groupId>g</groupId><artifactId>a</artifactId><version>{version}</version></dependency>"
        )
    };
    let text = format!(
        "<project><dependencies>{}{}</dependencies></project>",
        one(1),
        one(2)
    );
    assert_eq!(found(&read(text.as_bytes(), None).unwrap()), [("g:a", "2")]);
}

#[test]
fn a_pom_that_is_its_own_parent_ends() {
    let text = "<project><parent><groupId>g</groupId><artifactId>up</artifactId><relativePath>../pom.xml</relativePath></parent><artifactId>up</artifactId></project>";
    let got = parse(&Input {
        path: "a/b/c/pom.xml",
        bytes: text.as_bytes(),
        open: &|_| Some(text.as_bytes().to_vec()),
    });
    assert!(got.unwrap().components.is_empty());
}

#[test]
fn mutations_never_panic() {
    mutate(&[CHILD.as_bytes(), PARENT.as_bytes()], 400, |bytes| {
        drop(read(bytes, Some(PARENT)));
    });
}
