//! Forms and App Homes: shown, filled in, submitted, changed.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow, bail};
use serde_json::{Map, Value, json};

use super::api::{Answering, Refused};
use super::checks::check_view;
use super::interactions::option_of;
use super::rooms::name_blocks;
use super::{Inner, OpenView, State, TRIGGER};
use crate::standin::{Change, length, lock, overlay, str_of};

/// What a filled-in form holds, as Slack sends it.
pub(super) fn state_values(view: &Value, values: &[(&str, &str)]) -> anyhow::Result<Value> {
    let mut out = Map::new();
    let mut left: BTreeMap<&str, &str> = values.iter().copied().collect();
    for block in view.get("blocks").and_then(Value::as_array).into_iter().flatten() {
        let (block_id, element) = (str_of(block, "block_id"), &block["element"]);
        if str_of(block, "type") != "input" {
            continue;
        }
        let action_id = str_of(element, "action_id");
        let kind = str_of(element, "type");
        let label = str_of(&block["label"], "text");
        let typed = left.remove(block_id).or_else(|| left.remove(action_id));
        let mut value = json!({"type": kind});
        let empty;
        match kind {
            "static_select" | "radio_buttons" => {
                let chosen = match typed {
                    Some(wanted) => Some(
                        option_of(element, wanted)
                            .ok_or_else(|| anyhow!("\"{label}\" has no option {wanted:?}"))?,
                    ),
                    None => element.get("initial_option").cloned(),
                };
                empty = chosen.is_none();
                value["selected_option"] = json!(chosen);
            }
            "checkboxes" | "multi_static_select" => {
                let chosen = match typed {
                    Some(wanted) => wanted
                        .split(',')
                        .map(str::trim)
                        .filter(|w| !w.is_empty())
                        .map(|w| {
                            option_of(element, w).ok_or_else(|| anyhow!("\"{label}\" has no option {w:?}"))
                        })
                        .collect::<anyhow::Result<Vec<_>>>()?,
                    None => {
                        element.get("initial_options").and_then(Value::as_array).cloned().unwrap_or_default()
                    }
                };
                empty = chosen.is_empty();
                value["selected_options"] = json!(chosen);
            }
            "datepicker" | "timepicker" | "users_select" | "conversations_select" | "channels_select" => {
                let (key, initial) = match kind {
                    "datepicker" => ("selected_date", "initial_date"),
                    "timepicker" => ("selected_time", "initial_time"),
                    "users_select" => ("selected_user", "initial_user"),
                    "conversations_select" => ("selected_conversation", "initial_conversation"),
                    _ => ("selected_channel", "initial_channel"),
                };
                let chosen = typed.or_else(|| element.get(initial).and_then(Value::as_str));
                empty = chosen.is_none();
                value[key] = json!(chosen);
            }
            _ => {
                let text = typed.or_else(|| element.get("initial_value").and_then(Value::as_str));
                let text = text.filter(|text| !text.is_empty());
                let count = text.map_or(0, length);
                let limit = |key: &str| element.get(key).and_then(Value::as_u64).map(|n| n as usize);
                if limit("max_length").is_some_and(|most| count > most) {
                    bail!("Slack would not send the form: \"{label}\" has {count} characters, too many");
                }
                if text.is_some() && limit("min_length").is_some_and(|least| count < least) {
                    bail!("Slack would not send the form: \"{label}\" has {count} characters, too few");
                }
                empty = text.is_none();
                value["value"] = json!(text);
            }
        }
        if empty && block.get("optional") != Some(&Value::Bool(true)) {
            bail!("Slack would not send the form: \"{label}\" is required");
        }
        let entry = out.entry(block_id).or_insert_with(|| json!({}));
        entry[action_id] = value;
    }
    match left.keys().next() {
        Some(unknown) => Err(anyhow!("the form has no input `{unknown}`")),
        None => Ok(Value::Object(out)),
    }
}

