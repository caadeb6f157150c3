//! `earshot setup` and `earshot doctor` beside a deployed stack: the secrets stand in the Parameter Store, and the
//! variables that are set count before them.

use std::process::Stdio;
use std::time::Duration;

use earshot::local::Platforms;
use earshot::standin::StandIn;
use earshot::standin::aws::Services;
use host::{Clock, Clocks, SECRETS};
use tokio::process::Command;
use tokio::time::timeout;

struct Stack {
    platforms: Platforms,
    services: Services,
}

/// Platforms whose secrets stand in the Parameter Store, below `/earshot/smx`.
async fn stack() -> Stack {
    let clocks = Clocks { chat: Clock::System, real: Clock::System };
    let platforms = Platforms::start(&clocks, true).await.expect("stand-ins");
    let services = Services::start().await.expect("a port");
    let mut put = 0;
    for (name, value) in platforms.variables().iter().filter(|(name, _)| SECRETS.contains(name)) {
        services.set_parameter(&format!("/earshot/smx/{name}"), value);
        put += 1;
    }
    assert_eq!(put, SECRETS.len(), "every secret has a parameter");
    Stack { platforms, services }
}

impl Stack {
    /// Runs a command without any secret in its environment but these.
    async fn run(&self, args: &[&str], otherwise: &[(&str, &str)]) -> (String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_earshot"));
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true).args(args);
        let open = self.platforms.variables().iter().filter(|(name, _)| !SECRETS.contains(name));
        command.envs(open.map(|(name, value)| (*name, value.as_str())));
        let aws = self.services.variables("http://127.0.0.1:9").into_iter();
        command.envs(aws.filter(|(name, _)| name.starts_with("AWS_")));
        command.env("EARSHOT_PARAMETERS", "/earshot/smx/").envs(otherwise.iter().copied());
        let ended = timeout(Duration::from_secs(60), command.output()).await.expect("it ends");
        let ended = ended.expect("it starts");
        let told = [ended.stdout, ended.stderr].map(|told| String::from_utf8(told).expect("text")).concat();
        for (name, value) in self.platforms.variables().iter().filter(|(name, _)| SECRETS.contains(name)) {
            assert!(!told.contains(value), "{name} is shown in: {told}");
        }
        (told, ended.status.code().expect("an exit code"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_set_is_read_from_the_parameter_store() {
    let stack = stack().await;
    let (told, code) = stack.run(&["setup", "discord", "--dry-run"], &[]).await;
    assert!(code == 0 && told.contains("/join"), "{told}");
    let (told, code) = stack.run(&["doctor"], &[]).await;
    for well in [
        "✓ Slack is on",
        "✓ Discord is on",
        "✓ X is on",
        "✓ the token is that of @",
        "✓ the keys are those of @",
    ] {
        assert!(told.contains(well), "{well:?}: {told}");
    }
    // Its commands were not registered, and Discord knows no endpoint; the secrets are all there.
    assert_eq!(code, 1, "{told}");
    assert!(!told.contains("is not set\n"), "{told}");
    // Without the path nobody asks for them.
    let (told, code) = stack.run(&["doctor"], &[("EARSHOT_PARAMETERS", "")]).await;
    assert!(code == 1 && told.contains("DISCORD_BOT_TOKEN is not set"), "{told}");
    stack.platforms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_counts_before_a_parameter() {
    let stack = stack().await;
    let (told, _) = stack.run(&["doctor"], &[("SLACK_BOT_TOKEN", "xoxb-another")]).await;
    assert!(told.contains("Slack does not take SLACK_BOT_TOKEN"), "{told}");
    // One that is empty is not set.
    let (told, _) = stack.run(&["doctor"], &[("SLACK_BOT_TOKEN", " ")]).await;
    assert!(told.contains("✓ the token is that of @"), "{told}");
    stack.platforms.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_cannot_be_read_are_told_before_anything_is_done() {
    let stack = stack().await;
    for args in
        [&["doctor"][..], &["setup", "discord"], &["setup", "x", "--address", "https://chat.example.org"]]
    {
        stack.services.refuse("GetParameters", 3);
        let asked = stack.platforms.discord.requests().len();
        let (told, code) = stack.run(args, &[]).await;
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("EARSHOT_PARAMETERS names parameters that cannot be read now"), "{told}");
        assert!(told.contains("ssm:GetParameters"), "{told}");
        assert_eq!(stack.platforms.discord.requests().len(), asked, "nobody was called");
    }
    stack.platforms.stop().await;
}
