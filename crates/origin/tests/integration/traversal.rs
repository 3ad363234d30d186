//! No request leaves the folder that is served.

use std::fs;
use std::path::Path;

use origin::{Origin, Site, SiteError};

use crate::raw::get;

const SECRET: &str = "<h1>not yours</h1>";

/// A folder `site` with a page, beside a file that is none of the site's
/// business.
fn folders() -> (tempfile::TempDir, std::path::PathBuf) {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let site = outside.path().join("site");
    fs::create_dir_all(site.join("sub")).expect("writable");
    fs::write(outside.path().join("secret.html"), SECRET).expect("writable");
    fs::write(site.join("page.html"), "<h1>page</h1>").expect("writable");
    fs::write(site.join("sub/100% é.html"), "<h1>odd</h1>").expect("writable");
    (outside, site)
}

fn serve(site: &Path) -> Origin {
    Origin::serve(Site::folder(site).expect("a folder"))
        .start()
        .expect("loopback")
}

#[test]
fn no_spelling_of_a_path_leaves_the_folder() {
    let (outside, site) = folders();
    let origin = serve(&site);
    assert_eq!(get(&origin, "/page.html").text(), "<h1>page</h1>");
    let absolute = outside.path().join("secret.html");
    let absolute = absolute.to_str().expect("Unicode");
    let paths = [
        "/../secret.html",
        "../secret.html",
        "/sub/../../secret.html",
        "/%2e%2e/secret.html",
        "/%2E%2E%2Fsecret.html",
        "/..%2fsecret.html",
        "/sub/%2e%2e/%2e%2e/secret.html",
        "/%252e%252e/secret.html",
        "/..\\secret.html",
        "/%2e%2e%5csecret.html",
        "/....//secret.html",
        "/./../secret.html",
        "/%c0%ae%c0%ae/secret.html",
        "/page.html/../../secret.html",
        "/page.html%00/../../secret.html",
        "/../secret.html%00.html",
        "/%",
        "//secret.html",
        "/file:///etc/passwd",
        "file:///etc/passwd",
        absolute,
        &format!("/{absolute}"),
        &format!("/{}", absolute.replace('/', "%2f")),
        &format!("{}/../secret.html", origin.url()),
    ];
    for path in paths {
        let answer = get(&origin, path);
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.head);
        let body = String::from_utf8_lossy(&answer.body);
        assert!(
            !body.contains("not yours") && !body.contains("root:"),
            "{path}"
        );
        assert_eq!(origin.site().page(path), None, "{path}");
    }
}

#[test]
fn odd_names_are_served_under_their_encoded_paths() {
    let (_outside, site) = folders();
    let origin = serve(&site);
    assert_eq!(
        origin.site().paths(),
        ["/page.html", "/sub/100%25%20%C3%A9.html"]
    );
    assert_eq!(
        get(&origin, "/sub/100%25%20%c3%a9.html").text(),
        "<h1>odd</h1>"
    );
}

#[test]
fn a_file_that_goes_away_is_an_error_of_the_server() {
    let (_outside, site) = folders();
    let origin = serve(&site);
    fs::remove_file(site.join("page.html")).expect("it is there");
    assert_eq!(get(&origin, "/page.html").status, 500);
    assert_eq!(origin.site().page("/page.html"), None);
}

#[test]
fn a_page_is_read_once_and_kept() {
    let (_outside, site) = folders();
    let origin = serve(&site);
    let before = get(&origin, "/page.html").body;
    fs::write(site.join("page.html"), "changed").expect("writable");
    assert_eq!(get(&origin, "/page.html").body, before);

    let preloaded =
        Site::folder(&site).expect("a folder").preload().expect("readable");
    fs::remove_file(site.join("page.html")).expect("it is there");
    assert_eq!(preloaded.page("/page.html").as_deref(), Some(&b"changed"[..]));
    assert!(Site::folder(site).expect("a folder").page("/page.html").is_none());
}

#[test]
fn a_folder_that_is_none_says_so() {
    let (outside, _site) = folders();
    for path in ["nowhere", "secret.html"] {
        let error =
            Site::folder(outside.path().join(path)).expect_err("no folder");
        assert!(matches!(error, SiteError::NoFolder { .. }), "{error:?}");
        assert!(error.to_string().contains(path), "{error}");
    }
}

#[cfg(unix)]
mod symlinks {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn those_that_lead_out_are_not_there() {
        let (outside, site) = folders();
        symlink("../secret.html", site.join("relative.html"))
            .expect("writable");
        symlink(outside.path().join("secret.html"), site.join("absolute.html"))
            .expect("writable");
        symlink(outside.path(), site.join("folder")).expect("writable");
        symlink("absolute.html", site.join("twice.html")).expect("writable");
        symlink("loop.html", site.join("loop.html")).expect("writable");
        let origin = serve(&site);
        for path in [
            "relative.html",
            "absolute.html",
            "folder/secret.html",
            "twice.html",
            "loop.html",
        ] {
            assert_eq!(get(&origin, &format!("/{path}")).status, 404, "{path}");
        }
        assert_eq!(origin.site().page_count(), 2);
    }

    #[test]
    fn those_that_stay_inside_are_served() {
        let (_outside, site) = folders();
        symlink("page.html", site.join("alias.html")).expect("writable");
        assert_eq!(get(&serve(&site), "/alias.html").text(), "<h1>page</h1>");
    }

    #[test]
    fn a_page_that_became_one_after_it_was_listed_is_not_followed() {
        let (_outside, site) = folders();
        let origin = serve(&site);
        fs::remove_file(site.join("page.html")).expect("it is there");
        symlink("../secret.html", site.join("page.html")).expect("writable");
        let answer = get(&origin, "/page.html");
        assert_eq!(answer.status, 500);
        assert!(!answer.text().contains("not yours"));
    }

    #[test]
    fn the_served_folder_may_be_one_itself() {
        let (outside, site) = folders();
        let link = outside.path().join("link");
        symlink(site, &link).expect("writable");
        assert_eq!(get(&serve(&link), "/page.html").text(), "<h1>page</h1>");
    }
}
