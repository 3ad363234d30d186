use super::*;

#[tokio::test]
async fn orders_are_added_up_as_tasks() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("order.txt");
    fs::write(&path, "120\n250\n").expect("there is room for a file");
    let later = path.with_file_name("later.txt");
    assert_eq!(
        sum(totals([path.clone(), later, path])).await.expect("two orders"),
        740
    );
}

#[tokio::test]
async fn prices_that_are_too_large_are_an_error_and_no_overflow() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("order.txt");
    let largest = u64::MAX.to_string();
    fs::write(&path, format!("{largest}\n{largest}\n"))
        .expect("there is room for a file");
    let error = sum(totals([path])).await.expect_err("no such prices");
    assert!(error.to_string().contains("line 1 of"), "{error}");
}

/// Tasks that end in the given ways.
fn ends<const N: usize>(
    ends: [fn() -> Result<u64, OrderError>; N],
) -> JoinSet<Result<u64, OrderError>> {
    ends.into_iter().map(|end| async move { end() }).collect()
}

fn missing() -> Result<u64, OrderError> {
    Err(OrderError::Unreadable(
        "later.txt".into(),
        io::ErrorKind::NotFound.into(),
    ))
}

fn not_a_price() -> Result<u64, OrderError> {
    let cause = "3OO".parse::<u64>().expect_err("two letters");
    Err(OrderError::NotAPrice("order.txt".into(), 1, cause))
}

#[tokio::test]
async fn the_caller_goes_on_without_a_missing_order_only() {
    let sums = sum(ends([|| Ok(1), missing, || Ok(2)])).await;
    assert_eq!(sums.expect("one is late, no more"), 3);
    let failed = sum(ends([|| Ok(1), not_a_price, missing]))
        .await
        .expect_err("no price");
    assert!(
        failed
            .downcast_ref::<OrderError>()
            .is_some_and(|error| !error.is_missing())
    );
}

#[tokio::test]
async fn a_panic_in_a_task_is_an_error_of_the_sum() {
    let failed = sum(ends([|| Ok(1), || panic!("on purpose")]))
        .await
        .expect_err("a panic");
    assert!(failed.to_string().contains("on purpose"), "{failed}");
}

#[test]
fn only_an_order_that_is_not_there_is_missing() {
    let (missing, not_a_price) =
        (missing().expect_err("none"), not_a_price().expect_err("none"));
    assert!(missing.is_missing() && !not_a_price.is_missing());
    let cause = io::ErrorKind::PermissionDenied.into();
    let locked = OrderError::Unreadable("locked.txt".into(), cause);
    assert!(!locked.is_missing());
}

#[test]
fn an_error_names_its_order_and_the_cause() {
    let told = not_a_price().expect_err("no price").to_string();
    assert_eq!(
        told,
        "line 1 of 'order.txt' is not a price: invalid digit found in string"
    );
}
