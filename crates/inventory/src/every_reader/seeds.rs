//! A small file for every format: name, path and content. Each yields a component.

/// A seed of a text format.
pub type Seed = (&'static str, &'static str, &'static str);

/// Lockfiles and manifests.
pub const LOCKFILES: &[Seed] = &[
    (
        "bun-lock",
        "bun.lock",
        r#"{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"a": "^1"}}}, "packages": {"a": ["a@1.0.0", "", {"dependencies": {"b": "1"}}, "sha512-x"], "b": ["b@1.1.0", "", {}, ""]}}"#,
    ),
    (
        "cabal-freeze",
        "cabal.project.freeze",
        "constraints: any.aeson ==2.1.0.0,\n             aeson +flag,\n             lens ==5,\n  any.zlib ==0.6\nindex-state: x\n",
    ),
    (
        "cargo-lock",
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example\"\ndependencies = [\"b 2.0.0\"]\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n",
    ),
    (
        "cargo-toml",
        "Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\n[dependencies]\na = \"1.0\"\nb = { version = \"2\", optional = true }\n[dev-dependencies]\nc = \"=3.1.0\"\n",
    ),
    (
        "composer-lock",
        "composer.lock",
        r#"{"packages": [{"name": "v/a", "version": "v1.0.0", "require": {"v/b": "^2"}}], "packages-dev": [{"name": "v/b", "version": "2.0"}]}"#,
    ),
    (
        "conanfile-txt",
        "conanfile.txt",
        "[requires]\nzlib/1.2.13\nopenssl/[>=3.0]\n\n[generators]\nCMakeDeps\n",
    ),
    (
        "conan",
        "conan.lock",
        r#"{"version": "0.5", "requires": ["zlib/1.2.13#abc%1.2", "x/[>1]"], "build_requires": ["cmake/3.2"]}"#,
    ),
    (
        "conda-environment",
        "environment.yml",
        "name: x\ndependencies:\n  - numpy=1.2.3=py39_0\n  - python>=3.8\n  - pip:\n      - django==4.2\n",
    ),
    (
        "conda-meta",
        "conda-meta/a.json",
        r#"{"name": "a", "version": "1.0", "build": "py_0", "channel": "defaults", "depends": ["b"]}"#,
    ),
    (
        "cpan",
        "META.json",
        "{\n\"name\": \"Some-Dist\", \"version\": 1.5}",
    ),
    (
        "csproj",
        "x.csproj",
        "<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup>\n<PackageReference Include=\"A\" Version=\"1.0\"/><PackageReference Include=\"B\"><Version>2</Version></PackageReference></ItemGroup></Project>",
    ),
    (
        "nuget-directory-packages-props",
        "Directory.Packages.props",
        "<Project><ItemGroup><PackageVersion Include=\"A\" Version=\"1.0\"/></ItemGroup></Project>",
    ),
    (
        "dotnet-deps-json",
        "x.deps.json",
        r#"{"runtimeTarget": {"name": "net8.0"}, "targets": {"net8.0": {"x/1.0.0": {"dependencies": {"A": "1.0"}}, "A/1.0": {"runtime": {}}}}, "libraries": {"x/1.0.0": {"type": "project"}, "A/1.0": {"type": "package"}}}"#,
    ),
    (
        "gemfile-lock",
        "Gemfile.lock",
        "GEM\n  remote: https://registry.example/\n  specs:\n    a (1.0)\n      b (>= 2)\n    b (2.1-java)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a (~> 1.0)\n\nBUNDLED WITH\n   2.4\n",
    ),
    (
        "go-mod",
        "go.mod",
        "module x.example/y\n\ngo 1.21\n\nrequire (\n\ta.example/b v1.0.0\n\tc.example/d v0.0.0-20210101000000-abcdefabcdef // indirect\n)\n\nreplace a.example/b => ../b\nexclude e.example/f v1.0.0\n",
    ),
    (
        "go-sum",
        "go.sum",
        "a.example/b v1.0.0 h1:abc=\na.example/b v1.0.0/go.mod h1:def=\n",
    ),
    (
        "go-vendor-modules",
        "vendor/modules.txt",
        "# a.example/b v1.0.0\n## explicit; go 1.17\na.example/b/c\n# d.example/e v1.2.0 => f.example/g v2.0.0\n",
    ),
    (
        "gradle-lockfile",
        "gradle.lockfile",
        "# c\na.b:c:1.0=compileClasspath,testCompileClasspath\nd:e:2=testRuntimeClasspath\nempty=x\n",
    ),
    (
        "gradle-verification-metadata",
        "gradle/verification-metadata.xml",
        "<verification-metadata><components>\n<component group='g' name='a' version='1'><artifact name='a-1.jar'><sha256 value='00'/></artifact></component>\n</components></verification-metadata>",
    ),
    (
        "gradle-version-catalog",
        "gradle/libs.versions.toml",
        "[versions]\nv = \"1.0\"\n[libraries]\na = \"g:a:1.0\"\nb = { module = \"g:b\", version.ref = \"v\" }\n[plugins]\np = { id = \"x\", version = \"2\" }\n",
    ),
    (
        "julia-manifest",
        "Manifest.toml",
        "julia_version = \"1.9.0\"\nmanifest_format = \"2.0\"\n[[deps.A]]\ndeps = [\"B\"]\nuuid = \"7876af07-990d-54b4-ab0e-23690620f79a\"\nversion = \"1.0.0\"\n[[deps.B]]\nuuid = \"7876af07-990d-54b4-ab0e-23690620f79b\"\nversion = \"0.5.0\"\n",
    ),
    (
        "mix-lock",
        "mix.lock",
        "%{\n  \"plug\": {:hex, :plug, \"1.11.1\", \"f299\", [:mix], [{:mime, \"~> 1.0\", [hex: :mime, repo: \"hexpm\"]}], \"hexpm\", \"23\"},\n  \"foe\": {:git, \"https://host.example/foe.git\", \"a957\", []},\n}\n",
    ),
    (
        "npm-package-lock",
        "package-lock.json",
        r#"{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1"}}, "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}}, "node_modules/a/node_modules/b": {"version": "1.1.0", "dev": true}}}"#,
    ),
    (
        "nuget-packages-config",
        "packages.config",
        "<packages><package id=\"A\" version=\"1.0\" targetFramework=\"net45\"/></packages>",
    ),
    (
        "nuget-packages-lock",
        "packages.lock.json",
        r#"{"version": 1, "dependencies": {"net8.0": {"A": {"type": "Direct", "requested": "[1.0, )", "resolved": "1.0.0", "dependencies": {"B": "2.0"}}, "B": {"type": "Transitive", "resolved": "2.0.0"}}}}"#,
    ),
    (
        "package-json",
        "package.json",
        r#"{"name": "x", "version": "1.0.0", "dependencies": {"a": "^1.2.0", "b": "npm:c@2"}, "devDependencies": {"d": "*"}}"#,
    ),
    (
        "paket-lock",
        "paket.lock",
        "NUGET\n  remote: https://registry.example/v3\n    A.B (1.0)\n      C (>= 1.0)\n    C (1.2) - restriction: >= net45\nGITHUB\n  remote: owner/repo\n    src/x.fs (abc)\n\nGROUP Build\nNUGET\n  remote: https://registry.example/v3\n    FAKE (5)\n",
    ),
    (
        "pdm-lock",
        "pdm.lock",
        "[metadata]\ngroups = [\"default\"]\nlock_version = \"4.4\"\n[[package]]\nname = \"a\"\nversion = \"1.0\"\ngroups = [\"default\"]\ndependencies = [\"b>=1\"]\n[[package]]\nname = \"b\"\nversion = \"1.1\"\n",
    ),
    (
        "pipfile-lock",
        "Pipfile.lock",
        r#"{"_meta": {"pipfile-spec": 6}, "default": {"a": {"version": "==1.0", "index": "x"}}, "develop": {"b": {"version": "==2", "markers": "python_version > '3'"}}}"#,
    ),
    (
        "pnpm-lock",
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n  b@2.0.0:\n    resolution: {integrity: sha512-y}\nsnapshots:\n  a@1.0.0:\n    dependencies:\n      b: 2.0.0\n  b@2.0.0: {}\n",
    ),
    (
        "podfile-lock",
        "Podfile.lock",
        "PODS:\n  - A (1.0):\n    - B/Core (= 2.0)\n  - B/Core (2.0)\n\nDEPENDENCIES:\n  - A (~> 1.0)\n\nCHECKOUT OPTIONS:\n  A:\n    :commit: abc\n",
    ),
    (
        "poetry-lock",
        "poetry.lock",
        "[[package]]\nname = \"a\"\nversion = \"1.0\"\noptional = false\n[package.dependencies]\nb = \">=1\"\n[[package]]\nname = \"b\"\nversion = \"1.1\"\n[metadata]\nlock-version = \"2.0\"\n",
    ),
    (
        "pom-xml",
        "pom.xml",
        "<project><groupId>g</groupId><artifactId>x</artifactId><version>1</version><properties><v>1.0</v></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency></dependencies></project>",
    ),
    (
        "pubspec-lock",
        "pubspec.lock",
        "packages:\n  a:\n    dependency: \"direct main\"\n    description:\n      name: a\n      url: \"https://registry.example\"\n    source: hosted\n    version: \"1.0.0\"\nsdks:\n  dart: \">=3.0.0\"\n",
    ),
    (
        "pylock-toml",
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\ndependencies = [{name = \"b\"}]\n[[packages]]\nname = \"b\"\nversion = \"1.1\"\n",
    ),
    (
        "pyproject-toml",
        "pyproject.toml",
        "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"a>=1.0,<2\", \"b==2.0; python_version > '3'\"]\n[project.optional-dependencies]\ntest = [\"c\"]\n",
    ),
    (
        "python-metadata",
        "a.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nLicense: MIT\nRequires-Dist: b\n\ntext\n",
    ),
    (
        "renv-lock",
        "renv.lock",
        r#"{"R": {"Version": "4.3.1"}, "Packages": {"a": {"Package": "a", "Version": "1.0-2", "Source": "Repository", "Repository": "CRAN"}}}"#,
    ),
    (
        "requirements-txt",
        "requirements.txt",
        "-r other.txt\na==1.0 \\\n    --hash=sha256:00\nb[x]>=2,<3 ; python_version > '3'  # c\ngit+https://host.example/c.git@v1#egg=c\n",
    ),
    (
        "sbt-lock",
        "build.sbt.lock",
        "{\"lockVersion\": 1, \"dependencies\": [\n {\"org\": \"a.b\", \"name\": \"c_2.13\", \"version\": \"1\", \"configurations\": [\"test\", \"compile\"]},\n {\"name\": \"f\"}]}",
    ),
    (
        "stack-lock",
        "stack.yaml.lock",
        "packages:\n- completed:\n    hackage: a-b-1.0@sha256:00,5\n  original:\n    hackage: a-b-1.0\nsnapshots: []\n",
    ),
    (
        "swift-package-resolved",
        "Package.resolved",
        r#"{"pins": [{"identity": "b", "kind": "remoteSourceControl", "location": "https://host.example/o/b", "state": {"revision": "d", "version": "1.0.0"}}], "version": 2}"#,
    ),
    (
        "uv-lock",
        "uv.lock",
        "version = 1\n[[package]]\nname = \"x\"\nversion = \"0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\" }]\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"https://registry.example\" }\n",
    ),
    (
        "yarn-lock",
        "yarn.lock",
        "# yarn lockfile v1\n\n\na@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.example/a-1.0.0.tgz#00\"\n  dependencies:\n    b \"^2\"\n\nb@^2:\n  version \"2.0.0\"\n",
    ),
];

/// Package databases of operating systems that are text; the others are built by [`super::os_seeds`].
pub const OS: &[Seed] = &[
    (
        "apk-installed",
        "lib/apk/db/installed",
        "C:Q1=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\no:openssl\nm:Someone\nF:lib\nR:libssl.so.3\n\n",
    ),
    (
        "chocolatey",
        "lib/cmake/cmake.nuspec",
        "<package><metadata>\n<id>cmake</id><version>4.1.1</version></metadata></package>",
    ),
    (
        "cos-package-info",
        "etc/cos-package-info.json",
        r#"{"installedPackages": [{"category": "sys-libs", "name": "zlib", "version": "17162.336.17", "ebuild_version": "1.2.11-r5"}], "buildTimePackages": [{"name": "eselect", "version": "1"}]}"#,
    ),
    (
        "dpkg-status",
        "var/lib/dpkg/status",
        "Package: one\nStatus: hold ok installed\nSource: first (1:2.0-1)\nArchitecture: amd64\nVersion: 1:2.0-1+b1\nDescription: x\n more\n\nPackage: two\nStatus: install ok installed\nVersion: 3\n",
    ),
    (
        "flatpak",
        "app/x/files/share/metainfo/app.metainfo.xml",
        "<component><id>org.example.App</id><releases>\n<release version='2.1' date='2024-05-02'/>\n<release version='2.0'/></releases></component>",
    ),
    (
        "homebrew",
        "opt/homebrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json",
        r#"{"installed_on_request": true, "arch": "arm64", "source": {"tap": "homebrew/core", "versions": {"stable": "1.7.1"}}}"#,
    ),
    (
        "macapps",
        "Applications/A.app/Contents/Info.plist",
        "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>CFBundleName</key><string>A</string><key>CFBundleIdentifier</key><string>org.example.a</string><key>CFBundleShortVersionString</key><string>1.2</string></dict></plist>",
    ),
    (
        "pacman-desc",
        "var/lib/pacman/local/zlib-1/desc",
        "%NAME%\nzlib\n\n%VERSION%\n1:1.3-2\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1700000000\n",
    ),
    (
        "portage",
        "var/db/pkg/sys-libs/zlib-1.3/PF",
        "zlib-1.3.1-r1\n",
    ),
    (
        "snap",
        "snap/core22/current/meta/snap.yaml",
        "name: core22\nversion: 20240731\ntype: base\narchitectures: [amd64]\n",
    ),
];

/// What installed language packages leave behind; archives and programs have mutation tests of their own.
pub const INSTALLED: &[Seed] = &[
    (
        "Node",
        "node_modules/@s/a/package.json",
        r#"{"name": "@s/a", "version": "1.0.0", "main": {}, "license": {"type": "MIT"}}"#,
    ),
    (
        "Python",
        "a.egg-info/PKG-INFO",
        "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
    ),
    (
        "Gem",
        "gems/specifications/a-1.0.gemspec",
        "# -*- encoding: utf-8 -*-\n# stub: a 1.0 ruby lib\n\nGem::Specification.new do |s|\n  s.name = \"a\".freeze\n  s.version = \"1.0\"\nend\n",
    ),
    (
        "Composer",
        "vendor/composer/installed.json",
        r#"{"packages": [{"name": "v/a", "version": "1.0.0", "version_normalized": "1.0.0.0"}], "dev-package-names": ["v/b"]}"#,
    ),
    (
        "Dotnet",
        "x.deps.json",
        r#"{"libraries": {"x/1.0.0": {"type": "project"}, "A/1.0": {"type": "package"}}}"#,
    ),
    (
        "Conda",
        "conda-meta/a.json",
        r#"{"name": "a", "version": "1.0", "build": "py_0"}"#,
    ),
    (
        "Perl",
        "lib/.meta/Some-Dist-1.5/MYMETA.json",
        r#"{"name": "Some-Dist", "version": "1.5"}"#,
    ),
];

/// Words that the formats use, so that arbitrary texts come deep into the readers.
pub const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "=",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "#",
    "==",
    "=>",
    "@",
    "/",
    "(",
    ")",
    "<",
    ">",
    "</",
    "[[package]]",
    "name",
    "version",
    "dependencies",
    "packages",
    "lockfileVersion",
    "node_modules/a",
    "\"a\"",
    "\"1.0.0\"",
    "a@1.0.0",
    "1.0",
    "9",
    "99999999999999999999",
    "-1",
    "1e999",
    "GEM",
    "NUGET",
    "specs:",
    "constraints:",
    "any.",
    "require",
    "replace",
    "module",
    "---",
    "-r ",
    "%NAME%",
    "Package: ",
    "P:",
    "é",
    "\u{0}",
];
