//! Lists in order, all of them through one sort.
//!
//! The standard library's sort is made anew for each kind of list: some four kilobytes, thirty times over in every
//! function. These sort places in a list, which are numbers whatever the list holds, and then move what stands there.
//! That looks each thing up once more; our lists have tens of things, seldom hundreds.

use std::cmp::Ordering;

/// Puts a list in order. What compares as equal stays as it was, as with [`slice::sort_by`].
pub fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = places(list.len(), &|one, other| compare(&list[one], &list[other]));
    for here in 0..places.len() {
        // What belongs here may have made room for something earlier: then where it went is where that came from.
        let mut from = places[here];
        while from < here {
            from = places[from];
        }
        places[here] = from;
        list.swap(here, from);
    }
}

/// Puts a list in order by something of each, smallest first, as [`slice::sort_by_key`] does.
pub fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(list, |one, other| key(one).cmp(&key(other)));
}

/// Puts a list in order, smallest first, as [`slice::sort`] does.
pub fn sort<T: Ord>(list: &mut [T]) {
    sort_by(list, T::cmp);
}

/// The places of a list of this length in the order in which they belong; equal ones as they stand.
pub fn places(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|one, other| compare(*one, *other));
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_list_is_put_in_the_order_of_the_standard_library(
            mut list in prop::collection::vec((0u8..20, any::<u8>()), 0..200),
        ) {
            let mut expect = list.clone();
            expect.sort_by_key(|(key, _)| *key);
            let mut by_key = list.clone();
            sort_by_key(&mut by_key, |(key, _)| *key);
            prop_assert_eq!(&by_key, &expect);

            expect.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            sort_by(&mut by_key, |one, other| other.0.cmp(&one.0));
            prop_assert_eq!(by_key, expect);

            let places = places(list.len(), &|one, other| list[one].cmp(&list[other]));
            let there: Vec<_> = places.into_iter().map(|place| list[place]).collect();
            let mut expect = list.clone();
            expect.sort();
            prop_assert_eq!(&there, &expect);
            sort(&mut list);
            prop_assert_eq!(list, expect);
        }
    }
}
