use super::stage::{shade, tint};
use super::*;
use crate::testing::pool;
use proptest::prelude::*;
use std::fs;
use std::time::Duration;
use witness::{PATIENT, Rendezvous, within};

fn small(width: usize, height: usize) -> View {
    View { left: -1.2, top: -2.0, step: 2.4 / width as f64, width, height }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn all_ways_draw_the_same_picture(
        (left, top) in (-2.0..1.0, -2.0..1.0),
        step in 0.001..0.1,
        (width, height) in (1_usize..50, 1_usize..50),
        size in 1_usize..60,
        threads in 1_usize..=16,
    ) {
        let view = View { left, top, step, width, height };
        let serial = view.draw();
        let by_pixel = (0..width * height).map(|pixel| view.steps(pixel % width, pixel / width));
        prop_assert!(by_pixel.eq(serial.iter().copied()));

        let tiles = view.tiles(size);
        let draw = |tile: &Tile| view.draw_tile(tile);
        let bands = draw_in_bands(&tiles, threads, draw).expect("room for threads");
        let stolen = par_draw(&pool(threads), &tiles, draw);
        prop_assert_eq!(view.assemble(&bands), serial.clone());
        prop_assert_eq!(view.assemble(&stolen), serial);
        prop_assert!(bands.iter().chain(&stolen).all(|drawn| drawn.thread < threads));
    }
}

#[test]
fn a_pixel_in_the_set_never_gets_out() {
    let at = |real, imaginary| {
        View { left: imaginary, top: real, step: 1.0, width: 1, height: 1 }
            .steps(0, 0)
    };
    assert_eq!(
        [at(0.0, 0.0), at(-1.0, 0.0), at(0.0, 1.0), at(-2.0, 0.0)],
        [INSIDE; 4]
    );
    // 0, 1, 2, 5 and 0, 3.
    assert_eq!([at(1.0, 0.0), at(3.0, 0.0)], [3, 1]);
}

#[test]
fn tiles_cover_each_pixel_once() {
    let view = small(50, 35);
    let tiles = view.tiles(20);
    assert_eq!(tiles.len(), 6);
    assert_eq!(tiles[5], Tile { x: 40, y: 20, width: 10, height: 15 });
    let mut covered = [0; 50 * 35];
    for tile in &tiles {
        for y in tile.y..tile.y + tile.height {
            (tile.x..tile.x + tile.width)
                .for_each(|x| covered[y * 50 + x] += 1);
        }
    }
    assert!(covered.iter().all(|&times| times == 1));
}

type Draw = fn(&[Tile], &(dyn Fn(&Tile) -> Vec<u16> + Sync)) -> Vec<Drawn>;
const BANDS: Draw =
    |tiles, draw| draw_in_bands(tiles, 2, draw).expect("room for two threads");
const STEALING: Draw = |tiles, draw| par_draw(&pool(2), tiles, draw);

/// Sixteen tiles on two threads. The ninth and the last are drawn when both are
/// being drawn, or after the deadline. Returns which were, and who drew which.
fn meet(way: Draw, deadline: Duration) -> ([bool; 2], Vec<usize>) {
    within(PATIENT, move || {
        let pair = Rendezvous::new(2);
        let tiles = small(16, 1).tiles(1);
        let draw = |tile: &Tile| {
            let one_of_both = tile.x == 8 || tile.x == 15;
            vec![u16::from(one_of_both && pair.meet(deadline).is_ok())]
        };
        let drawn = way(&tiles, &draw);
        let met = [8, 15].map(|tile| drawn[tile].steps == [1]);
        (met, drawn.iter().map(|drawn| drawn.thread).collect())
    })
}

#[test]
fn tiles_are_stolen_from_one_who_is_busy() {
    let (met, threads) = meet(STEALING, PATIENT / 2);
    assert_eq!(met, [true, true]);
    assert_ne!(threads[8], threads[15]);
}

#[test]
fn even_a_single_tile_is_drawn_in_the_pool() {
    // A `par_iter` of one piece stays on the thread that calls it, unless that
    // enters the pool.
    let view = small(6, 4);
    for threads in [1, 3] {
        let in_this_pool =
            |_: &Tile| vec![u16::from(rayon::current_num_threads() == threads)];
        let drawn = par_draw(&pool(threads), &view.tiles(400), in_this_pool);
        assert_eq!((drawn.len(), &drawn[0].steps), (1, &vec![1]));
        assert!(drawn[0].thread < threads);
    }
    assert!(par_draw(&pool(2), &[], |tile| view.draw_tile(tile)).is_empty());
}

#[test]
fn a_band_belongs_to_one_thread_whatever_happens() {
    let (met, threads) = meet(BANDS, Duration::from_millis(10));
    assert_eq!(met, [false, false]);
    assert_eq!((&threads[..8], &threads[8..]), (&[0; 8][..], &[1; 8][..]));
}

