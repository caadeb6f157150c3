//! `infra/deploy`, with others in the places of `earshot` and `sam`: who is asked first, and what is handed on.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A program that notes how it was called, and ends so.
fn stub(folder: &Path, name: &str, code: i32) {
    let path = folder.join(name);
    let text = format!("#!/bin/sh\necho \"{name} $*\" >> \"$CALLS\"\nexit {code}\n");
    std::fs::write(&path, text).expect("a stub");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
}

/// Runs it where `may-deploy` ends so. Gives its exit code, what it complains of, and what was called.
fn deploy(may: i32, sam: i32, args: &[&str]) -> (i32, String, Vec<String>) {
    deploy_where(true, may, sam, args)
}

/// The same where something is built already, or nothing.
fn deploy_where(built: bool, may: i32, sam: i32, args: &[&str]) -> (i32, String, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    stub(folder.path(), "earshot", may);
    stub(folder.path(), "sam", sam);
    // Nobody who could say anything of a stack.
    stub(folder.path(), "aws", 255);
    if built {
        std::fs::write(folder.path().join("template.yaml"), "").expect("a template");
    }
    let (code, complains, mut called) = deploy_in(folder.path(), args);
    called.retain(|call| !call.starts_with("aws "));
    (code, complains, called)
}

/// Runs it with these programs.
fn deploy_in(folder: &Path, args: &[&str]) -> (i32, String, Vec<String>) {
    let calls = folder.join("calls");
    let _ = std::fs::remove_file(&calls);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let mut command = Command::new(script);
    command.args(args).env_clear().env("PATH", path).env("CALLS", &calls).env("SAM_BUILT", folder);
    let ended = command.output();
    let ended = ended.expect("it starts");
    let called = std::fs::read_to_string(&calls).unwrap_or_default().lines().map(str::to_owned).collect();
    let complains = String::from_utf8(ended.stderr).expect("text");
    (ended.status.code().expect("a code"), complains, called)
}

#[test]
fn it_asks_then_builds_then_deploys() {
    let (code, complains, called) = deploy(0, 0, &["--stack-name", "earshot", "--anyway"]);
    assert_eq!((code, complains.as_str()), (0, ""));
    assert_eq!(called, ["earshot may-deploy", "sam build", "sam deploy --stack-name earshot --anyway"]);
    let (code, _, called) = deploy(0, 0, &["--no-build", "--margin", "2h", "--", "--guided"]);
    assert_eq!(code, 0);
    assert_eq!(called, ["earshot may-deploy --margin 2h", "sam deploy --guided"]);
}

#[test]
fn it_builds_for_the_architecture_that_is_deployed() {
    let (code, _, called) = deploy(0, 0, &["--parameter-overrides", "Architecture=x86_64", "XHandle=us"]);
    assert_eq!(code, 0);
    let deployed = "sam deploy --parameter-overrides Architecture=x86_64 XHandle=us";
    assert_eq!(
        called,
        ["earshot may-deploy", "sam build --parameter-overrides Architecture=x86_64", deployed]
    );
    // Nobody says anything: the stack keeps what it has, and so is built for that.
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["earshot", "sam"] {
        stub(folder.path(), name, 0);
    }
    let aws = folder.path().join("aws");
    let text = "#!/bin/sh\necho \"aws $3 $4\" >> \"$CALLS\"\necho x86_64\n";
    std::fs::write(&aws, text).expect("a stub");
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    for (args, stack) in [(&[][..], "earshot"), (&["--stack-name", "other"], "other")] {
        let (code, _, called) = deploy_in(folder.path(), args);
        assert_eq!(code, 0);
        assert_eq!(called[1], format!("aws --stack-name {stack}"));
        assert_eq!(called[2], "sam build --parameter-overrides Architecture=x86_64");
    }
}

#[test]
fn a_bad_moment_stops_it_unless_somebody_insists() {
    for may in [1, 2] {
        let (code, complains, called) = deploy(may, 0, &["--stack-name", "earshot"]);
        assert_eq!((code, called), (1, vec!["earshot may-deploy".to_owned()]));
        assert!(complains.contains("Not deployed"), "{complains}");
        // Who could not be asked is not waited for.
        assert_eq!(complains.contains("Wait for the gap"), may == 1, "{complains}");
        let (code, complains, called) = deploy(may, 0, &["--anyway", "--stack-name", "earshot"]);
        assert!(code == 0 && complains.contains("WARNING"), "{complains}");
        assert_eq!(called, ["earshot may-deploy", "sam build", "sam deploy --stack-name earshot"]);
    }
}

#[test]
fn sources_are_not_sent_in_place_of_what_was_built() {
    let (code, complains, called) = deploy_where(false, 0, 0, &["--no-build"]);
    assert_eq!((code, called), (1, vec!["earshot may-deploy".to_owned()]));
    assert!(complains.contains("nothing is built"), "{complains}");
}

#[test]
fn a_build_that_fails_is_not_deployed() {
    let (code, _, called) = deploy(0, 7, &[]);
    assert_eq!((code, called), (7, vec!["earshot may-deploy".to_owned(), "sam build".to_owned()]));
}

/// What a person types after docs/DEPLOY.md is there: parameters and outputs are the template's.
#[test]
fn the_page_names_what_the_template_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("it is there");
    let (page, template) = (read("docs/DEPLOY.md"), read("template.yaml"));
    let names = |section: &str| -> Vec<String> {
        let lines = template.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
        let lines = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
        let name =
            |line: &str| line.strip_prefix("  ").filter(|l| !l.starts_with([' ', '#'])).map(str::to_owned);
        lines.filter_map(name).map(|line| line.trim_end_matches(':').to_owned()).collect()
    };
    let (parameters, outputs) = (names("Parameters"), names("Outputs"));
    let mut looked_at = 0;
    for named in page.split("$(out ").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(outputs.iter().any(|output| output == named), "{named} is no output");
        looked_at += 1;
    }
    // `Operators=U012AB3CD`: a word that begins with a capital and goes on small.
    for word in page.split(|c: char| c.is_whitespace() || c == '`') {
        let Some((name, _)) = word.split_once('=') else { continue };
        let camel = name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
        if camel && name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            assert!(parameters.iter().any(|parameter| parameter == name), "{name} is no parameter");
            looked_at += 1;
        }
    }
    assert!(looked_at >= 12, "what is looked for is not on the page any more: {looked_at}");
}
