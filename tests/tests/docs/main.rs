//! What documents say of the code, held against the code.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// All Rust text below `directory`.
    fn sources(directory: &Path, text: &mut String) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_test_that_the_list_of_faults_names_is_there() {
        let mut code = String::new();
        for part in ["ledger/src", "prober/src", "reporter/src", "tests/tests"] {
            sources(&root().join(part), &mut code);
        }
        let list = fs::read_to_string(root().join("docs/FAULTS.md")).unwrap();
        let quoted = list.split('`').skip(1).step_by(2);
        let tests: Vec<&str> = quoted
            .filter(|word| word.matches('_').count() > 2)
            .collect();
        assert!(tests.len() > 80, "{}", tests.len());
        let missing: Vec<&str> = (tests.into_iter())
            .filter(|test| !code.contains(&format!("fn {test}(")))
            .collect();
        assert_eq!(missing, [""; 0]);
    }
}