#[test]
fn the_bands_are_drawn_at_the_same_time() {
    within(PATIENT, || {
        let pair = Rendezvous::new(2);
        let tiles = small(16, 1).tiles(1);
        let draw = |tile: &Tile| match tile.x {
            0 | 8 => vec![u16::from(pair.meet(PATIENT / 2).is_ok())],
            _ => vec![0],
        };
        let drawn = BANDS(&tiles, &draw);
        assert_eq!([&drawn[0].steps, &drawn[8].steps], [&[1], &[1]]);
    });
}

#[test]
fn a_panic_in_a_band_comes_out() {
    let tiles = small(4, 1).tiles(1);
    let draw = |tile: &Tile| -> Vec<u16> {
        assert!(tile.x < 3, "on purpose");
        vec![0]
    };
    let caught = panic::catch_unwind(|| draw_in_bands(&tiles, 2, draw))
        .expect_err("it panics");
    assert_eq!(caught.downcast_ref(), Some(&"on purpose"));
}

#[test]
fn the_lower_band_has_most_of_the_work() {
    let view =
        View { left: -1.2565, top: -2.08, step: 0.028, width: 90, height: 96 };
    let bands = draw_in_bands(&view.tiles(6), 2, |tile| view.draw_tile(tile))
        .expect("room");
    let work = work(&bands, 2);
    let all: u64 = view.draw().into_iter().map(u64::from).sum();
    assert_eq!(work.iter().sum::<u64>(), all);
    assert!(work[1] > 2 * work[0], "{work:?}");
    assert!(idle_share(&work) > 0.25);
}

#[test]
fn idle_is_who_waits_for_the_one_with_the_most_work() {
    assert_eq!(idle_share(&[5, 5]), 0.0);
    assert_eq!(idle_share(&[0, 7]), 0.5);
    assert_eq!(idle_share(&[1, 1, 2]), 1.0 - 4.0 / 6.0);
    assert_eq!(idle_share(&[8, 0, 0, 0]), 0.75);
}

#[test]
fn the_file_shows_both_pictures_in_the_tints_of_their_threads() {
    let view = small(4, 2);
    let drawn = |threads: [usize; 2]| -> Vec<Drawn> {
        let tiles = view.tiles(2).into_iter().zip(threads);
        tiles
            .map(|(tile, thread)| Drawn {
                tile,
                steps: vec![INSIDE; 4],
                thread,
            })
            .collect()
    };
    let canvas =
        Canvas::side_by_side(&view, 2, [&drawn([0, 1]), &drawn([1, 1])]);
    let file = canvas.png().expect("room in memory");

    let mut reader =
        png::Decoder::new(io::Cursor::new(file)).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it is small")];
    let info = reader.next_frame(&mut bytes).expect("it is whole");
    assert_eq!(info.width, 4 + 24 + 4);
    let pixel =
        |x: usize, y: usize| &bytes[(y * info.width as usize + x) * 4..][..4];
    let dark = |thread| {
        let [red, green, blue] = shade(tint(thread), INSIDE);
        [red, green, blue, 255]
    };
    assert_ne!(dark(0), dark(1));
    assert_eq!([pixel(1, 1), pixel(3, 1)], [dark(0), dark(1)]);
    assert_eq!([pixel(29, 1), pixel(31, 1)], [dark(1), dark(1)]);
    assert_eq!(pixel(10, 1), [0; 4]);
    // The bars: both had half of the work, then one had all of it.
    let bar = |x, thread: usize| pixel(x, 2 + 8 + thread * 16)[3] == 255;
    assert!(bar(0, 0) && bar(1, 0) && !bar(2, 0) && bar(1, 1) && !bar(2, 1));
    assert!(!bar(28, 0) && bar(28, 1) && bar(31, 1));
}

#[test]
fn two_runs_write_into_two_folders_and_an_error_names_its_path() {
    let files = [b"one", b"two"]
        .map(|picture| save(picture, None).expect("room for a file"));
    assert_eq!(
        files.each_ref().map(|file| fs::read(file).expect("it is there")),
        [b"one", b"two"]
    );
    let home = files[0].parent().expect("a folder of its own");
    let named = save(b"new", Some(home.into())).expect("room for a file");
    assert_eq!(
        (&named, fs::read(&named).expect("it is there")),
        (&files[0], b"new".to_vec())
    );

    let error = save(b"", Some(files[0].join("inner").into()))
        .expect_err("a file is no folder");
    assert!(error.to_string().contains("picture.png/inner"), "{error}");
    for file in files {
        fs::remove_dir_all(file.parent().expect("a folder of its own"))
            .expect("it is ours");
    }
}
