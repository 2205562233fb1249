use super::*;

/// That every element that begins ends, in the right order, and every `&` begins a reference.
#[track_caller]
pub(in crate::report) fn well_formed(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = html.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        assert!(!text.contains('>'), "{text}");
        for (at, _) in text.match_indices('&') {
            assert!(["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|known| text[at..].starts_with(known)), "{text}");
        }
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        assert_eq!(0, tag.matches('"').count() % 2, "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(Some(name), open.pop(), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
            if name == "style" {
                let end_of_style = end + rest[end..].find("</style>").unwrap();
                rest = &rest[end_of_style..];
                continue;
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!body.contains("<script") && !body.contains("src=") && !body.contains("url("), "nothing from elsewhere");
}

#[test]
fn what_is_no_markup_stays_text() {
    assert_eq!("&lt;b&gt; &amp; &quot; \n ü", escape("<b> & \" \n ü"));
    assert_eq!("a b", escape("a\u{0}b"));
    well_formed("<!DOCTYPE html>\n<p a=\"&amp;\">x &lt; y<br/></p>");
}