impl Inner {
    pub(super) fn view_of(&self, user: &str, view_id: &str) -> anyhow::Result<Value> {
        let state = lock(&self.state);
        state
            .views
            .iter()
            .find(|v| v.open && v.user == user && str_of(&v.view, "id") == view_id)
            .map(|v| v.view.clone())
            .with_context(|| format!("{user} has no form {view_id} open"))
    }

    pub(super) fn close_view(&self, user: &str, view_id: &str) {
        let mut state = lock(&self.state);
        for view in state.views.iter_mut().filter(|v| str_of(&v.view, "id") == view_id) {
            view.open = false;
        }
        state.views.retain(|v| v.open);
        drop(state);
        self.tell_view(user, Value::Null);
    }

    fn tell_view(&self, user: &str, view: Value) {
        self.room.tell(Change::Form { platform: "slack", user: user.into(), view });
    }

    /// What becomes of a form once it was submitted.
    pub(super) fn after_submit(&self, user: &str, view_id: &str, body: &Value) -> Result<(), Refused> {
        match str_of(body, "response_action") {
            "" => {
                self.close_view(user, view_id);
                Ok(())
            }
            "clear" => {
                let mut state = lock(&self.state);
                state.views.retain(|v| v.user != user || str_of(&v.view, "type") == "home");
                drop(state);
                self.tell_view(user, Value::Null);
                Ok(())
            }
            "errors" => {
                let view = self.view_of(user, view_id).map_err(|_| Refused::from("not_found"))?;
                let named = body.get("errors").and_then(Value::as_object).ok_or("invalid_arguments")?;
                let blocks = view.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
                for (block_id, text) in named {
                    let there = blocks
                        .iter()
                        .any(|b| str_of(b, "type") == "input" && str_of(b, "block_id") == block_id);
                    if !there {
                        let why = format!("the form has no input block {block_id}");
                        return Err(Refused::because("invalid_arguments", why));
                    }
                    if text.as_str().is_none_or(str::is_empty) {
                        return Err(Refused::because("invalid_arguments", "an error needs its words"));
                    }
                }
                Ok(())
            }
            "update" => self.replace_view(view_id, &body["view"]).map(|_| ()),
            "push" => self.show_view(user, &body["view"], true).map(|_| ()),
            other => Err(Refused::because("invalid_arguments", format!("no response_action {other}"))),
        }
    }

    fn show_view(&self, user: &str, view: &Value, pushed: bool) -> Answering {
        check_view(view, "modal")?;
        let mut state = lock(&self.state);
        let external = str_of(view, "external_id");
        if !external.is_empty() && state.views.iter().any(|v| str_of(&v.view, "external_id") == external) {
            return Err("duplicate_external_id".into());
        }
        let mine = |v: &&OpenView| v.user == user && str_of(&v.view, "type") == "modal";
        let stack: Vec<Value> = state.views.iter().filter(mine).map(|v| v.view.clone()).collect();
        if pushed && stack.len() >= 3 {
            return Err("push_limit_reached".into());
        }
        if !pushed {
            state.views.retain(|v| v.user != user || str_of(&v.view, "type") != "modal");
        }
        let view = self.complete_view(view, stack.last().filter(|_| pushed), &mut state);
        state.views.push(OpenView { user: user.into(), view: view.clone(), open: true });
        drop(state);
        self.tell_view(user, view.clone());
        Ok(view)
    }

    fn complete_view(&self, view: &Value, below: Option<&Value>, state: &mut State) -> Value {
        let number = state.next();
        let id = format!("V{number:08}");
        let mut out = json!({
            "id": id, "team_id": self.config.team_id, "callback_id": "", "private_metadata": "",
            "external_id": "", "clear_on_close": false, "notify_on_close": false, "close": null,
            "submit": null, "submit_disabled": false,
            "previous_view_id": below.map(|v| v["id"].clone()),
            "root_view_id": below.map_or(json!(id), |v| v["root_view_id"].clone()),
            "app_id": self.config.app_id, "app_installed_team_id": self.config.team_id,
            "bot_id": self.config.bot_id, "state": {"values": {}},
        });
        overlay(&mut out, view);
        out["hash"] = json!(format!("{}.{number:08x}", self.room.now().timestamp()));
        name_blocks(&mut out, state);
        out
    }

