use super::*;
use patchward_test_support::mutate;

const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
  "metadata": {"component": {"bom-ref": "app", "type": "application", "name": "shop", "version": "1.0", "purl": "pkg:npm/shop@1.0"}},
  "components": [
    {"bom-ref": "os", "type": "operating-system", "name": "debian", "version": "12"},
    {"bom-ref": "web", "type": "library", "name": "web", "version": "2.0.0", "purl": "pkg:npm/%40scope%2Fweb@2.0.0",
     "scope": "required", "hashes": [{"alg": "SHA-256", "content": "00ff"}],
     "components": [{"bom-ref": "inner", "type": "library", "group": "org.example", "name": "lib", "version": "1",
                     "cpe": "cpe:2.3:a:example:lib:1:*:*:*:*:*:*:*"}]},
    {"bom-ref": "deep", "type": "library", "name": "deep", "version": 3, "purl": "pkg:npm/deep", "scope": "excluded"},
    {"bom-ref": "ssl", "type": "library", "name": "libssl3", "version": "3.0.1-1",
     "purl": "pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&epoch=1",
     "properties": [{"name": "aquasecurity:trivy:SrcName", "value": "openssl"},
                    {"name": "aquasecurity:trivy:SrcVersion", "value": "3.0.1"},
                    {"name": "aquasecurity:trivy:SrcRelease", "value": "1"},
                    {"name": "aquasecurity:trivy:SrcEpoch", "value": "1"}]},
    {"type": "file", "name": "readme", "version": "1"}
  ],
  "dependencies": [{"ref": "app", "dependsOn": ["web"]}, {"ref": "web", "dependsOn": ["deep"]}]
}"#;

const XML: &str = r#"<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <metadata><component type="application" bom-ref="app"><name>shop</name></component></metadata>
  <components>
    <component type="library" bom-ref="a"><name>a</name><version>1</version><purl>pkg:npm/a@1</purl>
      <licenses><license><id>MIT</id></license></licenses>
      <components><component type="library" bom-ref="b"><name>b</name><purl>pkg:npm/b@2</purl></component></components>
    </component>
  </components>
  <dependencies><dependency ref="app"><dependency ref="a"/></dependency><dependency ref="a"><dependency ref="b"/></dependency></dependencies>
</bom>"#;

const SPDX: &str = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "image", "documentDescribes": ["SPDXRef-Root"],
  "packages": [
    {"SPDXID": "SPDXRef-Root", "name": "image"},
    {"SPDXID": "SPDXRef-OperatingSystem-1", "name": "redhat", "versionInfo": "9.3", "primaryPackagePurpose": "OPERATING-SYSTEM"},
    {"SPDXID": "SPDXRef-curl", "name": "curl", "versionInfo": "7-1", "licenseDeclared": "MIT",
     "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
       "referenceLocator": "pkg:rpm/redhat/curl@7-1?arch=x86_64&upstream=curl-base-7-1.src.rpm&epoch=0"}]},
    {"SPDXID": "SPDXRef-test", "name": "tester", "versionInfo": "1"}],
  "relationships": [
    {"spdxElementId": "SPDXRef-Root", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-curl"},
    {"spdxElementId": "SPDXRef-test", "relationshipType": "TEST_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-curl"}]}"#;

const TAGS: &str = "SPDXVersion: SPDX-2.3\nDocumentName: doc\n\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1.0\nPackageComment: <text>several\nPackageName: no\n</text>\nExternalRef: PACKAGE-MANAGER purl pkg:gem/a@1.0\n\nPackageName: b\nSPDXID: SPDXRef-b\nPackageVersion: 2\nRelationship: SPDXRef-a DEPENDS_ON SPDXRef-b\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\n";

const SPDX3: &str = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
  {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"},
  {"type": "SpdxDocument", "spdxId": "urn:doc", "name": "doc", "rootElement": "urn:root"},
  {"type": "software_Package", "spdxId": "urn:root", "name": "app", "software_packageVersion": "1", "software_packageUrl": "pkg:cargo/app@1"},
  {"type": "software_Package", "spdxId": "urn:a", "name": "a", "software_packageVersion": "1",
   "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:cargo/a@1"},
                          {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x:a:1:*:*:*:*:*:*:*"}]},
  {"type": "software_Package", "spdxId": "urn:b", "name": "b", "software_packageUrl": "pkg:cargo/b@2"},
  {"type": "Relationship", "from": "urn:root", "to": ["urn:a"], "relationshipType": "dependsOn"},
  {"type": "LifecycleScopedRelationship", "from": "urn:a", "to": ["urn:b"], "relationshipType": "dependsOn", "scope": "development"},
  {"type": "software_File", "spdxId": "urn:f", "name": "f"}]}"#;

