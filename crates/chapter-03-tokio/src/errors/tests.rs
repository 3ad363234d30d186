use super::*;

/// An order, and a timeline: it records the whole process, and `read_file`'s tests count every
/// read that it shows. So every test here that reads takes its turn.
fn order(content: &str) -> (lessons::Timeline, tempfile::TempDir, PathBuf) {
    let turn = lessons::timeline("test");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("order.txt");
    fs::write(&path, content).expect("there is room for a file");
    (turn, folder, path)
}

#[tokio::test]
async fn a_line_that_is_no_price_is_named_with_its_order_and_its_cause() {
    let (_turn, _folder, path) = order("120\n250\n3OO\n");
    let error = total(&path).await.expect_err("two letters");
    let expected =
        format!("line 3 of '{}' is not a price: invalid digit found in string", path.display());
    assert_eq!(chain(&error), expected);
    assert!(!error.is_missing());
}

#[tokio::test]
async fn an_order_that_is_not_there_is_named_and_missing() {
    let _turn = lessons::timeline("test");
    let error = total(Path::new("no/such/order")).await.expect_err("it is not there");
    assert!(error.is_missing());
    assert!(chain(&error).starts_with("cannot read 'no/such/order': "), "{}", chain(&error));
}

#[tokio::test]
async fn a_bare_error_names_neither_the_order_nor_the_line() {
    let (_turn, _folder, path) = order("3OO\n");
    let failed = [&*path, Path::new("no/such/order")].map(bare_total);
    for failed in failed {
        let told = chain(&*failed.await.expect_err("it has no total"));
        assert!(!told.contains("order") && !told.contains("line"), "{told}");
    }
}

#[tokio::test]
async fn a_total_is_the_same_in_both_ways() {
    let (_turn, _folder, path) = order("120\n250\n");
    assert_eq!(total(&path).await.expect("two prices"), 370);
    assert_eq!(bare_total(&path).await.expect("two prices"), 370);
}

#[tokio::test]
async fn orders_are_added_up_as_tasks() {
    let (_turn, _folder, path) = order("120\n250\n");
    let later = path.with_file_name("later.txt");
    assert_eq!(sum(totals([path.clone(), later, path])).await.expect("two orders"), 740);
}

/// Tasks that end in the given ways.
fn ends<const N: usize>(
    ends: [fn() -> Result<u64, OrderError>; N],
) -> JoinSet<Result<u64, OrderError>> {
    ends.into_iter().map(|end| async move { end() }).collect()
}

fn missing() -> Result<u64, OrderError> {
    let (path, cause) = ("later.txt".into(), io::ErrorKind::NotFound.into());
    Err(Unreadable { path, cause }.into())
}

fn not_a_price() -> Result<u64, OrderError> {
    let cause = "3OO".parse::<u64>().expect_err("two letters");
    Err(OrderError::NotAPrice { path: "order.txt".into(), line: 1, cause })
}

#[tokio::test]
async fn the_caller_goes_on_without_a_missing_order_only() {
    let sums = sum(ends([|| Ok(1), missing, || Ok(2)])).await;
    assert_eq!(sums.expect("one is late, no more"), 3);
    let failed = sum(ends([|| Ok(1), not_a_price, missing])).await.expect_err("no price");
    assert!(failed.downcast_ref::<OrderError>().is_some_and(|error| !error.is_missing()));
}

#[test]
fn a_chain_tells_every_cause() {
    let cause = io::Error::other(not_a_price().expect_err("two letters"));
    let error = OrderError::Unreadable(Unreadable { path: "archive".into(), cause });
    let expected = "cannot read 'archive': line 1 of 'order.txt' is not a price: \
                    invalid digit found in string";
    assert_eq!(chain(&error), expected);
}

#[tokio::test]
async fn a_panic_in_a_task_is_an_error_of_the_sum() {
    let failed = sum(ends([|| Ok(1), || panic!("on purpose")])).await.expect_err("a panic");
    assert!(failed.to_string().contains("on purpose"), "{failed}");
}
