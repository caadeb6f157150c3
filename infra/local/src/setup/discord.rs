//! `earshot setup discord`: the commands that people can type, the link by which the bot is invited, and
//! what a person enters in Discord's developer portal.

use std::io::Write;

use host::admin::{self, Application, Discord, Get, PERMISSIONS};
use serde_json::{Map, Value, json};

use super::{Address, DISCORD_TOKEN, DRY, Ended, unready, what_next};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Where Earshot is reached, for the interactions endpoint.
    pub address: Option<Address>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Whether the commands are to go.
    pub remove: bool,
}

/// What is to be done about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Discord does not know it yet.
    Add(String),
    /// Discord has it otherwise; each difference in a line.
    Change(String, Vec<String>),
    /// Discord has one that is none of ours. Registering ours takes it away.
    Remove(String),
}

/// What `wanted` differs in from what Discord has, in the order of `wanted`; foreign ones last.
pub fn steps(there: &[Value], wanted: &[Value]) -> Vec<Step> {
    let found = |command: &Value| there.iter().find(|other| same(other, command));
    let mut steps: Vec<Step> = wanted
        .iter()
        .filter_map(|command| match found(command) {
            None => Some(Step::Add(name(command))),
            Some(other) => {
                let differences = differences(&shape(other), &shape(command));
                (!differences.is_empty()).then(|| Step::Change(name(command), differences))
            }
        })
        .collect();
    let foreign = there.iter().filter(|other| !wanted.iter().any(|command| same(other, command)));
    steps.extend(foreign.map(|other| Step::Remove(name(other))));
    steps
}

fn name(command: &Value) -> String {
    let name = command["name"].as_str().unwrap_or_default();
    // Menus of people and of messages have names without a slash.
    if kind(command) == 1 { format!("/{name}") } else { name.to_owned() }
}

fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

fn same(one: &Value, other: &Value) -> bool {
    one["name"] == other["name"] && kind(one) == kind(other)
}

/// A command without what Discord adds to it and without what means nothing: nulls, flags that are not set,
/// empty lists, values that are the usual ones. Permissions are text in Discord's answers and may be numbers
/// in requests.
fn shape(command: &Value) -> Map<String, Value> {
    const DISCORDS: [&str; 7] = [
        "id",
        "application_id",
        "version",
        "guild_id",
        "dm_permission",
        "name_localized",
        "description_localized",
    ];
    let Value::Object(fields) = lean(command) else { return Map::new() };
    let fields = fields.into_iter().filter(|(name, _)| !DISCORDS.contains(&name.as_str()));
    let fields = fields.filter(|(name, value)| match name.as_str() {
        "type" => *value != json!(1),
        // As Discord has it where nobody said otherwise.
        "integration_types" => *value != json!([0]),
        _ => true,
    });
    let mut fields: Map<String, Value> = fields.collect();
    if let Some(number) = fields.get("default_member_permissions").and_then(Value::as_u64) {
        fields.insert("default_member_permissions".to_owned(), json!(number.to_string()));
    }
    fields
}

fn lean(value: &Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(list) => list.iter().map(lean).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), lean(value)));
            Value::Object(fields.filter(|(_, value)| says(value)).collect())
        }
        other => other.clone(),
    }
}

fn differences(there: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<&String> = there.keys().chain(wanted.keys()).collect();
    names.sort();
    names.dedup();
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let differing = names.into_iter().filter(|name| there.get(*name) != wanted.get(*name));
    differing
        .map(|name| format!("{name}: {} becomes {}", shown(there.get(name)), shown(wanted.get(name))))
        .collect()
}

/// The link by which somebody who manages a server invites the bot, with exactly the permissions that it
/// needs ([Bot Authorization Flow]).
///
/// [Bot Authorization Flow]: https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
pub fn invite(application: &str) -> String {
    let permissions = PERMISSIONS.iter().fold(0, |all, one| all | one.bit);
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={permissions}"
    )
}