fn read_ok(text: &str) -> Sbom {
    read("bom", text.as_bytes()).unwrap()
}

fn named<'a>(sbom: &'a Sbom, name: &str) -> &'a Component {
    let found = sbom
        .components
        .iter()
        .find(|component| component.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", sbom.components))
}

fn all(sbom: &Sbom) -> Vec<String> {
    let each = sbom
        .components
        .iter()
        .map(|c| format!("{}@{}", c.name, c.version));
    each.collect()
}

#[test]
fn cyclonedx_gives_nested_components_and_its_subject() {
    let sbom = read_ok(CYCLONEDX);
    assert_eq!(
        (sbom.format.as_str(), sbom.subject.as_str()),
        ("CycloneDX 1.6", "shop")
    );
    assert_eq!(
        all(&sbom),
        [
            "shop@1.0",
            "@scope/web@2.0.0",
            "org.example/lib@1",
            "deep@3",
            "libssl3@1:3.0.1-1"
        ]
    );
    assert!(named(&sbom, "shop").own);
    assert_eq!(
        named(&sbom, "@scope/web").purl,
        "pkg:npm/%40scope/web@2.0.0"
    );
    assert_eq!(named(&sbom, "deep").purl, "pkg:npm/deep@3");
    assert_eq!(
        named(&sbom, "@scope/web").properties["hash:sha-256"],
        "00ff"
    );
    assert_eq!(sbom.problems, []);
}

#[test]
fn the_dependency_graph_tells_direct_from_transitive() {
    let sbom = read_ok(CYCLONEDX);
    let web = named(&sbom, "@scope/web");
    assert_eq!((web.direct, web.development), (Some(true), Some(false)));
    let deep = named(&sbom, "deep");
    assert_eq!((deep.direct, deep.development), (Some(false), Some(true)));
    assert_eq!(deep.path, ["@scope/web@2.0.0"]);
    assert_eq!(named(&sbom, "libssl3").direct, None);
}

#[test]
fn an_operating_system_and_source_packages_are_recognised() {
    let sbom = read_ok(CYCLONEDX);
    let os = sbom.os.as_ref().unwrap();
    assert_eq!((os.id.as_str(), os.version_id.as_str()), ("debian", "12"));
    assert_eq!(os.ecosystem.as_deref(), Some("Debian:12"));
    let ssl = named(&sbom, "libssl3");
    let source = ssl.source.as_ref().unwrap();
    assert_eq!(
        (source.name.as_str(), source.version.as_str()),
        ("openssl", "1:3.0.1-1")
    );
    assert_eq!(ssl.arch.as_deref(), Some("amd64"));
}

#[test]
fn without_an_operating_system_component_most_qualifiers_win() {
    let package = |name: &str, distro: &str| {
        format!(
            r#"{{"type": "library", "name": "{name}", "purl": "pkg:deb/ubuntu/{name}@1?distro={distro}"}}"#
        )
    };
    let components = [
        package("a", "ubuntu-20.04"),
        package("b", "ubuntu-22.04"),
        package("c", "ubuntu-22.04"),
    ];
    let sbom = read_ok(&format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{}]}}"#,
        components.join(",")
    ));
    assert_eq!(sbom.os.unwrap().version_id, "22.04");
}

#[test]
fn cyclonedx_xml_says_the_same_as_json() {
    let sbom = read_ok(XML);
    assert_eq!(sbom.format, "CycloneDX 1.4");
    assert_eq!(all(&sbom), ["a@1", "b@2"]);
    assert_eq!(named(&sbom, "a").properties["license"], "MIT");
    assert_eq!(named(&sbom, "a").direct, Some(true));
    assert_eq!(named(&sbom, "b").path, ["a@1"]);
}

