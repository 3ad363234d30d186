use super::*;
use std::pin::Pin;

#[test]
fn greeters_of_two_types_stand_in_one_list() {
    let greetings =
        block_on(choir(&[Box::new(English), Box::new(Esperanto)], "Ada"));
    assert_eq!(greetings, ["Hello, Ada!", "Saluton, Ada!"]);
}

#[test]
fn only_async_trait_returns_a_box() {
    // The type is the proof: this does not compile with `greet`.
    let call: Pin<Box<dyn Future<Output = String> + '_>> =
        English.greet_boxed("Ada");
    drop(call);

    let pointer_and_vtable = 2 * size_of::<usize>();
    let (native, boxed) = (native(&English), boxed(&English));
    assert_eq!(boxed.returned, pointer_and_vtable);
    assert_eq!(native.allocated, 0);
    // The native future is in the box, and the box's own future around it.
    assert!(boxed.allocated > native.returned, "{boxed:?}, {native:?}");
}