    fn replace_view(&self, view_id: &str, view: &Value) -> Answering {
        let mut state = lock(&self.state);
        let at = state.views.iter().position(|v| str_of(&v.view, "id") == view_id).ok_or("not_found")?;
        let kind = str_of(&state.views[at].view, "type").to_owned();
        check_view(view, &kind)?;
        let old = state.views[at].view.clone();
        let mut new = self.complete_view(view, None, &mut state);
        for key in ["id", "root_view_id", "previous_view_id"] {
            new[key] = old[key].clone();
        }
        if view.get("external_id").is_none() {
            new["external_id"] = old["external_id"].clone();
        }
        state.views[at].view = new.clone();
        let user = state.views[at].user.clone();
        drop(state);
        self.tell_view(&user, new.clone());
        Ok(new)
    }

    pub(super) fn trigger_view(&self, args: &Value, pushed: bool) -> Answering {
        let now = self.room.now();
        let mut state = lock(&self.state);
        let trigger = state.triggers.get_mut(str_of(args, "trigger_id")).ok_or("invalid_trigger_id")?;
        if trigger.used {
            return Err("exchanged_trigger_id".into());
        }
        if now - trigger.at > TRIGGER {
            return Err("expired_trigger_id".into());
        }
        let user = trigger.user.clone();
        drop(state);
        let view = self.show_view(&user, &args["view"], pushed)?;
        if let Some(trigger) = lock(&self.state).triggers.get_mut(str_of(args, "trigger_id")) {
            trigger.used = true;
        }
        Ok(json!({"view": view}))
    }

    pub(super) fn update_view(&self, args: &Value) -> Answering {
        let (id, external) = (str_of(args, "view_id"), str_of(args, "external_id"));
        let state = lock(&self.state);
        let wanted = |v: &&OpenView| {
            (!id.is_empty() && str_of(&v.view, "id") == id)
                || (!external.is_empty() && str_of(&v.view, "external_id") == external)
        };
        let old = state.views.iter().find(wanted).ok_or("not_found")?.view.clone();
        drop(state);
        let hash = str_of(args, "hash");
        if !hash.is_empty() && hash != str_of(&old, "hash") {
            return Err("hash_conflict".into());
        }
        let view = self.replace_view(str_of(&old, "id"), &args["view"])?;
        Ok(json!({"view": view}))
    }

    pub(super) fn publish_view(&self, args: &Value) -> Answering {
        let user = str_of(args, "user_id");
        self.person(user).map_err(|_| Refused::from("user_not_found"))?;
        if !self.config.home_tab {
            return Err("not_enabled".into());
        }
        check_view(&args["view"], "home")?;
        let mut state = lock(&self.state);
        let home = |v: &OpenView| v.user == user && str_of(&v.view, "type") == "home";
        let old = state.views.iter().find(|v| home(v)).map(|v| v.view.clone());
        let hash = str_of(args, "hash");
        if let Some(old) = old.as_ref().filter(|old| !hash.is_empty() && str_of(old, "hash") != hash) {
            let why = format!("it is {}", str_of(old, "hash"));
            return Err(Refused::because("hash_conflict", why));
        }
        state.views.retain(|v| !home(v));
        let mut view = self.complete_view(&args["view"], None, &mut state);
        // A person has one home, which is changed and never another one.
        for key in ["id", "root_view_id"] {
            if let Some(old) = &old {
                view[key] = old[key].clone();
            }
        }
        state.views.push(OpenView { user: user.into(), view: view.clone(), open: true });
        drop(state);
        self.tell_view(user, view.clone());
        Ok(json!({"view": view}))
    }
}