/// Does what was asked.
///
/// # Errors
/// Where nothing can be written.
pub async fn run(options: &Options, get: Get<'_>, out: &mut dyn Write) -> std::io::Result<Ended> {
    let (discord, id) = match admin::discord(get) {
        Ok(found) => found,
        Err(problems) => return unready(out, &problems),
    };
    let application = match discord.application().await {
        Ok(application) => application,
        Err(error) => return failed(out, &what_next(&error, &DISCORD_TOKEN)),
    };
    if application.id != id {
        let told = format!(
            "DISCORD_BOT_TOKEN belongs to {} ({}), and DISCORD_APPLICATION_ID says {id}. Set the one that is meant.",
            application.name, application.id
        );
        return failed(out, &told);
    }
    writeln!(out, "{} ({id}) in Discord", application.name)?;
    let there = match discord.commands().await {
        Ok(there) => there,
        Err(error) => return failed(out, &what_next(&error, &DISCORD_TOKEN)),
    };
    if options.remove {
        return remove(&discord, &there, options.dry_run, out).await;
    }
    let wanted = admin::discord_commands();
    let steps = steps(&there, wanted.as_array().map_or(&[], Vec::as_slice));
    show(&steps, &wanted, out)?;
    if !steps.is_empty() {
        if options.dry_run {
            writeln!(out, "{DRY}")?;
        } else if let Err(error) = discord.set_commands(&wanted).await {
            return failed(out, &what_next(&error, &DISCORD_TOKEN));
        } else {
            writeln!(out, "\n✓ Done. Who has Discord open may have to reload it to see them.")?;
        }
    }
    let mended = portal(&application, options.address.as_ref(), get, out)?;
    writeln!(out, "\nInvite it to a server with this link; it asks for these permissions and no others:")?;
    writeln!(out, "  {}", invite(&id))?;
    for permission in PERMISSIONS {
        writeln!(out, "    {:<25} {}", permission.name, permission.why)?;
    }
    writeln!(
        out,
        "  The members' role must stand below the bot's own in the server's list of roles, and “Allow anyone to\n\
         \x20 @mention this role” lets the ten-minute reminder reach it."
    )?;
    Ok(if mended { Ended::Well } else { Ended::Wanting })
}

fn show(steps: &[Step], wanted: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "\nCommands:")?;
    let described = |called: &str| {
        let command = wanted.as_array().into_iter().flatten().find(|command| name(command) == called);
        command.and_then(|command| command["description"].as_str()).unwrap_or_default().to_owned()
    };
    for step in steps {
        match step {
            Step::Add(name) => writeln!(out, "  + {name:<12} {}", described(name))?,
            Step::Change(name, differences) => {
                writeln!(out, "  ~ {name}")?;
                for difference in differences {
                    writeln!(out, "      {difference}")?;
                }
            }
            Step::Remove(name) => writeln!(out, "  - {name:<12} it is none of Earshot's")?,
        }
    }
    let all = wanted.as_array().map_or(0, Vec::len);
    let touched = steps.iter().filter(|step| !matches!(step, Step::Remove(_))).count();
    match all - touched {
        untouched if steps.is_empty() => {
            writeln!(out, "  ✓ All {untouched} are there as they should be: nothing to change.")
        }
        0 => Ok(()),
        1 => writeln!(out, "  ✓ One more is there as it should be."),
        untouched => writeln!(out, "  ✓ {untouched} more are there as they should be."),
    }
}

/// What a person enters or copies in the developer portal. Whether nothing of that is left to do, as far as
/// can be seen from here.
fn portal(
    application: &Application,
    address: Option<&Address>,
    get: Get<'_>,
    out: &mut dyn Write,
) -> std::io::Result<bool> {
    let mut well = true;
    writeln!(out, "\nIn the developer portal, General Information:")?;
    let keys = get("DISCORD_PUBLIC_KEY").unwrap_or_default();
    let mut keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty()).peekable();
    if keys.peek().is_none() {
        writeln!(
            out,
            "  ! Set this beside the token; it is no secret:\n    DISCORD_PUBLIC_KEY={}",
            application.public_key
        )?;
    } else if keys.any(|key| key.eq_ignore_ascii_case(&application.public_key)) {
        writeln!(out, "  ✓ DISCORD_PUBLIC_KEY is the application's key.")?;
    } else {
        well = false;
        writeln!(
            out,
            "  ✗ DISCORD_PUBLIC_KEY is another application's, so nothing that Discord sends would be believed. Set\n\
             \x20   DISCORD_PUBLIC_KEY={}",
            application.public_key
        )?;
    }
    let wanted = address.map(|address| address.door("/discord/interactions"));
    match (wanted, application.endpoint.as_deref()) {
        (Some(wanted), Some(there)) if wanted == there => {
            writeln!(out, "  ✓ Interactions Endpoint URL is {wanted}")?;
        }
        (Some(wanted), there) => {
            let now = there.unwrap_or("empty");
            writeln!(
                out,
                "  ! Paste this as Interactions Endpoint URL (now: {now}). Discord tries it at once, so Earshot must\n\
                 \x20   run there already, with the key above:\n    {wanted}"
            )?;
        }
        (None, Some(there)) => writeln!(out, "  ✓ Interactions Endpoint URL is {there}")?,
        (None, None) => writeln!(
            out,
            "  ! Interactions Endpoint URL is empty: with --address https://chat.example.org I say what belongs there."
        )?,
    }
    Ok(well)
}

