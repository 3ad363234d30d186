use super::*;

/// An order's file, and the folder that goes with it.
fn order(content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("order.txt");
    fs::write(&path, content).expect("there is room for a file");
    (folder, path)
}

#[tokio::test]
async fn a_line_that_is_no_price_is_named_with_its_order_and_its_cause() {
    let (_folder, path) = order("120\n250\n3OO\n");
    let error = total(&path).await.expect_err("two letters");
    let expected = format!(
        "line 3 of '{}' is not a price: invalid digit found in string",
        path.display()
    );
    assert_eq!(chain(&error), expected);
}

#[tokio::test]
async fn prices_that_are_too_large_are_an_error_and_no_overflow() {
    let largest = u64::MAX.to_string();
    let (_folder, path) = order(&format!("{largest}\n{largest}\n"));
    let error = total(&path).await.expect_err("no such prices");
    assert!(chain(&error).contains("too large"), "{error}");
    assert!(bare_total(&path).await.is_err());
}

#[tokio::test]
async fn an_order_that_is_not_there_is_named() {
    let error =
        total(Path::new("no/such/order")).await.expect_err("it is not there");
    assert!(
        chain(&error).starts_with("cannot read 'no/such/order': "),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_bare_error_names_neither_the_order_nor_the_line() {
    let (_folder, path) = order("3OO\n");
    for path in [&*path, Path::new("no/such/order")] {
        let told =
            chain(&*bare_total(path).await.expect_err("it has no total"));
        assert!(!told.contains("order") && !told.contains("line"), "{told}");
    }
}

#[tokio::test]
async fn a_total_is_the_same_in_both_ways() {
    let (_folder, path) = order("120\n250\n");
    assert_eq!(total(&path).await.expect("two prices"), 370);
    assert_eq!(bare_total(&path).await.expect("two prices"), 370);
}

#[test]
fn a_chain_tells_every_cause() {
    let cause = "3OO".parse::<u64>().expect_err("two letters");
    let not_a_price =
        OrderError::NotAPrice { path: "order.txt".into(), line: 1, cause };
    let cause = io::Error::other(not_a_price);
    let error =
        OrderError::Unreadable(Unreadable { path: "archive".into(), cause });
    let expected = "cannot read 'archive': line 1 of 'order.txt' is not a price: \
                    invalid digit found in string";
    assert_eq!(chain(&error), expected);
}
