//! Programs from outside that some tests drive: on a machine without them a test says so and does nothing.

/// Whether a program is there; without it the test says that it did nothing, and fails where nothing may be left out.
pub(crate) fn has(program: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|directory| directory.join(program).is_file());
    found || left_out(&format!("{program} is not installed"))
}

/// Says that a test does nothing: one that was not run must be seen.
pub(crate) fn left_out(why: &str) -> bool {
    assert!(std::env::var("GLANEUR_TEST_REQUIRE").as_deref() != Ok("all"), "{why}, and GLANEUR_TEST_REQUIRE=all");
    eprintln!("SKIPPED: {why}");
    false
}