async fn remove(
    discord: &Discord,
    there: &[Value],
    dry_run: bool,
    out: &mut dyn Write,
) -> std::io::Result<Ended> {
    let wanted = admin::discord_commands();
    let ours = |command: &&Value| wanted.as_array().into_iter().flatten().any(|one| same(one, command));
    let (gone, kept): (Vec<&Value>, Vec<&Value>) = there.iter().partition(ours);
    writeln!(out, "\nCommands:")?;
    if gone.is_empty() {
        writeln!(out, "  ✓ None of Earshot's is there: nothing to remove.")?;
    }
    for command in &gone {
        writeln!(out, "  - {}", name(command))?;
    }
    if !kept.is_empty() {
        let kept: Vec<String> = kept.into_iter().map(name).collect();
        writeln!(out, "  None of Earshot's, and left alone: {}", kept.join(", "))?;
    }
    if gone.is_empty() {
        return Ok(Ended::Well);
    }
    if dry_run {
        writeln!(out, "{DRY}")?;
        return Ok(Ended::Well);
    }
    for command in gone {
        if let Err(error) = discord.remove_command(command["id"].as_str().unwrap_or_default()).await {
            return failed(out, &format!("{}: {}", name(command), what_next(&error, &DISCORD_TOKEN)));
        }
    }
    writeln!(
        out,
        "\n✓ Done: nobody can type them any more. The bot itself stays in its servers until somebody there removes it;\n\
         \x20 then clear Interactions Endpoint URL in the developer portal."
    )?;
    Ok(Ended::Well)
}

fn failed(out: &mut dyn Write, told: &str) -> std::io::Result<Ended> {
    writeln!(out, "✗ {told}")?;
    Ok(Ended::Wanting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Vec<Value> {
        admin::discord_commands().as_array().expect("a list").clone()
    }

    /// A command as Discord gives it back.
    fn returned(command: &Value) -> Value {
        let mut command = command.clone();
        for (name, value) in [
            ("id", json!("1")),
            ("application_id", json!("2")),
            ("version", json!("3")),
            ("dm_permission", json!(true)),
            ("nsfw", json!(false)),
            ("name_localizations", json!(null)),
            ("type", json!(1)),
        ] {
            command[name] = value;
        }
        let permissions = command["default_member_permissions"].as_u64().map(|bits| bits.to_string());
        command["default_member_permissions"] = json!(permissions);
        command
    }

    #[test]
    fn what_discord_adds_to_a_command_is_no_difference() {
        let there: Vec<Value> = wanted().iter().map(returned).collect();
        assert_eq!(steps(&there, &wanted()), []);
    }

    #[test]
    fn each_difference_is_found_and_named() {
        let mut there: Vec<Value> = wanted().iter().map(returned).collect();
        there[0]["description"] = json!("Be one of us");
        there.remove(1);
        let connect = there.iter_mut().find(|c| c["name"] == "connect").expect("it is there");
        connect["default_member_permissions"] = json!(null);
        connect["options"][0]["max_length"] = json!(41);
        there.push(json!({"name": "old", "description": "x"}));
        // A menu of the same name is another command.
        there.push(json!({"name": "join", "type": 2}));
        let steps = steps(&there, &wanted());
        let [Step::Change(join, said), Step::Add(leave), Step::Change(connect, more), old, menu] =
            steps.as_slice()
        else {
            panic!("{steps:#?}")
        };
        assert_eq!((join.as_str(), leave.as_str(), connect.as_str()), ("/join", "/leave", "/connect"));
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("description: \"Be one of us\" becomes \"Be one of us: "), "{said:?}");
        assert_eq!(more[0], "default_member_permissions: nothing becomes \"16\"");
        assert!(more[1].starts_with("options: "), "{more:?}");
        assert_eq!((old, menu), (&Step::Remove("/old".into()), &Step::Remove("join".into())));
    }

    #[test]
    fn the_invitation_asks_for_what_is_listed_and_nothing_else() {
        let link = invite("42");
        let asked: u64 = link.rsplit('=').next().expect("a number").parse().expect("a number");
        assert_eq!(PERMISSIONS.iter().fold(asked, |left, one| left & !one.bit), 0);
        assert_eq!(asked.count_ones() as usize, PERMISSIONS.len());
        assert!(link.starts_with(
            "https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&"
        ));
    }
}
