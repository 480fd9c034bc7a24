//! The faults that were mended, each with the test that holds it: `tests/mended.txt`.
//!
//! A line is `what a user would notice | file | name of the test`. The stage `tests` runs them; this one sees that none was
//! renamed, moved or left out since, and counts them.

use std::fs;

use crate::Outcome;
use crate::workspace::Workspace;

/// The list, below the root.
const LIST: &str = "tests/mended.txt";

/// Prints the count of faults and tests.
///
/// # Errors
/// One sentence for the first line without its test.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let read = |path: &str| {
        fs::read_to_string(workspace.root().join(path)).map_err(|error| format!("{path}: {error}"))
    };
    let list = read(LIST)?;
    let mut faults = std::collections::BTreeSet::new();
    let mut tests = 0;
    for (number, line) in
        (1..).zip(list.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        let [fault, file, name] =
            parts(line).ok_or_else(|| format!("{LIST}, line {number}: not `fault | file | test`"))?;
        if !has_test(&read(file)?, name) {
            return Err(format!("{LIST}, line {number}: {file} has no test {name}"));
        }
        faults.insert(fault);
        tests += 1;
    }
    println!("mended: {} faults, held by {tests} tests", faults.len());
    Ok(())
}

fn parts(line: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    parts.try_into().ok().filter(|parts: &[&str; 3]| parts.iter().all(|part| !part.is_empty()))
}

/// Finds a function of that name that an attribute of the lines before makes a test; in a script, any mention.
fn has_test(text: &str, name: &str) -> bool {
    let start = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let in_rust = lines.iter().enumerate().any(|(at, line)| {
        line.trim_start_matches("async ").starts_with(&start)
            && lines
                .iter()
                .take(at)
                .rev()
                .take_while(|line| line.starts_with('#') || line.starts_with("//"))
                .any(|line| line.contains("test]") || line.contains("test("))
    });
    let in_proptest = text.contains("proptest!") && text.contains(&start);
    in_rust || in_proptest || (!text.contains("fn ") && text.contains(name))
}

#[cfg(test)]
mod tests {
    use super::{has_test, parts};

    #[test]
    fn a_line_has_three_parts() {
        assert_eq!(parts("a b | c/d.rs | e"), Some(["a b", "c/d.rs", "e"]));
        assert_eq!(parts("a b | c/d.rs"), None);
        assert_eq!(parts("a b | | e"), None);
    }

    #[test]
    fn a_function_counts_only_as_a_test() {
        assert!(has_test("#[test]\nfn holds() {}", "holds"));
        assert!(has_test("#[test]\n/// Why.\nfn holds() {}", "holds"));
        assert!(has_test("#[tokio::test(flavor = \"current_thread\")]\nasync fn holds() {}", "holds"));
        assert!(!has_test("fn holds() {}", "holds"));
        assert!(!has_test("#[test]\nfn holds_more() {}", "holds"));
    }
}
