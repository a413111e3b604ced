//! What linters say of the image, and the schemas of Kubernetes of the manifests.

use std::fs;
use std::process::Command;

use super::{deploy, files, tool};

/// The oldest and the newest version whose schemas the manifests are held against.
const VERSIONS: [&str; 2] = ["1.29", "1.37"];

#[test]
fn the_manifests_follow_the_schemas_of_kubernetes() {
    let texts = files("kubernetes")
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap());
    let resources: usize = texts.map(|text| text.matches("\nkind: ").count()).sum();
    for version in VERSIONS {
        let mut validate = Command::new("kubernetes-validate");
        validate
            .args(["--strict", "-k", version])
            .args(files("kubernetes"));
        let Some(done) = tool(&mut validate) else {
            return;
        };
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        assert!(done.status.success(), "{version}: {said}");
        assert_eq!(
            said.matches(" passed for resource ").count(),
            resources,
            "{version}: {said}"
        );
        assert!(!said.contains("WARN"), "{version}: {said}");
    }
}

#[test]
fn a_manifest_with_a_mistake_would_be_found() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = dir.path().join("wrong.yaml");
    let right = fs::read_to_string(deploy().join("kubernetes/agent.yaml")).unwrap();
    fs::write(
        &wrong,
        right.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"),
    )
    .unwrap();
    if let Some(done) = tool(
        Command::new("kubernetes-validate")
            .arg("--strict")
            .arg(&wrong),
    ) {
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(
            !done.status.success() && said.contains("readOnlyRootFileSystem"),
            "{said}"
        );
    }
}

#[test]
fn the_dockerfile_has_no_lint() {
    let file = deploy().join("Dockerfile");
    if let Some(done) = tool(Command::new("hadolint").arg(&file)) {
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{said}");
    }
    // It ends in an image that holds what it copies and nothing else, run by nobody in particular.
    let text = fs::read_to_string(&file).unwrap();
    let (_, last) = text.rsplit_once("\nFROM ").unwrap();
    assert!(last.starts_with("scratch\n"), "{last}");
    assert!(
        last.contains("\nUSER 65532:65532\n") && !last.contains("\nRUN "),
        "{last}"
    );
}
