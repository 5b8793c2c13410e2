use super::*;
use crate::output::clean::is_hostile;

fn written(format: Format, run: &RunReport, style: &Style) -> String {
    let mut out = Vec::new();
    write(format, run, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn wide(width: u16) -> Style {
    Style {
        width: Some(width),
        ..Style::default()
    }
}

#[test]
fn text_of_80_columns() {
    insta::assert_snapshot!(written(Format::Text, &sample::apply(), &wide(80)));
}

#[test]
fn text_of_120_columns() {
    insta::assert_snapshot!(written(Format::Text, &sample::roll_back(), &wide(120)));
}

#[test]
fn html() {
    insta::assert_snapshot!(written(Format::Html, &sample::apply(), &Style::default()));
}

#[test]
fn a_plan_before_it_is_agreed_to() {
    let mut out = Vec::new();
    text::plan(&sample::apply().plan, &wide(100), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [80, 120] {
        for line in written(Format::Text, &sample::roll_back(), &wide(width)).lines() {
            assert!(
                line.chars().count() <= usize::from(width),
                "{width}: {line}"
            );
        }
    }
}

#[test]
fn nothing_that_a_terminal_acts_on_is_written_in_any_format() {
    for format in [Format::Text, Format::Json, Format::Html] {
        for run in [sample::apply(), sample::roll_back(), sample::rehearsal()] {
            let text = written(format, &run, &Style::default());
            let hostile = text.chars().find(|c| is_hostile(*c) && *c != '\n');
            assert_eq!(hostile, None, "{format:?}");
        }
    }
}

#[test]
fn markup_from_outside_stays_text() {
    let html = written(Format::Html, &sample::roll_back(), &Style::default());
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains("# <b>"), "{html}");
}

#[test]
fn the_page_asks_for_nothing_from_elsewhere() {
    let html = written(Format::Html, &sample::roll_back(), &Style::default());
    let namespace = "http://www.w3.org/2000/svg";
    for forbidden in ["src=", "href=\"http", "@import", "url(", "<link"] {
        assert!(
            !html.replace(namespace, "").contains(forbidden),
            "{forbidden}"
        );
    }
}

#[test]
fn json_reads_back_as_the_same_run() {
    let text = written(Format::Json, &sample::apply(), &Style::default());
    assert_eq!(
        serde_json::from_str::<RunReport>(&text).unwrap(),
        sample::apply()
    );
}

#[test]
fn an_empty_run_can_be_written_in_every_format() {
    for format in [Format::Text, Format::Json, Format::Html] {
        assert!(!written(format, &RunReport::default(), &Style::default()).is_empty());
    }
}

#[test]
fn the_ending_of_a_file_tells_its_format() {
    assert_eq!(
        "a/b.html".parse::<ReportFile>().unwrap().format,
        Format::Html
    );
    assert_eq!("b.json".parse::<ReportFile>().unwrap().format, Format::Json);
    let error = "b.pdf".parse::<ReportFile>().unwrap_err();
    assert!(error.contains(".html"), "{error}");
}

#[test]
fn an_empty_history_says_what_to_do() {
    let mut out = Vec::new();
    history::write(&[], &Style::default(), &mut out).unwrap();
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("patchward rehearse")
    );
    let mut out = Vec::new();
    let runs = [sample::roll_back(), sample::apply(), sample::rehearsal()];
    history::write(&runs, &wide(100), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}