#[test]
fn spdx_json_gives_packages_system_and_relationships() {
    let sbom = read_ok(SPDX);
    assert_eq!(all(&sbom), ["curl@7-1", "tester@1"]);
    assert_eq!(sbom.os.as_ref().unwrap().id, "rhel");
    let curl = named(&sbom, "curl");
    assert_eq!(curl.source.as_ref().unwrap().name, "curl-base");
    assert_eq!(curl.direct, Some(true));
    assert_eq!(named(&sbom, "tester").development, Some(true));
}

#[test]
fn spdx_is_read_inside_a_code_hosts_envelope() {
    assert_eq!(all(&read_ok(&format!(r#"{{"sbom": {SPDX}}}"#))).len(), 2);
}

#[test]
fn spdx_yaml_tags_and_rdf_are_read() {
    let yaml = "spdxVersion: \"SPDX-2.3\"\npackages:\n- SPDXID: \"SPDXRef-a\"\n  name: a\n  versionInfo: 1.0.0\n";
    assert_eq!(all(&read_ok(yaml)), ["a@1.0.0"]);
    let tags = read_ok(TAGS);
    assert_eq!(all(&tags), ["a@1.0", "b@2"]);
    let rdf = r##"<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:SpdxDocument><spdx:specVersion>SPDX-2.2</spdx:specVersion>
      <spdx:describesPackage><spdx:Package rdf:about="x#SPDXRef-a"><spdx:name>a</spdx:name><spdx:versionInfo>1</spdx:versionInfo>
      </spdx:Package></spdx:describesPackage></spdx:SpdxDocument></rdf:RDF>"##;
    assert_eq!(all(&read_ok(rdf)), ["a@1"]);
}

#[test]
fn spdx3_graphs_are_read() {
    let sbom = read_ok(SPDX3);
    assert_eq!(sbom.format, "SPDX-3.0.1");
    assert_eq!(all(&sbom), ["app@1", "a@1", "b@2"]);
    assert!(named(&sbom, "app").own);
    assert_eq!(named(&sbom, "a").cpes.len(), 1);
    assert_eq!(named(&sbom, "a").direct, Some(true));
    assert_eq!(named(&sbom, "b").development, Some(true));
    assert_eq!(named(&sbom, "b").path, ["a@1"]);
}

#[test]
fn components_have_the_documents_line_where_no_file_is_named() {
    let sbom = read_ok(CYCLONEDX);
    let location = &named(&sbom, "@scope/web").locations[0];
    assert_eq!((location.path.as_str(), location.line), ("bom", Some(6)));
}

#[test]
fn a_bad_purl_is_a_problem_and_the_rest_is_read() {
    let text = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        {"type": "library", "name": "a", "version": "1", "purl": "not a purl"},
        {"type": "library", "name": "b", "purl": "pkg:gem/b@1"}]}"#;
    let sbom = read_ok(text);
    assert_eq!(all(&sbom), ["a@1", "b@1"]);
    assert_eq!(sbom.problems.len(), 1);
    assert_eq!(sbom.problems[0].location.line, Some(2));
}

#[test]
fn what_is_no_sbom_or_breaks_off_is_an_error_with_its_line() {
    for text in ["", "{}", "<a/>", "hello", r#"{"name": "package.json"}"#] {
        assert!(read("x", text.as_bytes()).is_err(), "{text}");
        assert_eq!(detect(text.as_bytes()), None, "{text}");
    }
    let cut = &CYCLONEDX[..CYCLONEDX.len() / 2];
    assert!(read("x", cut.as_bytes()).unwrap_err().line.is_some());
}

#[test]
fn a_json_document_is_known_by_its_keys_in_any_order() {
    let check = |text: &str, format| assert_eq!(detect(text.as_bytes()), format, "{text}");
    let cyclonedx = Some(Format::CycloneDxJson);
    check(r#"{"bomFormat": "CycloneDX", "components": ["#, cyclonedx);
    check(
        r#"{"components": [{}], "bomFormat": "CycloneDX"}"#,
        cyclonedx,
    );
    check(r#"{"components": [], "specVersion": 1.5}"#, cyclonedx);
    check(r#"{"components": [], "bomFormat": 1}"#, None);
    check(
        r#"{"packages": [], "spdxVersion": "SPDX-2.3"}"#,
        Some(Format::SpdxJson),
    );
    check(
        r#"{"sbom": {"name": "x", "spdxVersion": "SPDX-2.3"}}"#,
        Some(Format::SpdxJson),
    );
    check(r#"{"sbom": {"bomFormat": "CycloneDX"}}"#, None);
    check(
        r#"{"@graph": [], "@context": "https://spdx.org/rdf/3.0.1/c.jsonld"}"#,
        Some(Format::Spdx3),
    );
    check(
        r#"{"@context": ["https://spdx.org/rdf/3.0.1/c.jsonld"]}"#,
        None,
    );
}

#[test]
fn deep_documents_are_refused_or_read_but_never_overflow() {
    let open = r#"{"components":["#.repeat(50_000);
    let text =
        format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{open}"#);
    assert!(read("x", text.as_bytes()).is_err());
    let xml = format!(
        "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">{}",
        "<components><component>".repeat(50_000)
    );
    assert!(read("x", xml.as_bytes()).is_err());
}

#[test]
fn a_long_chain_of_dependencies_has_short_paths() {
    let count = 20_000;
    let components: Vec<_> = (0..count)
        .map(|n| format!(r#"{{"bom-ref": "{n}", "type": "library", "name": "p{n}", "purl": "pkg:npm/p{n}@1"}}"#))
        .collect();
    let needs: Vec<_> = (1..count)
        .map(|n| format!(r#"{{"ref": "{}", "dependsOn": ["{n}"]}}"#, n - 1))
        .collect();
    let text = format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {{"component": {{"bom-ref": "r", "name": "r"}}}},
        "components": [{}], "dependencies": [{{"ref": "r", "dependsOn": ["0"]}}, {}]}}"#,
        components.join(","),
        needs.join(",")
    );
    let sbom = read_ok(&text);
    assert!(
        sbom.components
            .iter()
            .all(|component| component.path.len() <= 32)
    );
}

#[test]
fn mutated_documents_never_panic() {
    let seeds = [CYCLONEDX, XML, SPDX, TAGS, SPDX3].map(str::as_bytes);
    mutate(&seeds, 300, |bytes| {
        if let Ok(sbom) = read("x", bytes) {
            assert!(sbom.components.len() < 100);
        }
    });
}

#[test]
fn a_version_that_is_not_read_here_is_told_with_those_that_are() {
    let problems = |text: &str| read("bom", text.as_bytes()).unwrap().problems;
    let of = |version: &str| {
        problems(&format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "{version}", "components": []}}"#
        ))
    };
    let told = of("9.9");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].message.contains("CycloneDX 9.9")
            && told[0].message.contains("CycloneDX 1.2 to 1.7"),
        "{told:?}"
    );
    for version in ["1.2", "1.7"] {
        assert_eq!(of(version), []);
    }
    let xml = XML.replace("bom/1.4", "bom/2.0");
    assert_eq!(problems(&xml).len(), 1);
    assert_eq!(problems(XML), []);
    assert_eq!(problems(&SPDX.replace("SPDX-2.3", "SPDX-4.0")).len(), 1);
    for text in [SPDX, TAGS, SPDX3] {
        let told = problems(text);
        assert!(
            !told
                .iter()
                .any(|told| told.message.contains("is read as far"))
        );
    }
}

proptest::proptest! {
    #[test]
    fn every_component_with_a_purl_is_in_the_inventory(
        names in proptest::collection::btree_map(
            "[a-z][a-z0-9._-]{0,10}", "[0-9]{1,3}(\\.[0-9]{1,3}){0,2}", 0..12,
        ),
        title in "\\PC{0,12}",
    ) {
        let purls: Vec<String> = names.iter().map(|(n, v)| format!("pkg:npm/{n}@{v}")).collect();
        let component = |purl: &String| {
            serde_json::json!({"type": "library", "name": title, "version": "1", "purl": purl})
        };
        let components: Vec<_> = purls.iter().map(component).collect();
        let document = serde_json::json!({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components,
        });
        let sbom = read("bom.json", document.to_string().as_bytes()).unwrap();
        let found: Vec<&String> = sbom.components.iter().map(|component| &component.purl).collect();
        proptest::prop_assert_eq!(found, purls.iter().collect::<Vec<_>>());
    }
}
